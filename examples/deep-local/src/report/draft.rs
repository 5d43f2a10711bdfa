//! The page of a run that has not ended: its curves, and the filters of its newest checkpoint.

use std::path::Path;

use burn_runs::checkpoint::{Checkpoint, CheckpointError, Folder, Unfinished};
use burn_runs::files::{FileError, read_json};
use image_runs::live::SCRIPT;
use image_runs::{IMAGES, ImageKind, METRICS, growing_rows};
use maud::{Markup, PreEscaped, html};
use run_figures::grid::PictureSize;
use run_figures::page::{Page, figure, half_plot, section, wide_plot};
use run_figures::{FigureError, detectors};
use serde_json::{Map, Value};

use super::page::{footer, settings};
use super::{BACKPROP, FINE_TUNED, LOCAL, MetricsRow, ReportError, curves};

/// The trainings in their order: how their names in `metrics.csv` begin, and in words.
const STAGES: [(&str, &str); 5] = [
    ("local", "blocks"),
    ("block-", "blocks"),
    ("readout", "readout"),
    ("backprop", "backprop network"),
    ("fine-tuned", "fine-tuned network"),
];

/// What is known of a run that has not ended.
pub(crate) struct Draft<'a> {
    pub settings: &'a Map<String, Value>,
    pub kind: &'a ImageKind,
    pub metrics: &'a [MetricsRow],
    /// The filters of the first block, unit after unit.
    pub filters: Option<Vec<f32>>,
    /// Whether the page follows the run.
    pub is_live: bool,
}

/// The page of the unfinished run in `dir`, if there is one.
pub(super) fn of_folder(dir: &Path) -> Result<Option<String>, ReportError> {
    let unfinished = match Folder::unfinished(dir) {
        Ok(unfinished) => unfinished,
        Err(CheckpointError::Nothing(_)) => return Ok(None),
        Err(error) => return Err(FileError::malformed(dir, error).into()),
    };
    let kind: ImageKind = read_json(&dir.join(IMAGES))?;
    let metrics: Vec<MetricsRow> = growing_rows(&dir.join(METRICS))?;
    let draft = Draft {
        settings: unfinished.identity.settings(),
        kind: &kind,
        metrics: &metrics,
        filters: filters_of(&unfinished),
        is_live: false,
    };
    Ok(Some(draft.render()?))
}

/// The filters of the newest checkpoint in `dir`.
pub(crate) fn filters_in(dir: &Path) -> Option<Vec<f32>> {
    filters_of(&Folder::unfinished(dir).ok()?)
}

fn filters_of(unfinished: &Unfinished) -> Option<Vec<f32>> {
    let is_local = |checkpoint: &&Checkpoint| {
        let stage = &checkpoint.about.stage;
        stage == "local" || stage.starts_with("block-")
    };
    // The newest of one block after the other is of the last block.
    let checkpoints = unfinished.checkpoints.iter().filter(is_local);
    let newest = checkpoints.max_by_key(|checkpoint| &checkpoint.about.stage)?;
    newest.parameter("blocks.0.conv.weight").ok()?
}

impl Draft<'_> {
    /// The whole page as text.
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where a figure cannot be drawn.
    pub fn render(&self) -> Result<String, FigureError> {
        let page = Page {
            title: &format!("Deep local learning on {}", self.kind.title),
            kicker: "Convolutions that learn without backpropagation",
            summary: &self.summary(),
            colours: &[
                ("local", LOCAL),
                ("backprop", BACKPROP),
                ("fine-tuned", FINE_TUNED),
            ],
        };
        Ok(page.render(html! {
            (section("Errors over the epochs", self.errors()?))
            (section("What the first block looks for", self.grid()?))
            (section("The blocks", self.rest()?))
            (section("Settings", settings(self.settings)))
            (footer())
            @if self.is_live { script { (PreEscaped(SCRIPT)) } }
        }))
    }

    /// How far the trainings are, in one sentence.
    fn summary(&self) -> String {
        let begun = STAGES.iter().filter_map(|(stage, shown)| {
            let rows = self
                .metrics
                .iter()
                .filter(|row| row.stage.starts_with(stage));
            let epoch = rows.map(|row| row.epoch).reduce(f64::max)?;
            Some(format!("{shown} at epoch {epoch}"))
        });
        let begun: Vec<_> = begun.collect();
        match begun.as_slice() {
            [] => "This run has not ended: it has no epoch yet.".into(),
            begun => format!("This run has not ended: {}.", begun.join(", ")),
        }
    }

    fn errors(&self) -> Result<Markup, FigureError> {
        if !self.metrics.iter().any(|row| row.metric == "Error") {
            return Ok(html! { p { "No classifier has an epoch yet." } });
        }
        Ok(figure(
            wide_plot(&curves::errors_svg(self.metrics)?),
            "Share of wrongly classified images in each epoch so far: dashed on the training images, solid on images \
             that were held out.",
        ))
    }

    fn grid(&self) -> Result<Markup, FigureError> {
        let kernel = self
            .settings
            .get("kernels")
            .and_then(|kernels| kernels.get(0));
        let kernel = kernel.and_then(Value::as_u64).unwrap_or(0) as usize;
        let size = PictureSize {
            channels: self.kind.shape.channels,
            height: kernel,
            width: kernel,
        };
        let Some(filters) = self.filters.as_ref().filter(|_| size.values() > 0) else {
            return Ok(html! { p { "There is no checkpoint of the blocks yet." } });
        };
        let units: Vec<_> = filters.chunks_exact(size.values()).collect();
        let picture = detectors::markup(&units, size, "Filters of the first block")?;
        let caption = format!(
            "Each square is what one of the {} units of the first block looks for, in the newest checkpoint.",
            units.len(),
        );
        Ok(figure(picture, &caption))
    }

    /// How the blocks come to rest.
    fn rest(&self) -> Result<Markup, FigureError> {
        let blocks = self.settings.get("units").and_then(Value::as_array);
        let blocks = blocks.map_or(0, Vec::len);
        let norms = curves::blocks_svg(self.metrics, blocks, "Mean Norm", "Mean norm of a unit")?;
        Ok(match norms {
            Some(svg) => html! {
                div.pair {
                    (figure(
                        half_plot(&svg),
                        "The norm that the rule drives to 1, averaged over the units of a block as the images go by.",
                    ))
                }
            },
            None => html! { p { "The blocks have told nothing yet." } },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_sets::ImageSet;
    use serde_json::json;

    #[test]
    fn the_page_tells_how_far_the_run_is() {
        let settings = json!({"kernels": [3, 3], "units": [48, 192]});
        let row = |stage: &str, epoch: f64, metric: &str| MetricsRow {
            stage: stage.into(),
            epoch,
            split: "test".into(),
            metric: metric.into(),
            value: 9.0,
        };
        let page = |metrics: &[MetricsRow], filters, is_live| {
            let draft = Draft {
                settings: settings.as_object().unwrap(),
                kind: &ImageKind::of(ImageSet::Digits),
                metrics,
                filters,
                is_live,
            };
            draft.render().unwrap()
        };
        let early = page(&[], None, false);
        for part in [
            "it has no epoch yet",
            "No classifier has an epoch yet",
            "no checkpoint of the blocks yet",
        ] {
            assert!(early.contains(part), "{part}: {early}");
        }
        assert!(!early.contains("<script"));
        let metrics = [
            row("local", 0.5, "Mean Norm (block 1)"),
            row("local", 1.0, "Mean Norm (block 1)"),
            row("readout", 3.0, "Error"),
        ];
        let later = page(&metrics, Some(vec![0.5; 48 * 9]), true);
        for part in [
            "blocks at epoch 1, readout at epoch 3",
            "one of the 48 units of the first block",
            "Mean norm of a unit",
            "new EventSource",
        ] {
            assert!(later.contains(part), "{part}");
        }
    }
}

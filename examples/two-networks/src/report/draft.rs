//! The page of a run that has not ended: its curves, and the detectors of its newest checkpoint.

use std::path::Path;

use burn_hebbian::train::Snapshot;
use burn_runs::checkpoint::{CheckpointError, Folder, Unfinished};
use burn_runs::files::{FileError, read_json};
use image_runs::live::SCRIPT;
use image_runs::{IMAGES, ImageKind, METRICS, growing_rows};
use maud::{Markup, PreEscaped, html};
use run_figures::grid::PictureSize;
use run_figures::page::{Page, dotted, figure, half_plot, section, wide_plot};
use run_figures::{FigureError, detectors};
use serde_json::{Map, Value};

use super::page::{footer, settings};
use super::results::heading;
use super::{BACKPROP, BIOLOGICAL, MetricsRow, ReportError, curves};
use crate::frames;

/// A stage of a run.
struct Stage {
    /// Its name in `metrics.csv`.
    name: &'static str,
    /// Its name in words.
    shown: &'static str,
    /// The setting of its epochs.
    epochs: &'static str,
    /// The value of the setting `only` that leaves it out.
    unless: &'static str,
}

/// The stages in their order.
const STAGES: [Stage; 3] = [
    Stage {
        name: "hebbian",
        shown: "hidden layer",
        epochs: "epochs_hebbian",
        unless: "backprop",
    },
    Stage {
        name: "readout",
        shown: "readout",
        epochs: "epochs_readout",
        unless: "backprop",
    },
    Stage {
        name: "backprop",
        shown: "backprop network",
        epochs: "epochs_backprop",
        unless: "biological",
    },
];

/// What is known of a run that has not ended.
pub(crate) struct Draft<'a> {
    pub settings: &'a Map<String, Value>,
    pub kind: &'a ImageKind,
    pub metrics: &'a [MetricsRow],
    /// Some hidden units.
    pub detectors: Option<Snapshot>,
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
        detectors: detectors_of(&unfinished),
        is_live: false,
    };
    Ok(Some(draft.render()?))
}

/// The detectors of the newest checkpoint in `dir`.
pub(crate) fn detectors_in(dir: &Path) -> Option<Snapshot> {
    detectors_of(&Folder::unfinished(dir).ok()?)
}

fn detectors_of(unfinished: &Unfinished) -> Option<Snapshot> {
    frames::last(&unfinished.of_stage("hebbian")?.extras).ok()
}

impl Draft<'_> {
    /// The whole page as text.
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where a figure cannot be drawn.
    pub fn render(&self) -> Result<String, FigureError> {
        let page = Page {
            title: &heading(
                self.only() != "backprop",
                self.only() != "biological",
                &self.kind.title,
            ),
            kicker: "Unsupervised learning by competing hidden units",
            summary: &self.summary(),
            colours: &[("biological", BIOLOGICAL), ("backprop", BACKPROP)],
        };
        let converged = curves::converged_svg(self.metrics)?;
        Ok(page.render(html! {
            (section("Errors over the epochs", self.errors()?))
            @if self.only() != "backprop" {
                (section("What the hidden units look for", self.grid()?))
                (section("Convergence of the local rule", html! {
                    div.pair {
                        (figure(
                            half_plot(&converged),
                            "Share of hidden units whose weights have reached the sphere on which the rule settles.",
                        ))
                    }
                }))
            }
            (section("Settings", settings(self.settings)))
            (footer())
            @if self.is_live { script { (PreEscaped(SCRIPT)) } }
        }))
    }

    /// How far each stage is, in one sentence.
    fn summary(&self) -> String {
        let stages = STAGES.iter().filter(|stage| stage.unless != self.only());
        let stages = stages.map(|stage| {
            let rows = self.metrics.iter().filter(|row| row.stage == stage.name);
            let done = rows.map(|row| row.epoch).max().unwrap_or(0);
            let all = self.settings.get(stage.epochs).and_then(Value::as_u64);
            format!("{} {done} of {} epochs", stage.shown, all.unwrap_or(0))
        });
        let stages: Vec<_> = stages.collect();
        format!("This run has not ended: {}.", stages.join(", "))
    }

    /// The setting of the networks that the run trains.
    fn only(&self) -> &str {
        let only = self.settings.get("only").and_then(Value::as_str);
        only.unwrap_or("both")
    }

    fn errors(&self) -> Result<Markup, FigureError> {
        if self.metrics.iter().all(|row| row.error.is_none()) {
            return Ok(html! { p { "No classifier has an epoch yet." } });
        }
        Ok(figure(
            wide_plot(&curves::errors_svg(self.metrics)?),
            "Share of wrongly classified images in each epoch so far: dashed on the training images, solid on images \
             that were held out.",
        ))
    }

    fn grid(&self) -> Result<Markup, FigureError> {
        let shape = self.kind.shape;
        let size = PictureSize {
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
        };
        let Some(Snapshot { epoch, synapses }) = &self.detectors else {
            return Ok(html! { p { "There is no checkpoint of the hidden layer yet." } });
        };
        let units: Vec<_> = synapses.chunks_exact(size.values()).collect();
        let picture = detectors::markup(&units, size, "Detectors of the biological network")?;
        let caption = format!(
            "Each square is what one of {} hidden units looks for, after epoch {epoch}.",
            units.len()
        );
        let picture = html! { h3 { (dotted("biological", "Biological network")) } (picture) };
        Ok(figure(picture, &caption))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_sets::ImageSet;
    use serde_json::json;

    fn row(stage: &'static str, epoch: usize) -> MetricsRow {
        MetricsRow {
            network: "hebbian".into(),
            stage: stage.into(),
            epoch,
            split: "test".into(),
            error: Some(9.0),
            loss: None,
            converged: None,
        }
    }

    #[test]
    fn the_page_tells_how_far_the_run_is() {
        let settings = json!({"epochs_hebbian": 20, "epochs_readout": 10, "epochs_backprop": 5});
        let rows = [row("hebbian", 20), row("readout", 3)];
        let page = |detectors, is_live| {
            let draft = Draft {
                settings: settings.as_object().unwrap(),
                kind: &ImageKind::of(ImageSet::Digits),
                metrics: &rows,
                detectors,
                is_live,
            };
            draft.render().unwrap()
        };
        let early = page(None, false);
        for part in [
            "hidden layer 20 of 20 epochs, readout 3 of 10 epochs, backprop network 0 of 5 epochs",
            "no checkpoint of the hidden layer yet",
            "Error (%)",
        ] {
            assert!(early.contains(part), "{part}: {early}");
        }
        assert!(!early.contains("<script"));
        let detectors = Snapshot {
            epoch: 15,
            synapses: vec![0.5; 3 * 64],
        };
        let later = page(Some(detectors), true);
        assert!(later.contains("one of 3 hidden units looks for, after epoch 15"));
        assert!(later.contains("new EventSource"));

        let alone = json!({"only": "backprop", "epochs_backprop": 5});
        let draft = Draft {
            settings: alone.as_object().unwrap(),
            kind: &ImageKind::of(ImageSet::Digits),
            metrics: &rows,
            detectors: None,
            is_live: false,
        };
        let alone = draft.render().unwrap();
        assert!(alone.contains("not ended: backprop network 0 of 5 epochs."));
        assert!(alone.contains("The backprop network on") && !alone.contains("hidden units look"));
    }
}

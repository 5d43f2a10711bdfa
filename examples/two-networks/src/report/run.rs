//! A run folder, read and checked: past this point every index and every length fits.

use std::path::Path;

use burn_runs::files::{FileError, read, read_json};
use burn_runs::metrics::from_csv;
use run_figures::growth::Snapshot;
use serde_json::{Map, Value};

use super::tensors::{self, Layout, Snapshots, Weights};
use super::{Analysis, ImageInfo, MetricsRow, RunResult};

/// All that a run folder holds.
pub(super) struct Run {
    /// All settings by their names, as `config.json` has them.
    pub settings: Map<String, Value>,
    pub metrics: Vec<MetricsRow>,
    pub result: RunResult,
    pub analysis: Analysis,
    /// Hidden weights of the biological network.
    pub hebbian: Weights,
    /// Hidden weights of the backprop network.
    pub backprop: Weights,
    snapshots: Snapshots,
}

impl Run {
    /// Reads the files in `dir` and checks that they fit each other.
    pub fn read(dir: &Path) -> Result<Self, FileError> {
        let settings = read_json(&dir.join("config.json"))?;
        let metrics = metrics(&dir.join("metrics.csv"))?;
        let result = read_json(&dir.join("result.json"))?;
        let file = dir.join("analysis.json");
        let analysis: Analysis = read_json(&file)?;
        check_image(&file, &analysis.image)?;
        let visible = analysis.image.size().values();

        let weights = |name: &str, layout| {
            let file = dir.join(name);
            tensors::hidden(&file, &read(&file)?, layout, visible)
        };
        let hebbian = weights("hebbian.safetensors", Layout::UnitRows)?;
        let backprop = weights("backprop.safetensors", Layout::UnitColumns)?;
        check(
            &analysis,
            hebbian.units().len(),
            backprop.units().len(),
            visible,
        )
        .map_err(|reason| FileError::malformed(&dir.join("analysis.json"), reason))?;

        let file = dir.join("snapshots.safetensors");
        let snapshots =
            tensors::snapshots(&file, &read(&file)?, analysis.shown_hebbian.len(), visible)?;
        Ok(Self {
            settings,
            metrics,
            result,
            analysis,
            hebbian,
            backprop,
            snapshots,
        })
    }

    /// The shown detectors of the biological network.
    pub fn shown_hebbian(&self) -> Vec<&[f32]> {
        let shown = &self.analysis.shown_hebbian;
        shown.iter().map(|&unit| self.hebbian.unit(unit)).collect()
    }

    /// The shown detectors of the backprop network.
    pub fn shown_backprop(&self) -> Vec<&[f32]> {
        let shown = &self.analysis.shown_backprop;
        shown.iter().map(|&unit| self.backprop.unit(unit)).collect()
    }

    /// The shown detectors of the biological network over time.
    pub fn snapshots(&self) -> Vec<Snapshot<'_>> {
        let Snapshots { epochs, frames } = &self.snapshots;
        let pairs = epochs.iter().zip(frames);
        pairs
            .map(|(&epoch, frame)| Snapshot {
                epoch,
                units: frame.units().collect(),
            })
            .collect()
    }
}

fn metrics(file: &Path) -> Result<Vec<MetricsRow>, FileError> {
    from_csv(&read(file)?).map_err(|error| FileError::malformed(file, error))
}

fn check_image(file: &Path, image: &ImageInfo) -> Result<(), FileError> {
    let drawable = matches!(image.channels, 1 | 3)
        && (1..=4096).contains(&image.height)
        && (1..=4096).contains(&image.width)
        && image.white > 0.0;
    if drawable {
        Ok(())
    } else {
        Err(FileError::malformed(
            file,
            format!("no image has the shape {image:?}"),
        ))
    }
}

/// Says what in the analysis does not fit networks of `hebbian` and `backprop` hidden units.
fn check(
    analysis: &Analysis,
    hebbian: usize,
    backprop: usize,
    visible: usize,
) -> Result<(), String> {
    for (name, shown, units) in [
        ("shown_hebbian", &analysis.shown_hebbian, hebbian),
        ("shown_backprop", &analysis.shown_backprop, backprop),
    ] {
        if shown.is_empty() {
            return Err(format!("`{name}` is empty"));
        }
        if let Some(unit) = shown.iter().find(|&&unit| unit >= units) {
            return Err(format!(
                "`{name}` names unit {unit} of a network of {units} units"
            ));
        }
    }
    for (name, length) in [
        ("wins", analysis.wins.len()),
        ("norms", analysis.norms.len()),
    ] {
        if length != hebbian {
            return Err(format!("`{name}` has {length} entries for {hebbian} units"));
        }
    }
    for near in &analysis.nearest {
        if near.unit >= hebbian {
            return Err(format!(
                "`nearest` names unit {} of {hebbian} units",
                near.unit
            ));
        }
        if near.pixels.len() != visible {
            let length = near.pixels.len();
            return Err(format!(
                "the image nearest to unit {} has {length} values instead of {visible}",
                near.unit
            ));
        }
    }
    Ok(())
}

//! A run folder, read and checked: past this point every index and every length fits.

use std::fs;
use std::path::Path;

use burn_runs::metrics::from_csv;
use run_figures::growth::Snapshot;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::tensors::{self, Layout, Snapshots, Weights};
use super::{Analysis, ImageInfo, MetricsRow, ReportError, RunResult};

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
    pub fn read(dir: &Path) -> Result<Self, ReportError> {
        let settings = json(&dir.join("config.json"))?;
        let metrics = metrics(&dir.join("metrics.csv"))?;
        let result = json(&dir.join("result.json"))?;
        let file = dir.join("analysis.json");
        let analysis: Analysis = json(&file)?;
        check_image(&file, &analysis.image)?;
        let visible = analysis.image.size().values();

        let weights = |name: &str, layout| {
            let file = dir.join(name);
            tensors::hidden(&file, &bytes(&file)?, layout, visible)
        };
        let hebbian = weights("hebbian.safetensors", Layout::UnitRows)?;
        let backprop = weights("backprop.safetensors", Layout::UnitColumns)?;
        check(
            &analysis,
            hebbian.units().len(),
            backprop.units().len(),
            visible,
        )
        .map_err(|reason| ReportError::malformed(&dir.join("analysis.json"), reason))?;

        let file = dir.join("snapshots.safetensors");
        let snapshots =
            tensors::snapshots(&file, &bytes(&file)?, analysis.shown_hebbian.len(), visible)?;
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

fn bytes(file: &Path) -> Result<Vec<u8>, ReportError> {
    fs::read(file).map_err(|error| ReportError::Read {
        file: file.to_path_buf(),
        error,
    })
}

/// Reads a JSON file of a run.
pub(crate) fn json<T: DeserializeOwned>(file: &Path) -> Result<T, ReportError> {
    serde_json::from_slice(&bytes(file)?).map_err(|error| ReportError::malformed(file, error))
}

fn metrics(file: &Path) -> Result<Vec<MetricsRow>, ReportError> {
    from_csv(&bytes(file)?).map_err(|error| ReportError::malformed(file, error))
}

fn check_image(file: &Path, image: &ImageInfo) -> Result<(), ReportError> {
    let drawable = matches!(image.channels, 1 | 3)
        && (1..=4096).contains(&image.height)
        && (1..=4096).contains(&image.width)
        && image.white > 0.0;
    if drawable {
        Ok(())
    } else {
        Err(ReportError::malformed(
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

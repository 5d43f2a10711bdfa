//! A run folder, read and checked: past this point every index and every length fits.

use std::path::Path;

use burn_runs::files::{FileError, read, read_json};
use burn_runs::metrics::from_csv;
use run_figures::growth::Snapshot;
use serde_json::{Map, Value};

use super::tensors::{self, Layout, Snapshots, Weights};
use super::{
    Analysis, BACKPROP_FILE, BIOLOGICAL_FILE, ImageInfo, MetricsRow, RunResult, SNAPSHOTS_FILE,
};

/// All that a run folder holds.
pub(super) struct Run {
    /// All settings by their names, as `config.json` has them.
    pub settings: Map<String, Value>,
    pub metrics: Vec<MetricsRow>,
    pub result: RunResult,
    pub analysis: Analysis,
    /// The biological network, where it was trained.
    pub biological: Option<Biological>,
    /// Hidden weights of the backprop network, where it was trained.
    pub backprop: Option<Weights>,
}

/// What is known of a biological network.
pub(super) struct Biological {
    /// Hidden weights.
    pub weights: Weights,
    snapshots: Snapshots,
}

impl Run {
    /// Reads the files in `dir` and checks that they fit each other.
    pub fn read(dir: &Path) -> Result<Self, FileError> {
        let settings = read_json(&dir.join("config.json"))?;
        let metrics = metrics(&dir.join("metrics.csv"))?;
        let result: RunResult = read_json(&dir.join("result.json"))?;
        let file = dir.join("analysis.json");
        let analysis: Analysis = read_json(&file)?;
        check_image(&file, &analysis.image)?;
        let visible = analysis.image.size().values();

        let weights = |name: &str, layout| {
            let file = dir.join(name);
            tensors::hidden(&file, &read(&file)?, layout, visible)
        };
        let unfit = |reason| FileError::malformed(&file, reason);
        let biological = match &result.hebbian {
            Some(_) => {
                let weights = weights(BIOLOGICAL_FILE, Layout::UnitRows)?;
                check_biological(&analysis, weights.units().len(), visible).map_err(unfit)?;
                let file = dir.join(SNAPSHOTS_FILE);
                let shown = analysis.shown_hebbian.len();
                Some(Biological {
                    weights,
                    snapshots: tensors::snapshots(&file, &read(&file)?, shown, visible)?,
                })
            }
            None => None,
        };
        let backprop = match &result.backprop {
            Some(_) => {
                let weights = weights(BACKPROP_FILE, Layout::UnitColumns)?;
                let shown = &analysis.shown_backprop;
                check_shown("shown_backprop", shown, weights.units().len()).map_err(unfit)?;
                Some(weights)
            }
            None => None,
        };
        if biological.is_none() && backprop.is_none() {
            let file = dir.join("result.json");
            return Err(FileError::malformed(&file, "it tells of no network"));
        }
        Ok(Self {
            settings,
            metrics,
            result,
            analysis,
            biological,
            backprop,
        })
    }

    /// The shown detectors of the biological network, where it was trained.
    pub fn shown_biological(&self) -> Option<Vec<&[f32]>> {
        let weights = &self.biological.as_ref()?.weights;
        let shown = &self.analysis.shown_hebbian;
        Some(shown.iter().map(|&unit| weights.unit(unit)).collect())
    }

    /// The shown detectors of the backprop network, where it was trained.
    pub fn shown_backprop(&self) -> Option<Vec<&[f32]>> {
        let weights = self.backprop.as_ref()?;
        let shown = &self.analysis.shown_backprop;
        Some(shown.iter().map(|&unit| weights.unit(unit)).collect())
    }
}

impl Biological {
    /// The shown detectors over time.
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

/// Says what is wrong with the shown units `name` of a network of so many `units`.
fn check_shown(name: &str, shown: &[usize], units: usize) -> Result<(), String> {
    if shown.is_empty() {
        return Err(format!("`{name}` is empty"));
    }
    match shown.iter().find(|&&unit| unit >= units) {
        Some(unit) => Err(format!(
            "`{name}` names unit {unit} of a network of {units} units"
        )),
        None => Ok(()),
    }
}

/// Says what in the analysis does not fit a biological network of so many hidden `units`.
fn check_biological(analysis: &Analysis, units: usize, visible: usize) -> Result<(), String> {
    check_shown("shown_hebbian", &analysis.shown_hebbian, units)?;
    for (name, length) in [
        ("wins", analysis.wins.len()),
        ("norms", analysis.norms.len()),
    ] {
        if length != units {
            return Err(format!("`{name}` has {length} entries for {units} units"));
        }
    }
    for near in &analysis.nearest {
        if near.unit >= units {
            return Err(format!(
                "`nearest` names unit {} of {units} units",
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

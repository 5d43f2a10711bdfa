//! A run folder, read and checked: past this point every index and every length fits.

use std::path::Path;

use burn_runs::files::{FileError, read, read_json};
use burn_runs::metrics::from_csv;
use image_runs::{IMAGES, ImageKind};
use image_sets::ImageShape;
use run_figures::grid::PictureSize;
use serde_json::{Map, Value};

use super::{Analysis, BlockAnalysis, MetricsRow, RunResult};

/// All that a run folder holds.
pub(super) struct Run {
    /// All settings by their names, as `config.json` has them.
    pub settings: Map<String, Value>,
    pub metrics: Vec<MetricsRow>,
    pub result: RunResult,
    /// The shape of an image.
    pub image: ImageShape,
    pub analysis: Analysis,
}

impl Run {
    /// Reads the files in `dir` and checks that they fit each other.
    pub fn read(dir: &Path) -> Result<Self, FileError> {
        let settings = read_json(&dir.join("config.json"))?;
        let file = dir.join("metrics.csv");
        let metrics =
            from_csv(&read(&file)?).map_err(|error| FileError::malformed(&file, error))?;
        let result: RunResult = read_json(&dir.join("result.json"))?;
        let images: ImageKind = read_json(&dir.join(IMAGES))?;
        let file = dir.join("analysis.json");
        let analysis: Analysis = read_json(&file)?;
        check(&analysis, &result, images.shape)
            .map_err(|reason| FileError::malformed(&file, reason))?;
        Ok(Self {
            settings,
            metrics,
            result,
            image: images.shape,
            analysis,
        })
    }

    /// The size of an image.
    pub fn image_size(&self) -> PictureSize {
        size(self.image, None)
    }

    /// The size of the patches of a block.
    pub fn patch(&self, block: &BlockAnalysis) -> PictureSize {
        size(self.image, Some(block.field))
    }
}

/// The size of a square of `side`, or else of the whole image.
fn size(shape: ImageShape, side: Option<usize>) -> PictureSize {
    PictureSize {
        channels: shape.channels,
        height: side.unwrap_or(shape.height),
        width: side.unwrap_or(shape.width),
    }
}

/// Says what in the analysis does not fit the result.
fn check(analysis: &Analysis, result: &RunResult, image: ImageShape) -> Result<(), String> {
    let units: Vec<_> = analysis.blocks.iter().map(BlockAnalysis::units).collect();
    if units != result.units {
        return Err(format!(
            "its blocks have {units:?} units and those of result.json {:?}",
            result.units
        ));
    }
    let blocks = (1..).zip(&analysis.blocks);
    for (number, block) in blocks {
        check_block(block, image).map_err(|reason| format!("block {number}: {reason}"))?;
    }
    Ok(())
}

fn check_block(block: &BlockAnalysis, image: ImageShape) -> Result<(), String> {
    let units = block.units();
    if units == 0 {
        return Err("it has no units".into());
    }
    if block.wins.len() != units {
        let length = block.wins.len();
        return Err(format!("`wins` has {length} entries for {units} units"));
    }
    if !(1..=4096).contains(&block.field) {
        return Err(format!("no unit sees a square of {} pixels", block.field));
    }
    if let Some(filters) = &block.filters {
        let channels = image.channels;
        let (length, kernel) = (filters.len(), block.kernel);
        let fits = block.channels == channels && kernel == block.field;
        if !fits || length != units * channels * kernel * kernel {
            return Err(format!(
                "{length} values are no {units} filters of the image, {kernel} x {kernel}"
            ));
        }
    }
    for excited in &block.excited {
        if excited.unit >= units {
            return Err(format!("there is no unit {}", excited.unit));
        }
        let wanted = size(image, Some(block.field)).values();
        for patch in &excited.patches {
            let length = patch.pixels.0.len();
            if length != wanted {
                return Err(format!(
                    "a patch of unit {} has {length} values instead of {wanted}",
                    excited.unit
                ));
            }
        }
    }
    Ok(())
}

//! The report of a run: one self-contained page and one animation, drawn from the files of a run folder.
//!
//! Training writes numbers, this module draws them. It knows no model and no device, so a report can be drawn
//! again, later and elsewhere, from the files alone; the same files always give the same bytes.
//!
//! Data flows one way: [`draw`] reads the folder into a `Run`, pure functions turn its numbers into images
//! and plots, and the page puts them in order.

mod canvas;
mod curves;
mod detectors;
mod error;
mod format;
mod growth;
mod histograms;
mod numbers;
mod page;
mod palette;
mod plot;
mod results;
mod run;
mod settings;
mod signs;
mod tensors;
#[cfg(test)]
mod tests;
mod trials;
mod wins;

use std::path::Path;

use burn_runs::files::write_whole;

pub use error::ReportError;
pub use numbers::*;
pub(crate) use run::json as read_json;
pub use trials::{Series, draw_trials};

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::tensors::{Layout, hidden, snapshots};

    pub fn weights(file: &std::path::Path, bytes: &[u8], visible: usize) {
        for layout in [Layout::UnitRows, Layout::UnitColumns] {
            if let Ok(weights) = hidden(file, bytes, layout, visible) {
                assert!(weights.units().len() > 0);
            }
        }
        let _ = snapshots(file, bytes, 2, visible);
    }
}

/// Draws the run in `dir`: reads its files and writes `report.html` and `weights.gif` beside them.
///
/// It reads `config.json`, `metrics.csv`, `result.json`, `analysis.json`, `hebbian.safetensors`,
/// `backprop.safetensors` and `snapshots.safetensors`. Nothing is written unless all of them can be read and drawn.
///
/// # Errors
/// A [`ReportError`] that names the file which is missing, broken or does not fit the others.
pub fn draw(dir: &Path) -> Result<(), ReportError> {
    let run = run::Run::read(dir)?;
    let growth = growth::gif(&run.snapshots, &run.analysis.image)?;
    let page = page::render(&run, &growth)?;
    write(dir, "weights.gif", &growth)?;
    write(dir, "report.html", page.as_bytes())
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
    let file = dir.join(name);
    write_whole(&file, bytes).map_err(|error| ReportError::Write { file, error })
}

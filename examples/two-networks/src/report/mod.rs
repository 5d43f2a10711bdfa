//! The report of a run: one self-contained page and one animation, drawn from the files of a run folder.
//!
//! Training writes numbers, this module draws them. It knows no model and no device, so a report can be drawn
//! again, later and elsewhere, from the files alone; the same files always give the same bytes.
//!
//! Data flows one way: [`draw`] reads the folder into a `Run`, [`run_figures`] turns its numbers into images
//! and plots, and the page puts them in order.

mod curves;
pub(crate) mod draft;
mod error;
mod numbers;
mod page;
mod results;
mod run;
mod tensors;
#[cfg(test)]
mod tests;

use std::path::Path;

use burn_runs::files::write;
use image_runs::RESULT;
use run_figures::canvas::Canvas;
use run_figures::palette::Rgb;
use run_figures::{detectors, growth};

/// The colours of the two networks wherever they are compared.
use run_figures::palette::{ORANGE as BACKPROP, TEAL as BIOLOGICAL};

pub use error::ReportError;
pub use numbers::*;
pub(crate) use tensors::{is_centred, units_in};

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
/// Of a run that has not ended it draws what there is, from its newest checkpoint, `images.json` and `metrics.csv`, and
/// no animation. Of one that has, it reads `config.json`, `metrics.csv`, `result.json`, `analysis.json`, and of each network
/// that was trained `hebbian.safetensors` with `snapshots.safetensors`, or `backprop.safetensors`; the animation is of the
/// biological one. Nothing is written unless all of them can be read and drawn.
///
/// # Errors
/// A [`ReportError`] that names the file which is missing, broken or does not fit the others.
pub fn draw(dir: &Path) -> Result<(), ReportError> {
    if !dir.join(RESULT).exists()
        && let Some(page) = draft::of_folder(dir)?
    {
        return Ok(write(&dir.join("report.html"), page.as_bytes())?);
    }
    let run = run::Run::read(dir)?;
    let size = run.analysis.image.size();
    let growth = match &run.biological {
        Some(biological) => Some(growth::draw(&biological.snapshots(), size)?),
        None => None,
    };
    let page = page::render(&run, growth.as_ref())?;
    if let Some(growth) = &growth {
        write(&dir.join(ANIMATION_FILE), &growth.gif)?;
    }
    write(&dir.join("report.html"), page.as_bytes())?;
    Ok(())
}

/// The detectors of the finished run in `dir` that its report shows: those of the biological network, then those of the
/// backprop network; none of a network that was not trained.
///
/// # Errors
/// A [`ReportError`] as of [`draw`].
pub fn pictures(dir: &Path) -> Result<[Option<Canvas<Rgb>>; 2], ReportError> {
    let run = run::Run::read(dir)?;
    let size = run.analysis.image.size();
    let networks = [run.shown_biological(), run.shown_backprop()];
    Ok(networks.map(|shown| Some(detectors::grid(&shown?, size))))
}

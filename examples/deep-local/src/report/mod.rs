//! The report of a run: one self-contained page, drawn from the files of a run folder.
//!
//! Training writes numbers, this module draws them. It knows no model and no device, so a report can be drawn
//! again, later and elsewhere, from the files alone; the same files always give the same bytes.
//!
//! Data flows one way: [`draw`] reads the folder into a `Run`, [`run_figures`] turns its numbers into images
//! and plots, and the page puts them in order.

mod blocks;
mod curves;
pub(crate) mod draft;
mod error;
mod numbers;
mod page;
mod pixels;
mod published;
mod results;
mod run;
#[cfg(test)]
mod tests;

use std::path::Path;

use burn_runs::files::write;
use image_runs::RESULT;
use run_figures::canvas::Canvas;
use run_figures::palette::Rgb;

/// The colours of the networks wherever they are compared.
use run_figures::palette::{NEGATIVE as FINE_TUNED, ORANGE as BACKPROP, TEAL as LOCAL};

pub use error::ReportError;
pub use numbers::*;
pub use pixels::Pixels;

/// Draws the run in `dir`: reads its files and writes `report.html` beside them.
///
/// Of a run that has not ended it draws what there is, from its newest checkpoint, `images.json` and `metrics.csv`. Of one
/// that has, it reads `config.json`, `images.json`, `metrics.csv`, `result.json` and `analysis.json`. Nothing is written unless all of
/// them can be read and drawn.
///
/// # Errors
///
/// A [`ReportError`] that names the file which is missing, broken or does not fit the others.
pub fn draw(dir: &Path) -> Result<(), ReportError> {
    if !dir.join(RESULT).exists()
        && let Some(page) = draft::of_folder(dir)?
    {
        return Ok(write(&dir.join("report.html"), page.as_bytes())?);
    }
    let run = run::Run::read(dir)?;
    let page = page::render(&run)?;
    write(&dir.join("report.html"), page.as_bytes())?;
    Ok(())
}

/// The filters of the first block of the finished run in `dir`, where its files have them.
///
/// # Errors
///
/// A [`ReportError`] as of [`draw`].
pub fn picture(dir: &Path) -> Result<Option<Canvas<Rgb>>, ReportError> {
    Ok(blocks::picture(&run::Run::read(dir)?))
}

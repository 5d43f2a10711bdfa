//! What can keep a report from being drawn.

use burn_runs::files::FileError;
use run_figures::FigureError;

/// Why a report could not be drawn, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file of the run could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A figure could not be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
}

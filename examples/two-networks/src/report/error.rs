//! What can keep a report from being drawn.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use run_figures::FigureError;

/// Why a report could not be drawn: one sentence that names the file and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file of the run could not be read from disk.
    #[error("cannot read {}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file of the run holds something else than the report needs.
    #[error("cannot use {}: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with its contents.
        reason: String,
    },
    /// A figure could not be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A drawn file could not be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl ReportError {
    /// The contents of `file` are not usable, for `reason`.
    pub(crate) fn malformed(file: &Path, reason: impl Display) -> Self {
        Self::Malformed {
            file: file.to_path_buf(),
            reason: reason.to_string(),
        }
    }
}

//! Why a data set could not be loaded.

use std::path::PathBuf;

use thiserror::Error;

/// A file or a folder of a data set, and what is wrong with it.
///
/// The message is one sentence that names the path and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {reason}", path.display())]
pub struct DataError {
    /// The file or the folder.
    pub path: PathBuf,
    /// What is wrong with it, and what to do.
    pub reason: String,
}

impl DataError {
    pub(crate) fn new(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

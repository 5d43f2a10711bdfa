//! The folder of a finished run.

use std::path::Path;

use burn_runs::files::FileError;

use crate::RESULT;

/// Checks that a run has ended in `folder`, so that all of its files are there.
///
/// # Errors
///
/// A [`FileError`] that names the folder.
pub fn check_finished(folder: &Path) -> Result<(), FileError> {
    if folder.join(RESULT).exists() {
        return Ok(());
    }
    let reason = format!("it holds no finished run, for there is no {RESULT} in it");
    Err(FileError::malformed(folder, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_result_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = check_finished(folder.path()).unwrap_err().to_string();
        let name = folder.path().display().to_string();
        assert!(
            error.contains(&name) && error.contains("no finished run"),
            "{error}"
        );
        std::fs::write(folder.path().join(RESULT), "{}").unwrap();
        check_finished(folder.path()).unwrap();
    }
}

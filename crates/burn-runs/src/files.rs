//! Files that are there whole or not at all, folders that one process at a time writes into, and what
//! can keep a finished run from being used.

use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::ui;

/// What the names of files begin with that are not whole yet, or not whole any more.
pub(crate) const UNFINISHED: &str = ".burn-runs-";

/// Writes `bytes` beside `path`, syncs and renames, so that a reader never meets half a file.
///
/// # Errors
///
/// What the system says where the folder cannot be written; an earlier file at `path` stays as it was.
///
/// ```
/// use burn_runs::files::write_whole;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("result.json");
/// write_whole(&path, b"{\"error\": 1.5}")?;
/// write_whole(&path, b"{\"error\": 1.4}")?;
/// assert_eq!(std::fs::read(&path)?, b"{\"error\": 1.4}");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // Temporary files are private to their owner; results have the usual permissions.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name lies in the folder, which is synced by itself.
    #[cfg(unix)]
    sync_folder(directory)?;
    Ok(())
}

/// Syncs a folder, where its file system knows how to.
#[cfg(unix)]
fn sync_folder(directory: &Path) -> io::Result<()> {
    match File::open(directory)?.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Why a file of a finished run cannot be used: one sentence that names the file and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read from disk.
    #[error("cannot read {}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It holds something else than it should.
    #[error("cannot use {}: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with its contents.
        reason: String,
    },
    /// It could not be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl FileError {
    /// The contents of `file` are not usable, for `reason`.
    pub fn malformed(file: &Path, reason: impl Display) -> Self {
        Self::Malformed {
            file: file.to_path_buf(),
            reason: reason.to_string(),
        }
    }
}

/// The bytes of a file of a finished run.
///
/// # Errors
///
/// [`FileError::Read`].
pub fn read(file: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(file).map_err(|error| FileError::Read {
        file: file.to_path_buf(),
        error,
    })
}

/// The value in a JSON file of a finished run.
///
/// # Errors
///
/// [`FileError::Read`], or [`FileError::Malformed`] where it holds something else.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, FileError> {
    serde_json::from_slice(&read(file)?).map_err(|error| FileError::malformed(file, error))
}

/// Writes `bytes` whole, as [`write_whole`] does, with an error that names the file.
///
/// # Errors
///
/// [`FileError::Write`].
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_whole(file, bytes).map_err(|error| FileError::Write {
        file: file.to_path_buf(),
        error,
    })
}

/// Removes what killed processes left half written in `directory`.
///
/// # Errors
///
/// What the system says where the folder cannot be read or written.
pub fn remove_leftovers(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name
            .to_str()
            .is_some_and(|name| name.starts_with(UNFINISHED))
        {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

/// Makes this process the only one that writes into `directory`, until the file is dropped or the
/// process ends in whatever way.
///
/// # Errors
///
/// [`ErrorKind::ResourceBusy`] while another process holds the lock; else what the system says.
pub fn lock(directory: &Path) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            ErrorKind::ResourceBusy,
            "another process is writing into it",
        )),
        // A file system without locks is no reason to refuse a run.
        Err(TryLockError::Error(error)) => {
            ui::warn(&format!(
                "{} cannot be locked ({error}): start no second run in it",
                directory.display()
            ));
            Ok(file)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        write_whole(&path, b"the first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(write_whole(&directory.path().join("no/a.json"), b"").is_err());
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("result.json");
        let missing = read_json::<u64>(&file).unwrap_err().to_string();
        let start = format!("cannot read {}: ", file.display());
        assert!(missing.starts_with(&start), "{missing}");
        write(&file, b"seven").unwrap();
        let broken = read_json::<u64>(&file).unwrap_err().to_string();
        let start = format!("cannot use {}: ", file.display());
        assert!(broken.starts_with(&start), "{broken}");
        write(&file, b"7").unwrap();
        assert_eq!(read_json::<u64>(&file).unwrap(), 7);
    }

    #[test]
    fn leftovers_go_and_other_files_stay() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".burn-runs-x1", ".lock", "burn-runs-x1"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        let folder = directory.path().join(".burn-runs-x2");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("file"), "").unwrap();
        remove_leftovers(directory.path()).unwrap();
        let left = fs::read_dir(directory.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".lock", "burn-runs-x1"]);
    }

    #[test]
    fn a_folder_is_locked_until_the_lock_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let held = lock(directory.path()).unwrap();
        let error = lock(directory.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        drop(held);
        lock(directory.path()).unwrap();
    }
}

//! Reading a whole data file into memory, up to a limit.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::{DataError, Flaw};

/// The most images one file may hold: far more than any of the data sets has, and few enough
/// that a damaged header or a wrong file cannot fill the memory.
pub(super) const MAX_IMAGES: u64 = 1_000_000;

/// All bytes of the file at `path`: at least one, at most `limit`.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let unreadable = |cause| DataError::Unreadable {
        path: path.into(),
        cause,
    };
    let malformed = |flaw| DataError::Malformed {
        path: path.into(),
        flaw,
    };
    let file = File::open(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => DataError::Missing {
            what: "file",
            path: path.into(),
        },
        _ => unreadable(cause),
    })?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    match bytes.len() as u64 {
        0 => Err(malformed(Flaw::Empty)),
        length if length > limit => Err(malformed(Flaw::TooLarge { limit })),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_up_to_the_limit_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let error = read(&path, 4).unwrap_err().to_string();
        assert!(error.contains("larger than 4 B"), "{error}");
    }

    #[test]
    fn each_trouble_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let message = || {
            let message = read(&path, 5).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
            message
        };
        assert!(message().starts_with("there is no file"), "{}", message());
        fs::write(&path, b"").unwrap();
        assert!(message().contains("the file is empty"), "{}", message());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(message().starts_with("cannot read"), "{}", message());
    }
}

//! Reading a whole data file into memory, up to a limit.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::DataError;

/// The most images one file may hold: far more than any of the data sets has, and few enough
/// that a damaged header or a wrong file cannot fill the memory.
pub(crate) const MAX_IMAGES: u64 = 1_000_000;

/// All bytes of the file at `path`, at most `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|cause| {
            let reason = format!("cannot be read: {cause}; check that it is a file you may read");
            DataError::new(path, reason)
        })?;
    if bytes.len() as u64 > limit {
        let reason = format!(
            "the file is larger than {limit} bytes, the most that is read; check that it is the \
             right one"
        );
        return Err(DataError::new(path, reason));
    }
    Ok(bytes)
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
        assert!(error.contains("larger than 4 bytes"), "{error}");
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
        assert!(message().contains("cannot be read"), "{}", message());
        fs::create_dir(&path).unwrap();
        assert!(message().contains("cannot be read"), "{}", message());
    }
}

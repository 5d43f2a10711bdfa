//! A folder with the files of a data set, and the reading of one of them.

use std::path::{Path, PathBuf};

use crate::find::{self, Names};
use crate::unpack::Content;
use crate::{DataError, file};

/// A folder with the files of a data set.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Whether its files were downloaded, so that they can be once more.
    pub(crate) downloaded: bool,
}

/// One of the files of a data set.
pub(crate) struct Wanted {
    pub(crate) names: Names,
    /// What it is, with its article.
    pub(crate) kind: &'static str,
    /// The most bytes of it that are read, packed or not.
    pub(crate) limit: u64,
}

impl Folder {
    /// Where a file lies, and what `parse` makes of it.
    ///
    /// A file that is there twice, plain and compressed for instance, must be the same.
    pub(crate) fn read<T>(
        &self,
        wanted: &Wanted,
        parse: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<(PathBuf, T), DataError> {
        let places = find::files(&self.path, wanted.names);
        let Some((path, copies)) = places.split_first() else {
            return Err(find::missing(&self.path, wanted.names));
        };
        let content = self.content(path, wanted)?;
        let value = content
            .parse(wanted.kind, parse)
            .map_err(|flaw| self.malformed(path, flaw))?;
        for copy in copies {
            if self.content(copy, wanted)?.bytes != content.bytes {
                let reason = format!(
                    "it holds something else than {}; remove the one that is not meant",
                    copy.display()
                );
                return Err(DataError::new(path, reason));
            }
        }
        Ok((path.clone(), value))
    }

    /// The error of a file whose content is not what its name promises.
    pub(crate) fn malformed(&self, path: &Path, flaw: String) -> DataError {
        let advice = if self.downloaded {
            "delete it and download it again"
        } else {
            "put a good copy in its place"
        };
        DataError::new(path, format!("{flaw}; {advice}"))
    }

    fn content(&self, path: &Path, wanted: &Wanted) -> Result<Content, DataError> {
        let bytes = file::read(path, wanted.limit)?;
        Content::new(bytes, wanted.names, wanted.limit).map_err(|flaw| self.malformed(path, flaw))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::unpack::tests::gz;

    const WANTED: Wanted = Wanted {
        names: &["data.txt"],
        kind: "a CSV table",
        limit: 100,
    };

    /// Reads files of these names and contents; only the letter `a` is right.
    fn read(files: &[(&str, &[u8])], downloaded: bool) -> Result<usize, String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let path = dir.path().to_path_buf();
        let parent = format!("{}/", path.display());
        let parse = |bytes: &[u8]| {
            if bytes.iter().all(|&byte| byte == b'a') {
                Ok(bytes.len())
            } else {
                Err("it is wrong".into())
            }
        };
        Folder { path, downloaded }
            .read(&WANTED, parse)
            .map(|(_, length)| length)
            .map_err(|error| error.to_string().replace(&parent, ""))
    }

    #[test]
    fn copies_of_a_file_must_be_the_same() {
        assert_eq!(read(&[("data.txt", b"aa")], false), Ok(2));
        let twice: [(&str, &[u8]); 2] = [("data.txt", b"aa"), ("data.txt.gz", &gz(b"aa"))];
        assert_eq!(read(&twice, false), Ok(2));
        let stale: [(&str, &[u8]); 2] = [("data.txt", b"aa"), ("data.txt.gz", &gz(b"aaa"))];
        assert_eq!(
            read(&stale, false).unwrap_err(),
            "data.txt: it holds something else than data.txt.gz; remove the one that is not meant"
        );
    }

    #[test]
    fn only_a_download_is_to_be_downloaded_again() {
        for (downloaded, advice) in [
            (true, "delete it and download it again"),
            (false, "put a good copy in its place"),
        ] {
            let files: [(&str, &[u8]); 1] = [("data.txt.gz", &gz(b"ab"))];
            let expected =
                format!("data.txt.gz: it is a gzip of a text instead of a CSV table; {advice}");
            assert_eq!(read(&files, downloaded).unwrap_err(), expected);
            let files: [(&str, &[u8]); 1] = [("data.txt", b"a,b")];
            let expected = format!("data.txt: it is wrong; {advice}");
            assert_eq!(read(&files, downloaded).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = read(&[], false).unwrap_err();
        assert!(
            message.starts_with("data.txt: there is no such file"),
            "{message}"
        );
    }
}

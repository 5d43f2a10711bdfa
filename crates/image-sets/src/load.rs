//! A data set from a folder, from the cache directory or embedded.

use std::path::{Path, PathBuf};

#[cfg(feature = "download")]
use crate::download;
use crate::{DataError, ImageSet, Images, cifar, digits, idx, published};

/// A data set in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSplit {
    /// The images to learn from.
    pub train: Images,
    /// The images to measure the error on.
    pub test: Images,
}

impl ImageSet {
    /// Loads the set.
    ///
    /// With a `data_dir`, the files are read from the set's folder in it. Without one they are read
    /// from `burn-dataset/` in the user's cache directory, where Burn keeps its own data sets, after
    /// the absent ones were downloaded (cargo feature `download`), with a progress bar on a terminal.
    /// The digits need no files.
    ///
    /// # Errors
    ///
    /// If a file is absent, unreadable or not what it should be, or cannot be downloaded.
    pub fn load(self, data_dir: Option<&Path>) -> Result<DataSplit, DataError> {
        let read = match self {
            Self::Digits => return Ok(digits::load()),
            Self::Mnist | Self::FashionMnist => idx::read,
            Self::Cifar10 => cifar::read,
        };
        let folder = self.folder_in(data_dir)?;
        #[cfg(feature = "download")]
        if data_dir.is_none() {
            download::complete(self, &folder, download::get)?;
        }
        if !folder.is_dir() {
            let reason = "there is no such folder; point the data folder at the one it lies in, or \
                          name none to have it downloaded (feature `download`)";
            return Err(DataError::new(folder, reason));
        }
        read(&folder)
    }

    /// The files that [`load`](Self::load) reads and that may be damaged: they have the length of
    /// the published ones, and another SHA-256 sum. The format of CIFAR-10 has no checksum: a
    /// damaged pixel is a pixel.
    pub fn damaged(self, data_dir: Option<&Path>) -> Vec<PathBuf> {
        let folder = self.folder_in(data_dir);
        folder.map_or_else(|_| Vec::new(), |folder| published::damaged(self, &folder))
    }

    /// The folder of its files, in `data_dir` or in the cache directory.
    fn folder_in(self, data_dir: Option<&Path>) -> Result<PathBuf, DataError> {
        let parent = match data_dir {
            Some(dir) => dir.to_path_buf(),
            None => dirs::cache_dir()
                .ok_or_else(|| {
                    let reason = "this system names no cache directory to look for it in; name the \
                                  data folder that holds it";
                    DataError::new(self.folder(), reason)
                })?
                .join("burn-dataset"),
        };
        Ok(parent.join(self.folder()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn digits_need_no_files() {
        let nowhere = Path::new("there/is/no/such/folder");
        let split = ImageSet::Digits.load(Some(nowhere)).unwrap();
        assert_eq!(split.train.shape, ImageSet::Digits.shape());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for (set, folder) in [
            (ImageSet::Mnist, "mnist"),
            (ImageSet::FashionMnist, "fashion-mnist"),
            (ImageSet::Cifar10, "cifar-10-batches-bin"),
        ] {
            let message = set.load(Some(dir.path())).unwrap_err().to_string();
            let folder = dir.path().join(folder);
            let expected = format!("{}: there is no such folder; point", folder.display());
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    /// Small files of each format, in the folders of their data sets.
    fn small_files(dir: &Path) {
        let idx = |words: &[u32], values: Vec<u8>| -> Vec<u8> {
            let words = words.iter().flat_map(|word| word.to_be_bytes());
            words.chain(values).collect()
        };
        let pixels = |count: usize| (0..count).map(|i| (i % 251) as u8).collect::<Vec<_>>();
        for (part, count) in [("train", 3_u8), ("t10k", 2)] {
            let images = idx(
                &[0x803, count.into(), 28, 28],
                pixels(784 * usize::from(count)),
            );
            let labels = idx(&[0x801, count.into()], (0..count).collect());
            let names = [
                (format!("{part}-images-idx3-ubyte"), images),
                (format!("{part}-labels-idx1-ubyte"), labels),
            ];
            for (name, bytes) in names {
                fs::create_dir_all(dir.join("mnist")).unwrap();
                fs::create_dir_all(dir.join("fashion-mnist")).unwrap();
                fs::write(dir.join("mnist").join(&name), &bytes).unwrap();
                let mut packed = GzEncoder::new(Vec::new(), Compression::default());
                packed.write_all(&bytes).unwrap();
                let packed = packed.finish().unwrap();
                fs::write(dir.join("fashion-mnist").join(name + ".gz"), packed).unwrap();
            }
        }
        let folder = dir.join("cifar-10-batches-bin");
        fs::create_dir_all(&folder).unwrap();
        for batch in 1..=6 {
            let name = match batch {
                6 => "test_batch.bin".to_string(),
                _ => format!("data_batch_{batch}.bin"),
            };
            fs::write(folder.join(name), pixels(3073)).unwrap();
        }
    }

    #[test]
    fn a_file_cut_or_flipped_at_every_tenth_offset_is_named_or_gives_as_many_images() {
        let dir = tempfile::tempdir().unwrap();
        small_files(dir.path());
        let (mut cut, mut refused, mut read) = (0, 0, 0);
        for set in [ImageSet::Mnist, ImageSet::FashionMnist, ImageSet::Cifar10] {
            let whole = set.load(Some(dir.path())).unwrap();
            for entry in fs::read_dir(dir.path().join(set.folder())).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                let load_with = |bytes: &[u8]| {
                    fs::write(&path, bytes).unwrap();
                    set.load(Some(dir.path()))
                };
                for offset in (0..bytes.len()).step_by(10) {
                    let error = load_with(&bytes[..offset]).unwrap_err().to_string();
                    assert!(error.contains(path.to_str().unwrap()), "{error}");
                    cut += 1;
                    for flip in [1, 0x80, 0xff] {
                        let mut flipped = bytes.clone();
                        flipped[offset] ^= flip;
                        match load_with(&flipped) {
                            // A pixel or a label may become another one; gzip notices that too.
                            Ok(split) if set == ImageSet::FashionMnist => {
                                assert_eq!(split, whole, "byte {offset} of {}", path.display());
                                read += 1;
                            }
                            Ok(split) => {
                                assert_eq!(split.train.len(), whole.train.len());
                                assert_eq!(split.test.len(), whole.test.len());
                                read += 1;
                            }
                            Err(error) => {
                                let error = error.to_string();
                                assert!(error.contains(path.to_str().unwrap()), "{error}");
                                refused += 1;
                            }
                        }
                    }
                }
                load_with(&bytes).unwrap();
            }
        }
        println!("{cut} cuts refused, {refused} flips refused, {read} flips read");
    }
}

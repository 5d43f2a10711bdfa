//! A data set from a folder, from the cache directory or embedded.

use std::path::{Path, PathBuf};

use crate::cifar::{self, BINARY};
#[cfg(feature = "download")]
use crate::download;
use crate::find::{self, Names};
use crate::folder::Folder;
use crate::pickle::PYTHON;
use crate::{DataError, ImageSet, Images, csv, digits, idx, published, recognise};

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
    /// With a `data_dir`, the files are read from the set's folder in it, or from `data_dir` itself,
    /// in any of the layouts that the [crate's](crate) page lists. Without one they are read from
    /// `burn-dataset/` in the user's cache directory, where Burn keeps its own data sets, after the
    /// absent ones were downloaded (cargo feature `download`), with a progress bar on a terminal.
    /// The digits need no files.
    ///
    /// # Errors
    ///
    /// If a file is absent, unreadable or not what it should be, or cannot be downloaded; if the files
    /// are of MNIST and of Fashion-MNIST.
    pub fn load(self, data_dir: Option<&Path>) -> Result<DataSplit, DataError> {
        if self == Self::Digits {
            return Ok(digits::load());
        }
        #[cfg(feature = "download")]
        if data_dir.is_none() {
            download::complete(self, &self.download_folder()?, download::get)?;
        }
        let folder = self.folder_in(data_dir)?;
        let data = self.read(&folder)?;
        match recognise::mixture(&data) {
            Some(reason) => Err(DataError::new(folder.path, reason)),
            None => Ok(data),
        }
    }

    /// Reads the files in the first of their formats that is there.
    fn read(self, folder: &Folder) -> Result<DataSplit, DataError> {
        let has = |files: &[Names]| find::holds_any(&folder.path, files);
        if self == Self::Cifar10 {
            let is_python = has(&PYTHON.files) && !has(&BINARY.files);
            cifar::read(folder, if is_python { &PYTHON } else { &BINARY })
        } else if has(&csv::files(self)) && !has(&idx::FILES) {
            csv::read(folder, self)
        } else {
            idx::read(folder)
        }
    }

    /// What is doubtful about `data` that was [loaded](Self::load), though it can be used: a sentence
    /// for each file or folder.
    ///
    /// Such are files that may be damaged, as they have the length of the published ones and another
    /// SHA-256 sum (the format of CIFAR-10 has no checksum: a damaged pixel is a pixel), and MNIST
    /// under the name of Fashion-MNIST, or the other way round.
    pub fn doubts(self, data_dir: Option<&Path>, data: &DataSplit) -> Vec<DataError> {
        if self == Self::Digits {
            return Vec::new();
        }
        let Ok(folder) = self.folder_in(data_dir) else {
            return Vec::new();
        };
        let damaged = published::damaged(self, &folder.path).into_iter().map(|file| {
            let reason = "it has the length of the published file but another SHA-256 sum and may \
                          be damaged";
            DataError::new(file, reason)
        });
        let misnamed = recognise::misnamed(self, data);
        let misnamed = misnamed.map(|reason| DataError::new(folder.path.clone(), reason));
        damaged.chain(misnamed).collect()
    }

    /// The files of the set in each of its formats.
    fn files(self) -> Vec<Names> {
        match self {
            Self::Digits => Vec::new(),
            Self::Mnist | Self::FashionMnist => [&idx::FILES[..], &csv::files(self)].concat(),
            Self::Cifar10 => [BINARY.files, PYTHON.files].concat(),
        }
    }

    /// The folder of its files, in `data_dir` or in the cache directory.
    fn folder_in(self, data_dir: Option<&Path>) -> Result<Folder, DataError> {
        Ok(match data_dir {
            Some(dir) => Folder {
                path: find::folder(self, dir, &self.files())?,
                downloaded: false,
            },
            None => Folder {
                path: self.download_folder()?,
                downloaded: true,
            },
        })
    }

    /// The folder that its files are downloaded into.
    fn download_folder(self) -> Result<PathBuf, DataError> {
        let cache = dirs::cache_dir().ok_or_else(|| {
            let reason = "this system names no cache directory to look for it in; name the data \
                          folder that holds it";
            DataError::new(self.folder(), reason)
        })?;
        Ok(cache.join("burn-dataset").join(self.folder()))
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
        assert_eq!(ImageSet::Digits.doubts(Some(nowhere), &split), []);
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

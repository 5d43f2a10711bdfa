//! The four image data sets: from a folder, from the cache directory or embedded.
//!
//! | set | images | from |
//! |---|---|---|
//! | [`Dataset::Digits`] | 1,437 + 360, gray 8x8, 0 to 16 | embedded |
//! | [`Dataset::Mnist`] | 60,000 + 10,000, gray 28x28 | `mnist/` |
//! | [`Dataset::FashionMnist`] | 60,000 + 10,000, gray 28x28 | `fashion-mnist/` |
//! | [`Dataset::Cifar10`] | 50,000 + 10,000, color 32x32 | `cifar-10-batches-bin/` |

use std::fmt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) mod cifar;
mod digits;
#[cfg(feature = "download")]
mod download;
mod error;
mod file;
pub(crate) mod idx;
mod images;
mod published;

use burn_runs::ui;

pub use error::{DataError, Flaw};
pub use images::{ImageShape, Images};

/// A data set to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// 1,797 handwritten digits of 8x8 pixels (UCI), embedded in the program.
    Digits,
    /// Handwritten digits of 28x28 pixels (LeCun, Cortes and Burges).
    Mnist,
    /// Articles of clothing of 28x28 pixels (Xiao, Rasul and Vollgraf 2017).
    FashionMnist,
    /// Color photographs of 32x32 pixels (Krizhevsky 2009).
    Cifar10,
}

impl Dataset {
    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Cifar10 => "cifar10",
        }
    }

    /// The number of classes.
    pub fn classes(self) -> usize {
        10
    }

    /// The shape of every image.
    pub fn shape(self) -> ImageShape {
        let (channels, side) = match self {
            Self::Digits => (1, 8),
            Self::Mnist | Self::FashionMnist => (1, 28),
            Self::Cifar10 => (3, 32),
        };
        ImageShape {
            channels,
            height: side,
            width: side,
        }
    }

    /// The folder its files come in.
    fn folder(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar-10-batches-bin",
            _ => self.name(),
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A data set in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSplit {
    /// The images to learn from.
    pub train: Images,
    /// The images to measure the error on.
    pub test: Images,
}

/// Loads a data set.
///
/// With a `data_dir`, the files are read from the set's folder in it. Without one they are read
/// from `burn-dataset/` in the user's cache directory, where Burn keeps its own data sets, after
/// the absent ones were downloaded (cargo feature `download`). The digits need no files.
///
/// # Errors
///
/// If a file is absent, unreadable or not what it should be, or cannot be downloaded.
pub fn load(dataset: Dataset, data_dir: Option<&Path>) -> Result<DataSplit, DataError> {
    let read = match dataset {
        Dataset::Digits => return Ok(digits::load()),
        Dataset::Mnist | Dataset::FashionMnist => idx::read,
        Dataset::Cifar10 => cifar::read,
    };
    let folder = match data_dir {
        Some(dir) => dir.join(dataset.folder()),
        None => cached(dataset)?,
    };
    if !folder.is_dir() {
        return Err(DataError::Missing {
            what: "folder",
            path: folder,
        });
    }
    let split = read(&folder)?;
    for name in published::damaged(dataset, &folder) {
        let file = folder.join(name);
        ui::warn(&format!(
            "{} has the length of the published file but another SHA-256 sum: it may be damaged",
            file.display()
        ));
    }
    Ok(split)
}

/// The folder of `dataset` in the cache directory, filled if this build can download.
fn cached(dataset: Dataset) -> Result<PathBuf, DataError> {
    let folder = dirs::cache_dir()
        .ok_or(DataError::NoCache { dataset })?
        .join("burn-dataset")
        .join(dataset.folder());
    #[cfg(feature = "download")]
    download::complete(dataset, &folder, download::get)?;
    Ok(folder)
}

/// Checks that every label names one of the ten classes.
fn check_labels(labels: impl IntoIterator<Item = u8>) -> Result<(), Flaw> {
    match (0..).zip(labels).find(|&(_, label)| label > 9) {
        Some((index, label)) => Err(Flaw::Label { index, label }),
        None => Ok(()),
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
    fn one_name_everywhere() {
        let names = ["digits", "mnist", "fashion-mnist", "cifar10"];
        for (dataset, name) in Dataset::value_variants().iter().zip(names) {
            assert_eq!(dataset.name(), name);
            assert_eq!(dataset.to_string(), name);
            assert_eq!(Dataset::from_str(name, false).as_ref(), Ok(dataset));
            let json = format!("\"{name}\"");
            assert_eq!(serde_json::to_string(dataset).unwrap(), json);
            assert_eq!(serde_json::from_str::<Dataset>(&json).unwrap(), *dataset);
        }
        assert_eq!(format!("{:>6}|", Dataset::Mnist), " mnist|");
    }

    #[test]
    fn visible_units() {
        let visible = Dataset::value_variants()
            .iter()
            .map(|d| d.shape().visible());
        assert_eq!(visible.collect::<Vec<_>>(), [64, 784, 784, 3072]);
    }

    #[test]
    fn digits_need_no_files() {
        let nowhere = Path::new("there/is/no/such/folder");
        let split = load(Dataset::Digits, Some(nowhere)).unwrap();
        assert_eq!(split.train.shape, Dataset::Digits.shape());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for (dataset, folder) in [
            (Dataset::Mnist, "mnist"),
            (Dataset::FashionMnist, "fashion-mnist"),
            (Dataset::Cifar10, "cifar-10-batches-bin"),
        ] {
            let message = load(dataset, Some(dir.path())).unwrap_err().to_string();
            let folder = dir.path().join(folder);
            let expected = format!("there is no folder {}; point --data-dir", folder.display());
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
        for dataset in [Dataset::Mnist, Dataset::FashionMnist, Dataset::Cifar10] {
            let whole = load(dataset, Some(dir.path())).unwrap();
            for entry in fs::read_dir(dir.path().join(dataset.folder())).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                let load_with = |bytes: &[u8]| {
                    fs::write(&path, bytes).unwrap();
                    load(dataset, Some(dir.path()))
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
                            Ok(split) if dataset == Dataset::FashionMnist => {
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

    #[test]
    fn labels_are_checked_up_to_the_last_class() {
        assert!(check_labels([0, 9]).is_ok());
        let flaw = check_labels([0, 9, 10]).unwrap_err();
        assert!(
            matches!(
                flaw,
                Flaw::Label {
                    index: 2,
                    label: 10
                }
            ),
            "{flaw}"
        );
    }
}

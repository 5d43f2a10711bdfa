//! The binary files of CIFAR-10: records of one label and the red, green and blue planes.
//!
//! Source of the format: A. Krizhevsky, *The CIFAR-10 dataset*, section "Binary version",
//! <https://www.cs.toronto.edu/~kriz/cifar.html>.

use std::path::Path;

use crate::file::{self, MAX_IMAGES};
use crate::images::check_labels;
use crate::{DataError, DataSplit, ImageSet, Images};

/// Bytes of a record: the label and 3 planes of 32x32 pixels.
const RECORD: usize = 1 + 3 * 32 * 32;

const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: [&str; 1] = ["test_batch.bin"];

/// The six batches in `folder`.
pub(crate) fn read(folder: &Path) -> Result<DataSplit, DataError> {
    Ok(DataSplit {
        train: read_batches(folder, &TRAIN)?,
        test: read_batches(folder, &TEST)?,
    })
}

fn read_batches(folder: &Path, names: &[&str]) -> Result<Images, DataError> {
    let mut images = Images {
        pixels: Vec::new(),
        labels: Vec::new(),
        shape: ImageSet::Cifar10.shape(),
        white: 255,
    };
    for name in names {
        let path = folder.join(name);
        let bytes = file::read(&path, RECORD as u64 * MAX_IMAGES)?;
        let records = parse(&bytes).map_err(|flaw| DataError::malformed(path, flaw))?;
        for [label, pixels @ ..] in records {
            images.labels.push(*label);
            images.pixels.extend_from_slice(pixels);
        }
    }
    Ok(images)
}

/// The records of a batch, every label checked; else what is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<&[[u8; RECORD]], String> {
    let (records, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(format!(
            "the length of {} bytes is no multiple of the {RECORD} bytes of a record",
            bytes.len()
        ));
    }
    check_labels(records.iter().map(|record| record[0]))?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn record(label: u8) -> Vec<u8> {
        let planes = [label + 1, label + 2, label + 3];
        [vec![label], planes.map(|value| vec![value; 1024]).concat()].concat()
    }

    /// Batch `i` has the one label `i`; the test batch has the label 9.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (label, name) in (0..).zip(TRAIN) {
            fs::write(dir.path().join(name), record(label)).unwrap();
        }
        fs::write(dir.path().join(TEST[0]), record(9)).unwrap();
        dir
    }

    #[test]
    fn the_batches_are_joined_in_order() {
        let DataSplit { train, test } = read(folder().path()).unwrap();
        assert_eq!(train.labels, [0, 1, 2, 3, 4]);
        assert_eq!(test.labels, [9]);
        assert_eq!(train.image(4), &record(4)[1..]);
        assert_eq!(test.image(0), &record(9)[1..]);
        assert_eq!(train.white, 255);
    }

    #[test]
    fn every_broken_batch_is_named_with_its_flaw() {
        let cases = [
            (vec![], "the file is empty"),
            (record(1)[..3072].to_vec(), "3072 bytes is no multiple"),
            ([record(1), vec![0]].concat(), "3074 bytes is no multiple"),
            ([record(1), record(10)].concat(), "image 1 has the label 10"),
        ];
        for name in TRAIN.into_iter().chain(TEST) {
            for (bytes, expected) in &cases {
                let dir = folder();
                let path = dir.path().join(name);
                fs::write(&path, bytes).unwrap();
                let message = read(dir.path()).unwrap_err().to_string();
                assert!(message.contains(path.to_str().unwrap()), "{message}");
                assert!(message.contains(expected), "{message}");
            }
        }
    }

    #[test]
    fn a_missing_batch_is_named() {
        let dir = folder();
        fs::remove_file(dir.path().join(TRAIN[3])).unwrap();
        let message = read(dir.path()).unwrap_err().to_string();
        assert!(message.contains("data_batch_4.bin"), "{message}");
    }
}

//! CIFAR-10 in six batches; the binary ones: records of one label and the red, green and blue planes.
//!
//! Source of the format: A. Krizhevsky, *The CIFAR-10 dataset*, section "Binary version",
//! <https://www.cs.toronto.edu/~kriz/cifar.html>.

use crate::file::MAX_IMAGES;
use crate::find::Names;
use crate::folder::{Folder, Wanted};
use crate::images::check_labels;
use crate::{DataError, DataSplit, ImageSet, Images};

/// Bytes of an image: 3 planes of 32x32 pixels.
pub(crate) const VISIBLE: usize = 3 * 32 * 32;
/// Bytes of a record: the label and the planes.
const RECORD: usize = 1 + VISIBLE;

/// One of the versions that CIFAR-10 is offered in.
pub(crate) struct Version {
    /// The batches, that of the test images last.
    pub(crate) files: [Names; 6],
    /// What a batch is, with its article.
    pub(crate) kind: &'static str,
    /// Reads a batch; else says what is wrong.
    pub(crate) parse: fn(&[u8]) -> Result<Batch, String>,
}

/// The images of one file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) labels: Vec<u8>,
    pub(crate) pixels: Vec<u8>,
}

pub(crate) const BINARY: Version = Version {
    files: [
        &["data_batch_1.bin"],
        &["data_batch_2.bin"],
        &["data_batch_3.bin"],
        &["data_batch_4.bin"],
        &["data_batch_5.bin"],
        &["test_batch.bin"],
    ],
    kind: "a binary batch of CIFAR-10",
    parse,
};

/// The six batches in `folder`.
pub(crate) fn read(folder: &Folder, version: &Version) -> Result<DataSplit, DataError> {
    let (test, train) = version.files.split_last().expect("six batches");
    Ok(DataSplit {
        train: read_batches(folder, version, train)?,
        test: read_batches(folder, version, &[*test])?,
    })
}

fn read_batches(folder: &Folder, version: &Version, files: &[Names]) -> Result<Images, DataError> {
    let mut images = Images {
        pixels: Vec::new(),
        labels: Vec::new(),
        shape: ImageSet::Cifar10.shape(),
        white: 255,
    };
    for names in files {
        let wanted = Wanted {
            names,
            kind: version.kind,
            limit: RECORD as u64 * MAX_IMAGES,
        };
        let (_, batch) = folder.read(&wanted, version.parse)?;
        images
            .labels
            .extend(batch.labels.into_iter().map(u16::from));
        images.pixels.extend(batch.pixels);
    }
    Ok(images)
}

/// The records of a binary batch, every label checked; else what is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<Batch, String> {
    let (records, rest) = bytes.as_chunks::<RECORD>();
    let length = bytes.len();
    let (of_two_labels, odd) = bytes.as_chunks::<{ RECORD + 1 }>();
    let is_of_100 = |&[group, class, ..]: &[u8; RECORD + 1]| group < 20 && class < 100;
    if !rest.is_empty() && odd.is_empty() && of_two_labels.iter().all(is_of_100) {
        return Err(format!(
            "it is a batch of CIFAR-100, whose records have two labels, by its length of {length} bytes"
        ));
    }
    if records.is_empty() || !rest.is_empty() {
        return Err(format!(
            "the length of {length} bytes is no multiple of the {RECORD} bytes of a record"
        ));
    }
    check_labels(records.iter().map(|record| record[0]))?;
    Ok(Batch {
        labels: records.iter().map(|record| record[0]).collect(),
        pixels: records
            .iter()
            .flat_map(|record| &record[1..])
            .copied()
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn read(dir: &Path) -> Result<DataSplit, DataError> {
        let folder = Folder {
            path: dir.to_path_buf(),
            downloaded: false,
        };
        super::read(&folder, &BINARY)
    }

    fn record(label: u8) -> Vec<u8> {
        let planes = [label + 1, label + 2, label + 3];
        [vec![label], planes.map(|value| vec![value; 1024]).concat()].concat()
    }

    /// Batch `i` has the one label `i`; the test batch has the label 9.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, label) in BINARY
            .files
            .map(|names| names[0])
            .into_iter()
            .zip([0, 1, 2, 3, 4, 9])
        {
            fs::write(dir.path().join(name), record(label)).unwrap();
        }
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
            (vec![], "it is an empty file instead of a binary batch"),
            (record(1)[..3072].to_vec(), "3072 bytes is no multiple"),
            (
                [record(1), vec![0; 2]].concat(),
                "3075 bytes is no multiple",
            ),
            (vec![1; 2 * 3074], "it is a batch of CIFAR-100, whose"),
            ([record(1), record(10)].concat(), "image 1 has the label 10"),
        ];
        for name in BINARY.files.map(|names| names[0]) {
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
        fs::remove_file(dir.path().join(BINARY.files[3][0])).unwrap();
        let message = read(dir.path()).unwrap_err().to_string();
        assert!(message.contains("data_batch_4.bin"), "{message}");
    }
}

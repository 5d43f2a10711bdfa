//! MNIST and Fashion-MNIST as tables, as Kaggle offers them: a line an image, its label and 28x28
//! pixels with commas between them.

use ::csv::{ByteRecord, ReaderBuilder, Trim};

use crate::file::MAX_IMAGES;
use crate::find::Names;
use crate::folder::{Folder, Wanted};
use crate::images::check_labels;
use crate::kind::CSV;
use crate::{DataError, DataSplit, ImageSet, Images};

/// Pixels of an image.
const VISIBLE: usize = 28 * 28;
/// The most bytes of a line: four for each value.
const LINE: u64 = 4 * (1 + VISIBLE as u64);

/// The tables of `set`: the training images and the test images.
pub(crate) fn files(set: ImageSet) -> [Names; 2] {
    if set == ImageSet::FashionMnist {
        [
            &["fashion-mnist_train.csv", "train.csv"],
            &["fashion-mnist_test.csv", "test.csv"],
        ]
    } else {
        [
            &["mnist_train.csv", "train.csv"],
            &["mnist_test.csv", "test.csv"],
        ]
    }
}

/// The two tables in `folder`.
pub(crate) fn read(folder: &Folder, set: ImageSet) -> Result<DataSplit, DataError> {
    let read_part = |names| {
        let wanted = Wanted {
            names,
            kind: CSV,
            limit: LINE * MAX_IMAGES,
        };
        folder.read(&wanted, parse).map(|(_, images)| images)
    };
    let [train, test] = files(set);
    Ok(DataSplit {
        train: read_part(train)?,
        test: read_part(test)?,
    })
}

/// The images of a table; else what is wrong.
///
/// The first line may be a header, which names the column `label`; without one that is the first.
pub(crate) fn parse(bytes: &[u8]) -> Result<Images, String> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::Fields)
        .from_reader(bytes);
    let mut images = Images {
        pixels: Vec::new(),
        labels: Vec::new(),
        shape: ImageSet::Mnist.shape(),
        white: 255,
    };
    let mut label_column = 0;
    let mut row = ByteRecord::new();
    while reader
        .read_byte_record(&mut row)
        .map_err(|cause| format!("it cannot be read as a table ({cause})"))?
    {
        let position = row.position().expect("a record that was read has a place");
        let line = position.line();
        if position.record() == 0 {
            if let Some(column) = row
                .iter()
                .position(|name| name.eq_ignore_ascii_case(b"label"))
            {
                label_column = column;
                continue;
            }
            if row.iter().all(|field| number(field).is_none()) {
                return Err(
                    "its header names no column `label`, as that of the test images of a \
                     competition, whose labels are kept secret"
                        .into(),
                );
            }
        }
        if row.len() != 1 + VISIBLE {
            return Err(format!(
                "line {line} has {} values instead of {}, a label and 28x28 pixels",
                row.len(),
                1 + VISIBLE
            ));
        }
        if images.labels.len() as u64 == MAX_IMAGES {
            return Err(format!("it holds more than {MAX_IMAGES} images"));
        }
        for (column, field) in row.iter().enumerate() {
            let value = number(field).ok_or_else(|| {
                let text = String::from_utf8_lossy(&field[..field.len().min(20)]).into_owned();
                format!(
                    "value {} of line {line} is {text:?}, where whole numbers from 0 to 255 are read",
                    column + 1
                )
            })?;
            if column == label_column {
                images.labels.push(value.into());
            } else {
                images.pixels.push(value);
            }
        }
    }
    if images.is_empty() {
        return Err("it holds no images".into());
    }
    check_labels(images.labels.iter().copied())?;
    Ok(images)
}

/// A field as a value.
fn number(field: &[u8]) -> Option<u8> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::unpack::tests::{gz, zipped};

    /// The label and the pixels of line `i`.
    fn values(i: usize) -> (u8, Vec<u8>) {
        let pixels = (0..VISIBLE).map(|pixel| ((i + pixel) % 256) as u8);
        ((i % 10) as u8, pixels.collect())
    }

    fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
        let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        texts.join(",") + "\n"
    }

    /// `count` lines, with the label in front.
    fn lines(count: usize) -> String {
        let line = |i| {
            let (label, pixels) = values(i);
            joined([label].into_iter().chain(pixels))
        };
        (0..count).map(line).collect()
    }

    fn header() -> String {
        let names = (0..VISIBLE).map(|pixel| format!("pixel{pixel}"));
        joined(["label".to_string()].into_iter().chain(names))
    }

    #[test]
    fn a_table_is_read_with_and_without_a_header() {
        let last = {
            let columns = (0..VISIBLE).map(|pixel| format!("pixel{pixel}"));
            let (label, pixels) = values(0);
            let header = joined(columns.chain(["Label".to_string()]));
            header + &joined(pixels.into_iter().chain([label]))
        };
        let numbered = joined(
            ["label".to_string()]
                .into_iter()
                .chain((0..784).map(|i| i.to_string())),
        );
        for (text, count) in [
            (lines(12), 12),
            (numbered + &lines(2), 2),
            (header() + &lines(12), 12),
            (format!("\u{feff}{}{}", header(), lines(3)), 3),
            (lines(2).replace(',', ", ").replace('\n', "\r\n"), 2),
            (last, 1),
        ] {
            let images = parse(text.as_bytes()).unwrap();
            assert_eq!(images.len(), count);
            for i in 0..count {
                let (label, pixels) = values(i);
                assert_eq!(
                    (images.labels[i], images.image(i)),
                    (label.into(), &*pixels)
                );
            }
        }
    }

    #[test]
    fn each_flaw_is_told_with_its_line() {
        let no_label = header().replace("label", "id") + &lines(1);
        let cases = [
            (header(), "it holds no images"),
            (no_label, "its header names no column `label`"),
            (header() + "1,2,3\n", "line 2 has 3 values instead of 785"),
            (
                lines(2).replacen(",5,", ",256,", 1),
                "value 7 of line 1 is \"256\", where",
            ),
            (
                lines(2).replacen(",5,", ",,", 1),
                "value 7 of line 1 is \"\", where",
            ),
            (
                lines(1) + &header(),
                "value 1 of line 2 is \"label\", where",
            ),
            (lines(1).replacen('0', "11", 1), "image 0 has the label 11"),
        ];
        for (text, expected) in cases {
            let flaw = parse(text.as_bytes()).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
    }

    #[test]
    fn the_tables_of_a_set_are_found_packed_or_not() {
        for (set, train, test) in [
            (ImageSet::Mnist, "mnist_train.csv", "mnist_test.csv.gz"),
            (ImageSet::Mnist, "train.csv", "mnist_test.csv.gz"),
            (
                ImageSet::FashionMnist,
                "fashion-mnist_train.csv",
                "fashion-mnist_test.csv.gz",
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(train), header() + &lines(3)).unwrap();
            fs::write(dir.path().join(test), gz(lines(2).as_bytes())).unwrap();
            let split = set.load(Some(dir.path())).unwrap();
            assert_eq!((split.train.len(), split.test.len()), (3, 2));
        }
        let dir = tempfile::tempdir().unwrap();
        let (train, test) = (header() + &lines(3), lines(2));
        let archive = zipped(&[
            ("mnist_train.csv", train.as_bytes()),
            ("mnist_test.csv", test.as_bytes()),
        ]);
        fs::write(dir.path().join("archive.zip"), archive).unwrap();
        let split = ImageSet::Mnist.load(Some(dir.path())).unwrap();
        assert_eq!((split.train.len(), split.test.len()), (3, 2));
    }
}

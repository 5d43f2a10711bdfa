//! The idx files of MNIST and Fashion-MNIST: a big-endian header, then one byte a value.
//!
//! Source of the format: Y. LeCun, C. Cortes and C. Burges, *The MNIST database of handwritten
//! digits*, section "File formats".

use crate::file::MAX_IMAGES;
use crate::find::Names;
use crate::folder::{Folder, Wanted};
use crate::images::check_labels;
use crate::kind::{IDX_IMAGES, IDX_LABELS};
use crate::{DataError, DataSplit, ImageSet, Images};

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;
/// Rows and columns of an image.
const SIDE: u32 = 28;
/// Bytes of an image.
const VISIBLE: u64 = (SIDE * SIDE) as u64;
/// The largest file read, compressed or not: an image file with all the images allowed.
const FILE_LIMIT: u64 = 16 + VISIBLE * MAX_IMAGES;

/// The published names, and those with a dot that some programs unpack to.
pub(crate) const FILES: [Names; 4] = [
    &["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    &["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    &["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
    &["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
];

/// The four idx files in `folder`.
pub(crate) fn read(folder: &Folder) -> Result<DataSplit, DataError> {
    let [train_images, train_labels, test_images, test_labels] = FILES;
    Ok(DataSplit {
        train: read_pair(folder, train_images, train_labels)?,
        test: read_pair(folder, test_images, test_labels)?,
    })
}

fn read_pair(folder: &Folder, images: Names, labels: Names) -> Result<Images, DataError> {
    let wanted = |names, kind| Wanted {
        names,
        kind,
        limit: FILE_LIMIT,
    };
    let (images_path, pixels) = folder.read(&wanted(images, IDX_IMAGES), parse_images)?;
    let (labels_path, labels) = folder.read(&wanted(labels, IDX_LABELS), parse_labels)?;
    let shape = ImageSet::Mnist.shape();
    let images = pixels.len() / shape.visible();
    if images != labels.len() {
        let flaw = format!(
            "the file holds {images} images, but {} holds {} labels, so that one of them is of \
             something else",
            labels_path.display(),
            labels.len()
        );
        return Err(folder.malformed(&images_path, flaw));
    }
    Ok(Images {
        pixels,
        labels: labels.into_iter().map(u16::from).collect(),
        shape,
        white: 255,
    })
}

/// The pixels of an idx file; else what is wrong.
pub(crate) fn parse_images(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let ([count, height, width], values) = header(bytes, IMAGES_MAGIC)?;
    if (height, width) != (SIDE, SIDE) {
        return Err(format!(
            "the images are {height}x{width} pixels instead of {SIDE}x{SIDE}"
        ));
    }
    items(values, count.into(), VISIBLE, "images")
}

/// The labels of an idx file; else what is wrong.
pub(crate) fn parse_labels(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let ([count], values) = header(bytes, LABELS_MAGIC)?;
    let labels = items(values, count.into(), 1, "labels")?;
    check_labels(labels.iter().copied())?;
    Ok(labels)
}

/// The `N` sizes that follow the magic number, and what follows them.
fn header<const N: usize>(bytes: &[u8], magic: u32) -> Result<([u32; N], &[u8]), String> {
    let expected = 4 * (N + 1);
    let (words, _) = bytes.as_chunks::<4>();
    let mut words = words.iter().map(|&word| u32::from_be_bytes(word));
    // A wrong file is named as such even when it is shorter than a header.
    if let Some(found) = words.next().filter(|&found| found != magic) {
        return Err(format!(
            "the file starts with {found:#010x} instead of {magic:#010x}"
        ));
    }
    if bytes.len() < expected {
        return Err(format!(
            "the header takes {expected} bytes, but the file ends after {}",
            bytes.len()
        ));
    }
    let sizes = std::array::from_fn(|_| words.next().expect("the header is whole"));
    Ok((sizes, &bytes[expected..]))
}

/// The values, which should be `count` items of `size` bytes.
fn items(values: &[u8], count: u64, size: u64, items: &str) -> Result<Vec<u8>, String> {
    let expected = count
        .checked_mul(size)
        .filter(|_| (1..=MAX_IMAGES).contains(&count))
        .ok_or_else(|| {
            format!("the header promises {count} {items}, where 1 to {MAX_IMAGES} are read")
        })?;
    match values.len() as u64 {
        found if found < expected => Err(format!(
            "the header promises {count} {items}, {expected} bytes, but the file ends after \
             {found} bytes of them"
        )),
        found if found > expected => Err(format!(
            "the header promises {count} {items}, but the file goes on after them"
        )),
        _ => Ok(values.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::unpack::Content;
    use crate::unpack::tests::gz;

    fn read(dir: &Path) -> Result<DataSplit, DataError> {
        super::read(&Folder {
            path: dir.to_path_buf(),
            downloaded: false,
        })
    }

    /// An idx file: the header words, then the values.
    fn idx(words: &[u32], values: &[u8]) -> Vec<u8> {
        let header = words.iter().flat_map(|word| word.to_be_bytes());
        header.chain(values.iter().copied()).collect()
    }

    /// Two images of 28x28 pixels.
    fn two_images() -> Vec<u8> {
        let values: Vec<u8> = (0..2 * 784).map(|i| (i % 251) as u8).collect();
        idx(&[IMAGES_MAGIC, 2, 28, 28], &values)
    }

    /// A folder of four valid files, the training part compressed.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        let labels = |values| idx(&[LABELS_MAGIC, 2], values);
        write("train-images-idx3-ubyte.gz", &gz(&two_images()));
        write("train-labels-idx1-ubyte.gz", &gz(&labels(&[3, 9])));
        write("t10k-images-idx3-ubyte", &two_images());
        write("t10k-labels-idx1-ubyte", &labels(&[0, 4]));
        dir
    }

    #[test]
    fn plain_and_compressed_files_are_read() {
        let DataSplit { train, test } = read(folder().path()).unwrap();
        assert_eq!((train.labels.as_slice(), train.white), (&[3, 9][..], 255));
        assert_eq!(test.labels, [0, 4]);
        assert_eq!(train.pixels, two_images()[16..]);
        assert_eq!(test.pixels, train.pixels);
    }

    #[test]
    fn each_missing_file_is_named() {
        for entry in fs::read_dir(folder().path()).unwrap() {
            let dir = folder();
            let path = dir.path().join(entry.unwrap().file_name());
            fs::remove_file(&path).unwrap();
            let message = read(dir.path()).unwrap_err().to_string();
            let named = path.with_extension("").display().to_string();
            assert!(message.starts_with(&(named + ": there is no")), "{message}");
        }
    }

    #[test]
    fn as_many_labels_as_images() {
        let dir = folder();
        let path = dir.path().join("t10k-labels-idx1-ubyte");
        fs::write(path, idx(&[LABELS_MAGIC, 3], &[1, 2, 3])).unwrap();
        let message = read(dir.path()).unwrap_err().to_string();
        assert!(message.contains("the file holds 2 images"), "{message}");
        assert!(message.contains("ubyte holds 3 labels"), "{message}");
    }

    #[test]
    fn each_flaw_of_an_image_file_is_told() {
        let header = |count, side| idx(&[IMAGES_MAGIC, count, side, side], &[0; 12]);
        let cases = [
            (
                idx(&[LABELS_MAGIC, 0], &[]),
                "0x00000801 instead of 0x00000803",
            ),
            (
                header(2, 28)[..15].to_vec(),
                "takes 16 bytes, but the file ends after 15",
            ),
            (header(2, 32), "32x32 pixels instead of 28x28"),
            (header(0, 28), "promises 0 images"),
            (header(u32::MAX, 28), "promises 4294967295 images"),
            (
                header(60_000, 28),
                "60000 images, 47040000 bytes, but the file ends after 12 bytes",
            ),
            (
                [two_images(), vec![0]].concat(),
                "2 images, but the file goes on",
            ),
        ];
        for (bytes, expected) in cases {
            let flaw = parse_images(&bytes).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
    }

    #[test]
    fn a_compressed_file_cut_anywhere_is_an_error() {
        let dir = folder();
        let path = dir.path().join("train-images-idx3-ubyte.gz");
        let whole = gz(&two_images());
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let message = read(dir.path()).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
        }
    }

    #[test]
    fn a_flipped_byte_never_changes_the_pixels() {
        let whole = gz(&two_images());
        for i in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[i] ^= 0x55;
            // Some header bytes, such as the time, carry no data.
            let content = Content::new(flipped, FILES[0], FILE_LIMIT);
            if let Ok(pixels) = content.and_then(|content| parse_images(&content.bytes)) {
                assert_eq!(pixels, two_images()[16..], "byte {i}");
            }
        }
    }
}

//! The idx files of MNIST and Fashion-MNIST: a big-endian header, then one byte a value.
//!
//! Source of the format: Y. LeCun, C. Cortes and C. Burges, *The MNIST database of handwritten
//! digits*, section "File formats".

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::file::{self, MAX_IMAGES};
use crate::images::check_labels;
use crate::{DataError, DataSplit, ImageSet, Images};

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;
/// Rows and columns of an image.
const SIDE: u32 = 28;
/// Bytes of an image.
const VISIBLE: u64 = (SIDE * SIDE) as u64;
/// The largest file read, compressed or not: an image file with all the images allowed.
const FILE_LIMIT: u64 = 16 + VISIBLE * MAX_IMAGES;

/// The four idx files in `folder`, each plain or with `.gz`.
pub(crate) fn read(folder: &Path) -> Result<DataSplit, DataError> {
    Ok(DataSplit {
        train: read_pair(folder, "train")?,
        test: read_pair(folder, "t10k")?,
    })
}

fn read_pair(folder: &Path, part: &str) -> Result<Images, DataError> {
    let images_path = locate(folder, &format!("{part}-images-idx3-ubyte"));
    let labels_path = locate(folder, &format!("{part}-labels-idx1-ubyte"));
    let pixels = decode(&images_path, parse_images)?;
    let labels = decode(&labels_path, parse_labels)?;
    let shape = ImageSet::Mnist.shape();
    let images = pixels.len() / shape.visible();
    if images != labels.len() {
        let reason = format!(
            "the file holds {images} images, but {} holds {} labels; replace both, for instance \
             by downloading them again",
            labels_path.display(),
            labels.len()
        );
        return Err(DataError::new(images_path, reason));
    }
    Ok(Images {
        pixels,
        labels,
        shape,
        white: 255,
    })
}

/// The plain file if there is one, else the compressed one.
fn locate(folder: &Path, name: &str) -> PathBuf {
    let plain = folder.join(name);
    if plain.exists() {
        plain
    } else {
        folder.join(format!("{name}.gz"))
    }
}

pub(crate) type Parser = fn(&mut dyn Read) -> Result<Vec<u8>, String>;

fn decode(path: &Path, parse: Parser) -> Result<Vec<u8>, DataError> {
    let bytes = file::read(path, FILE_LIMIT)?;
    let compressed = path.extension().is_some_and(|extension| extension == "gz");
    values(&bytes, compressed, parse).map_err(|flaw| DataError::malformed(path, flaw))
}

/// The values in the bytes of a file; else what is wrong.
pub(crate) fn values(mut bytes: &[u8], compressed: bool, parse: Parser) -> Result<Vec<u8>, String> {
    if compressed {
        // Unlike the single decoder, this one refuses bytes after the compressed data.
        parse(&mut MultiGzDecoder::new(bytes))
    } else {
        parse(&mut bytes)
    }
}

pub(crate) fn parse_images(mut source: &mut dyn Read) -> Result<Vec<u8>, String> {
    let [count, height, width] = header(&mut source, IMAGES_MAGIC)?;
    if (height, width) != (SIDE, SIDE) {
        return Err(format!(
            "the images are {height}x{width} pixels instead of {SIDE}x{SIDE}"
        ));
    }
    items(source, count.into(), VISIBLE, "images")
}

pub(crate) fn parse_labels(mut source: &mut dyn Read) -> Result<Vec<u8>, String> {
    let [count] = header(&mut source, LABELS_MAGIC)?;
    let labels = items(source, count.into(), 1, "labels")?;
    check_labels(labels.iter().copied())?;
    Ok(labels)
}

/// The `N` sizes that follow the magic number.
fn header<const N: usize>(source: &mut dyn Read, magic: u32) -> Result<[u32; N], String> {
    let expected = 4 * (N + 1);
    let mut bytes = Vec::new();
    source
        .take(expected as u64)
        .read_to_end(&mut bytes)
        .map_err(gzip)?;
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
    Ok(std::array::from_fn(|_| {
        words.next().expect("the header is whole")
    }))
}

/// The rest of `source`: exactly `count` items of `size` bytes.
///
/// The buffer grows with the bytes that are there, never by what the header promises.
fn items(source: &mut dyn Read, count: u64, size: u64, items: &str) -> Result<Vec<u8>, String> {
    let expected = count
        .checked_mul(size)
        .filter(|_| (1..=MAX_IMAGES).contains(&count))
        .ok_or_else(|| {
            format!("the header promises {count} {items}, where 1 to {MAX_IMAGES} are read")
        })?;
    let mut bytes = Vec::new();
    // One byte more shows whether the source goes on.
    source
        .take(expected + 1)
        .read_to_end(&mut bytes)
        .map_err(gzip)?;
    match bytes.len() as u64 {
        found if found < expected => Err(format!(
            "the header promises {count} {items}, {expected} bytes, but the file ends after \
             {found} bytes of them"
        )),
        found if found > expected => Err(format!(
            "the header promises {count} {items}, but the file goes on after them"
        )),
        _ => Ok(bytes),
    }
}

/// Reading from memory cannot fail, decompressing can.
fn gzip(cause: io::Error) -> String {
    format!("the gzip data is cut short or corrupt ({cause})")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

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

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
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
    fn the_plain_file_is_preferred() {
        let dir = folder();
        let plain = dir.path().join("train-labels-idx1-ubyte");
        fs::write(plain, idx(&[LABELS_MAGIC, 2], &[1, 2])).unwrap();
        assert_eq!(read(dir.path()).unwrap().train.labels, [1, 2]);
    }

    #[test]
    fn each_missing_file_is_named() {
        for entry in fs::read_dir(folder().path()).unwrap() {
            let dir = folder();
            let path = dir.path().join(entry.unwrap().file_name());
            fs::remove_file(&path).unwrap();
            let message = read(dir.path()).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
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
            let flaw = parse_images(&mut bytes.as_slice()).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
    }

    #[test]
    fn a_compressed_file_cut_anywhere_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("images.gz");
        let whole = gz(&two_images());
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let message = decode(&path, parse_images).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
        }
        fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
        let message = decode(&path, parse_images).unwrap_err().to_string();
        assert!(message.contains("gzip data"), "{message}");
    }

    #[test]
    fn a_flipped_byte_never_changes_the_pixels() {
        let whole = gz(&two_images());
        for i in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[i] ^= 0x55;
            // Some header bytes, such as the time, carry no data.
            if let Ok(pixels) = parse_images(&mut MultiGzDecoder::new(flipped.as_slice())) {
                assert_eq!(pixels, two_images()[16..], "byte {i}");
            }
        }
    }
}

//! The batches of CIFAR-10 in its Python version: dictionaries that Python 2 has pickled, with the
//! labels in a list and the pixels in a NumPy array.
//!
//! Source of the format: A. Krizhevsky, *The CIFAR-10 dataset*, section "Python / Matlab versions",
//! <https://www.cs.toronto.edu/~kriz/cifar.html>; the opcodes: `pickletools` of Python.
//!
//! A pickle is a program that may call anything. `serde_pickle` calls nothing: it keeps the
//! arguments, here the parts of the array. Only pickles of the few opcodes that the batches are made
//! of are given to it, as others could nest without end or repeat what is large.

use serde_pickle::{DeOptions, HashableValue, Value};

use crate::cifar::{Batch, VISIBLE, Version};
use crate::images::check_labels;
use crate::kind::PICKLE;

pub(crate) const PYTHON: Version = Version {
    files: [
        &["data_batch_1"],
        &["data_batch_2"],
        &["data_batch_3"],
        &["data_batch_4"],
        &["data_batch_5"],
        &["test_batch"],
    ],
    kind: PICKLE,
    parse,
};

/// The images of a pickled batch; else what is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<Batch, String> {
    check(bytes)?;
    let value =
        serde_pickle::value_from_slice(bytes, DeOptions::new().replace_unresolved_globals())
            .map_err(|cause| format!("the pickle is cut short or corrupt ({cause})"))?;
    let Value::Dict(batch) = value else {
        return Err("the pickle is no dictionary, as a batch of CIFAR-10 is".into());
    };
    let entry = |name: &str| batch.get(&HashableValue::Bytes(name.into()));
    if entry("fine_labels").is_some() {
        return Err("it is of CIFAR-100 in its Python version, which is not read".into());
    }
    let labels = entry("labels")
        .and_then(labels)
        .ok_or("the pickle has no list `labels` of whole numbers, as a batch of CIFAR-10 has")?;
    let pixels = entry("data")
        .and_then(array)
        .ok_or("the pickle has no array `data` of bytes, row by row, as a batch of CIFAR-10 has")?;
    if labels.is_empty() || pixels.len() != labels.len() * VISIBLE {
        return Err(format!(
            "the pickle has {} labels and {} bytes of pixels, where {VISIBLE} are an image",
            labels.len(),
            pixels.len()
        ));
    }
    check_labels(labels.iter().copied())?;
    Ok(Batch {
        labels,
        pixels: pixels.to_vec(),
    })
}

fn labels(list: &Value) -> Option<Vec<u8>> {
    let Value::List(labels) = list else {
        return None;
    };
    let label = |value: &Value| match value {
        Value::I64(label) => u8::try_from(*label).ok(),
        _ => None,
    };
    labels.iter().map(label).collect()
}

/// The bytes of an array, from what NumPy pickles of one: a version, the shape, the type, whether
/// columns come first, the bytes.
fn array(state: &Value) -> Option<&[u8]> {
    let Value::Tuple(state) = state else {
        return None;
    };
    match state.as_slice() {
        [_, _, _, Value::Bool(false), Value::Bytes(bytes)] => Some(bytes),
        _ => None,
    }
}

/// Each value that may hold others; a batch has about ten.
const MOST_CONTAINERS: usize = 100;
/// Each use of a value that was there before; a batch has none.
const MOST_REPEATS: usize = 4;

/// Checks that a pickle has only the opcodes of the batches, and few of those that make it costly.
fn check(bytes: &[u8]) -> Result<(), String> {
    let (mut containers, mut repeats) = (0, 0);
    let mut is_new = false;
    let mut rest = bytes;
    while let Some((&opcode, behind)) = rest.split_first() {
        let length = argument(opcode, behind).ok_or_else(|| {
            let at = bytes.len() - rest.len();
            format!("the opcode {opcode:#04x} at byte {at} is none that CIFAR-10 is pickled with")
        })?;
        rest = behind.get(length..).ok_or("the pickle is cut short")?;
        match opcode {
            b'.' if rest.is_empty() => return Ok(()),
            b'.' => return Err(format!("{} bytes follow the pickle", rest.len())),
            b'}' | b']' | b')' | b't' | 0x85..=0x87 | b'R' => containers += 1,
            b'h' | b'j' => repeats += 1,
            // What is no new value is copied to be remembered.
            b'q' | b'r' if !is_new => repeats += 1,
            _ => {}
        }
        is_new = matches!(
            opcode,
            b'}' | b']' | b')' | b't' | 0x85..=0x87 | b'R' | b'U' | b'T' | b'c'
        );
        if containers > MOST_CONTAINERS || repeats > MOST_REPEATS {
            return Err("the pickle is of more parts than a batch of CIFAR-10".into());
        }
    }
    Err("the pickle is cut short".into())
}

/// The length of the argument that follows an opcode of protocol 2, if the batches have it.
fn argument(opcode: u8, behind: &[u8]) -> Option<usize> {
    Some(match opcode {
        b'(' | b'.' | b'N' | 0x88 | 0x89 => 0,
        b'}' | b']' | b')' | b't' | 0x85..=0x87 => 0,
        b'R' | b'a' | b'b' | b'e' | b's' | b'u' => 0,
        0x80 | b'K' | b'h' | b'q' => 1,
        b'M' => 2,
        b'J' | b'j' | b'r' => 4,
        b'U' => 1 + usize::from(*behind.first().unwrap_or(&0)),
        b'T' => {
            let length = behind.first_chunk().copied().unwrap_or_default();
            usize::try_from(u32::from_le_bytes(length))
                .ok()?
                .checked_add(4)?
        }
        // A name and that of its module, each to the end of a line.
        b'c' => {
            let ends = |&(_, &byte): &(usize, &u8)| byte == b'\n';
            let line = behind.iter().enumerate().filter(ends).nth(1);
            line.map_or(behind.len(), |(end, _)| end + 1)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ImageSet;

    fn text(value: &[u8]) -> Vec<u8> {
        [b"U", &[value.len() as u8][..], value].concat()
    }

    /// A batch as Python 2 pickles it with protocol 2; checked against Python 2.7 once.
    fn batch(labels_name: &str, labels: &[u8], pixels: &[u8]) -> Vec<u8> {
        let labels = labels.iter().flat_map(|&label| [b'K', label]);
        let count = [pixels.len().div_ceil(VISIBLE) as u8];
        [
            b"\x80\x02}q\x01(",
            &text(b"batch_label")[..],
            b"q\x02",
            &text(b"training batch 1 of 5"),
            b"q\x03",
            &text(labels_name.as_bytes()),
            b"q\x04]q\x05(",
            &labels.collect::<Vec<_>>(),
            b"e",
            &text(b"data"),
            b"q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\0\x85q\x09U\x01b\
              \x87Rq\x0a(K\x01K",
            &count,
            b"M\0\x0c\x86q\x0bcnumpy\ndtype\nq\x0cU\x02u1q\x0dK\0K\x01\x87q\x0eRq\x0f(K\x03U\x01|NNN\
              J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tq\x10b\x89T",
            &(pixels.len() as u32).to_le_bytes(),
            pixels,
            b"q\x11tb",
            &text(b"filenames"),
            b"q\x12]q\x13(",
            &text(b"leptodactylus_pipiens_s_000000.png"),
            b"q\x14eu.",
        ]
        .concat()
    }

    fn pixels(images: usize) -> Vec<u8> {
        (0..images * VISIBLE).map(|i| (i * 7 % 256) as u8).collect()
    }

    #[test]
    fn a_batch_is_read() {
        let batch = parse(&batch("labels", &[6, 9, 0], &pixels(3))).unwrap();
        assert_eq!((batch.labels, batch.pixels), (vec![6, 9, 0], pixels(3)));
    }

    #[test]
    fn the_python_version_is_read_where_the_binary_one_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("cifar-10-batches-py");
        fs::create_dir(&folder).unwrap();
        for (names, label) in PYTHON.files.into_iter().zip(0..) {
            let bytes = batch("labels", &[label], &pixels(1));
            fs::write(folder.join(names[0]), bytes).unwrap();
        }
        let split = ImageSet::Cifar10.load(Some(dir.path())).unwrap();
        assert_eq!(split.train.labels, [0, 1, 2, 3, 4]);
        assert_eq!((split.test.labels, split.test.pixels), (vec![5], pixels(1)));
    }

    #[test]
    fn each_flaw_of_a_pickle_is_told() {
        for (bytes, expected) in [
            (b"\x80\x02N.".to_vec(), "the pickle is no dictionary"),
            (b"\x80\x02}.".to_vec(), "no list `labels`"),
            (
                batch("fine_labels", &[1], &pixels(1)),
                "it is of CIFAR-100 in its Python version",
            ),
            (
                batch("labels", &[1], &pixels(2)),
                "has 1 labels and 6144 bytes of pixels",
            ),
            (batch("labels", &[], &[]), "has 0 labels and 0 bytes"),
            (
                batch("labels", &[1, 10], &pixels(2)),
                "image 1 has the label 10",
            ),
            (
                [batch("labels", &[1], &pixels(1)), vec![0]].concat(),
                "1 bytes follow the pickle",
            ),
            (
                b"\x80\x04\x95\0\0\0\0\0\0\0\0}.".to_vec(),
                "the opcode 0x95 at byte 2 is none",
            ),
        ] {
            let flaw = parse(&bytes).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
    }

    #[test]
    fn a_pickle_cut_anywhere_is_an_error() {
        let whole = batch("labels", &[3], &pixels(1));
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn pickles_that_would_cost_much_are_refused() {
        // Values in values, and large ones of one that is there twice.
        let nested = [&b"\x80\x02N"[..], &[0x85; 1_000_000], b"."].concat();
        let doubled = [&b"\x80\x02Nq\0"[..], &b"h\0\x86q\0".repeat(60), b"."].concat();
        let copied = [&b"\x80\x02U\x01aq\0"[..], &b"q\x01".repeat(60), b"."].concat();
        let hidden = [
            &b"\x80\x02U\x01aq\0"[..],
            &b"\x80\x02q\x01".repeat(60),
            b".",
        ]
        .concat();
        for bytes in [nested, doubled, copied, hidden] {
            let flaw = parse(&bytes).unwrap_err();
            assert!(flaw.contains("of more parts"), "{flaw}");
        }
    }
}

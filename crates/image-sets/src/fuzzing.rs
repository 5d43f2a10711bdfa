//! The readers of single files, for the targets in `fuzz/`.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::cifar::Batch;
use crate::own::parse_npz;
use crate::picture::Picture;
use crate::unpack::Content;
use crate::{Images, OwnImages, cifar, csv, idx, kind, pickle};

/// The most bytes that a file is unpacked to.
const LIMIT: u64 = 1 << 24;

/// Reads idx images, or labels, packed or not.
pub fn idx(bytes: &[u8], images: bool) -> Option<Vec<u8>> {
    let content = unpack(bytes)?;
    if images {
        idx::parse_images(&content).ok()
    } else {
        idx::parse_labels(&content).ok()
    }
}

/// Takes gzip and zip off a file.
pub fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let content = Content::new(bytes.to_vec(), &["data"], LIMIT).ok()?;
    Some(content.bytes)
}

/// Reads a binary batch of CIFAR-10. Returns the labels and the pixels.
pub fn cifar(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let Batch { labels, pixels } = cifar::parse(bytes).ok()?;
    Some((labels, pixels))
}

/// Reads a pickled batch of CIFAR-10. Returns the labels and the pixels.
pub fn pickle(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let Batch { labels, pixels } = pickle::parse(bytes).ok()?;
    Some((labels, pixels))
}

/// Reads a table of MNIST.
pub fn csv(bytes: &[u8]) -> Option<Images> {
    csv::parse(bytes).ok()
}

/// Reads a NumPy archive.
pub fn npz(bytes: &[u8]) -> Option<OwnImages> {
    parse_npz(Cursor::new(bytes)).ok()
}

/// Reads a NumPy archive of these two arrays.
pub fn npz_of(images: &[u8], labels: &[u8]) -> Option<OwnImages> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("x.npy", images), ("y.npy", labels)] {
        archive
            .start_file(name, SimpleFileOptions::default())
            .ok()?;
        archive.write_all(bytes).ok()?;
    }
    npz(archive.finish().ok()?.get_ref())
}

/// Reads an image. Returns its pixels in colour, scaled to a height and a width.
///
/// A few bytes can promise millions of pixels, each of which takes its time; more of them are no other code.
pub fn picture(bytes: &[u8], size: [usize; 2]) -> Option<Vec<u8>> {
    let found = Picture::size_in(bytes);
    if matches!(found, Ok([height, width]) if height * width > 1 << 18) {
        return None;
    }
    let picture = Picture::decode(bytes).ok()?;
    assert_eq!(found, Ok(picture.size()));
    Some(picture.scaled_to(size).pixels(3))
}

/// Says what a file is.
pub fn kind(bytes: &[u8]) -> Option<String> {
    kind::of(bytes)
}

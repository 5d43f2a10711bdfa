//! The readers of single files, for the targets in `fuzz/`.

use crate::{cifar, idx};

/// Reads idx images, or labels, `compressed` or not.
pub fn idx(bytes: &[u8], images: bool, compressed: bool) -> Option<Vec<u8>> {
    let parse = if images {
        idx::parse_images
    } else {
        idx::parse_labels
    };
    idx::values(bytes, compressed, parse).ok()
}

/// Reads a batch of CIFAR-10. Returns the number of images.
pub fn cifar(bytes: &[u8]) -> Option<usize> {
    cifar::parse(bytes).ok().map(<[_]>::len)
}

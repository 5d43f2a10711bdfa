//! The readers of single files, for the targets in `fuzz/`.

use std::path::Path;

use crate::data::{cifar, idx};
use crate::report;

/// Reads idx images, or labels, `compressed` or not.
pub fn idx(bytes: &[u8], images: bool, compressed: bool) -> Option<Vec<u8>> {
    let parse = match images {
        true => idx::parse_images,
        false => idx::parse_labels,
    };
    idx::values(bytes, compressed, parse).ok()
}

/// Reads a batch of CIFAR-10. Returns the number of images.
pub fn cifar(bytes: &[u8]) -> Option<usize> {
    cifar::parse(bytes).ok().map(<[_]>::len)
}

/// Reads weights and frames from safetensors, as the report does.
pub fn weights(bytes: &[u8], visible: usize) {
    report::fuzzing::weights(Path::new("weights"), bytes, visible);
}

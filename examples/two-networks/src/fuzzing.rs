//! The reader of weights, for the target in `fuzz/`.

use std::path::Path;

use crate::report;

/// Reads weights and frames from safetensors, as the report does.
pub fn weights(bytes: &[u8], visible: usize) {
    report::fuzzing::weights(Path::new("weights"), bytes, visible);
}

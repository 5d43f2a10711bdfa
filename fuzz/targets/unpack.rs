//! Files packed with gzip or zip, and what a file is.
#![no_main]

use image_sets::fuzzing::{kind, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(content) = unpack(data) {
        assert!(content.len() <= 1 << 24);
    }
    if let Some(kind) = kind(data) {
        assert!(kind.starts_with("a ") || kind.starts_with("an "));
    }
});

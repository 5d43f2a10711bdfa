//! Batches of CIFAR-10, binary.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((labels, pixels)) = image_sets::fuzzing::cifar(data) {
        assert_eq!(labels.len() + pixels.len(), data.len());
    }
});

//! Batches of CIFAR-10.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(images) = image_sets::fuzzing::cifar(data) {
        assert_eq!(images * 3073, data.len());
    }
});

//! Batches of CIFAR-10 in its Python version, as they are and with pixels put into them.
#![no_main]

use image_sets::fuzzing::pickle;
use libfuzzer_sys::fuzz_target;

/// Stands for the pixels of an image: no byte of a batch needs to be it.
const PIXELS: u8 = 0xfe;

fuzz_target!(|data: &[u8]| {
    let parts: Vec<&[u8]> = data.split(|&byte| byte == PIXELS).take(4).collect();
    for bytes in [data, &parts.join(&[7; 3072][..])] {
        if let Some((labels, pixels)) = pickle(bytes) {
            assert!(!labels.is_empty());
            assert_eq!(pixels.len(), labels.len() * 3072);
        }
    }
});

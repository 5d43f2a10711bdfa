//! PNG and JPEG files.
#![no_main]

use image_sets::fuzzing::picture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(pixels) = picture(data, [8, 9]) {
        assert_eq!(pixels.len(), 3 * 8 * 9);
    }
});

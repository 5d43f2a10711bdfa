//! PNG and JPEG files.
#![no_main]

use image_sets::fuzzing::picture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((size, pixels)) = picture(data) {
        assert_eq!(pixels.len(), 3 * size[0] * size[1]);
    }
});

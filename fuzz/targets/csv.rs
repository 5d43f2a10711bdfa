//! Tables of MNIST, as they are and with rows filled up to the length of an image's.
#![no_main]

use image_sets::fuzzing::csv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let rows = data.split(|&byte| byte == b'\n').take(4).map(|row| {
        let fields = 1 + row.iter().filter(|&&byte| byte == b',').count();
        [row, &b",9".repeat(785_usize.saturating_sub(fields)), b"\n"].concat()
    });
    for bytes in [data, &rows.collect::<Vec<_>>().concat()] {
        if let Some(images) = csv(bytes) {
            assert!(!images.is_empty());
            assert_eq!(images.pixels.len(), images.len() * 784);
        }
    }
});

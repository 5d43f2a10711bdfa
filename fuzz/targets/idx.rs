//! idx files, packed or not, and as the content of a whole gzip file.
#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use image_sets::fuzzing::idx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((mode, data)) = data.split_first() else {
        return;
    };
    let images = mode & 1 == 0;
    let values = if mode & 2 == 0 {
        idx(data, images)
    } else {
        // The checksum of gzip stops nearly everything: here it is right.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        idx(&encoder.finish().unwrap(), images)
    };
    if let Some(values) = values {
        assert!(!values.is_empty());
        assert!(!images || values.len() % 784 == 0);
    }
});

//! idx files, plain, as gzip, and as the content of a whole gzip file.
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
    let values = match mode & 6 {
        0 => idx(data, images, false),
        2 => idx(data, images, true),
        // The checksum of gzip stops nearly everything: here it is right.
        _ => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(data).unwrap();
            let values = idx(&encoder.finish().unwrap(), images, true);
            assert_eq!(values, idx(data, images, false));
            values
        }
    };
    if let Some(values) = values {
        assert!(!values.is_empty());
        assert!(!images || values.len() % 784 == 0);
    }
});

//! NumPy archives of images, as they are and made of an array's bytes: the checksums of zip would stop most inputs.
#![no_main]

use image_sets::fuzzing::{npz, npz_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The second array starts as the first one does.
    let mut starts = (1..data.len()).filter(|&at| data[at..].starts_with(b"\x93NUMPY"));
    let (images, labels) = data.split_at(starts.next().unwrap_or(data.len()));
    for own in [npz(data), npz_of(images, labels)]
        .into_iter()
        .flatten()
    {
        let (train, test) = (&own.data.train, &own.data.test);
        for images in [train, test] {
            assert!(!images.is_empty());
            assert_eq!(images.shape, train.shape);
            assert_eq!(images.pixels.len(), images.len() * images.shape.visible());
            let classes = own.classes.len();
            assert!(images.labels.iter().all(|&label| usize::from(label) < classes));
        }
    }
});

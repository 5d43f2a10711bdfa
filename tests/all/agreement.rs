//! The backends agree with each other on real digits.

use burn_hebbian::KrotovHopfieldConfig;
use image_sets::ImageSet;

use crate::devices::{self, assert_close, entries, random_case};

#[test]
fn thirty_steps_on_digits_end_in_the_same_synapses() {
    let images = ImageSet::Digits.load(None).unwrap().train;
    let mut reference: Option<Vec<f32>> = None;
    for (backend, device) in devices::all() {
        for k in [5, 7] {
            // k = 5 and 7: an issue report has wrong top-k indices on Vulkan.
            let (synapses, _) = random_case(41, [60, 64, 1], &device);
            let (pixels, _) = images.to_tensors(&device);
            let mut layer = devices::layer(synapses, KrotovHopfieldConfig::new().with_k(k));
            for step in 0..30 {
                layer = layer.learn(pixels.clone().narrow(0, step * 20, 20), 0.02);
            }
            if k == 7 {
                let found = entries(layer.synapses());
                match &reference {
                    // Rounding grows from step to step; a single other winner would show as 0.01.
                    Some(expected) => assert_close(&found, expected, 1e-3, &format!("{backend:?}")),
                    None => reference = Some(found),
                }
            }
        }
    }
}

//! An epoch of the readout of constant features, in units of reading them once from memory.

use std::hint::black_box;

use burn::tensor::{DType, Device, Distribution, Tensor, TensorData};
use burn_hebbian::DropoutReadoutConfig;
use rayon::prelude::*;
use serde::Serialize;

use crate::timing::medians;

/// 0.8 GB of features, more than any cache holds.
const EXAMPLES: usize = 16_384;
const FEATURES: usize = 24_576;
const CLASSES: usize = 10;
const BATCH: usize = 64;
const RATE: f64 = 1e-3;

/// Turns of each operation, of which an epoch takes near a second.
const TURNS: usize = 5;

/// The bytes that a thread sums at once.
const STRETCH: usize = 1 << 20;

/// The median time of each operation, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Milliseconds {
    /// Reading all features once, by all threads.
    pub read: f64,
    /// An epoch of the readout, shuffled.
    pub epoch: f64,
}

/// Measures both, in turn.
pub fn measure(device: &Device) -> Milliseconds {
    device.seed(0);
    let shape = [EXAMPLES / 16, FEATURES];
    let sixteenth = Tensor::<2>::random(shape, Distribution::Default, device).cast(DType::BF16);
    let features = Tensor::cat(vec![sixteenth; 16], 0);
    let labels = Tensor::arange(0..EXAMPLES as i64, device) % CLASSES as i64;
    let order = Tensor::<1>::random([EXAMPLES], Distribution::Default, device).argsort(0);
    let memory = features.to_data();
    let mut readout = DropoutReadoutConfig::new(FEATURES, CLASSES)
        .init(device)
        .expect("the settings are allowed");
    let epoch = || {
        for start in (0..EXAMPLES).step_by(BATCH) {
            let batch = order.clone().narrow(0, start, BATCH);
            let inputs = features.clone().select(0, batch.clone());
            let labels = labels.clone().select(0, batch);
            drop(black_box(readout.learn_in_place(inputs, labels, RATE)));
        }
    };
    let mut operations: [Box<dyn FnMut()>; 2] = [
        Box::new(|| {
            black_box(sum(&memory));
        }),
        Box::new(epoch),
    ];
    let [read, epoch] = medians(&mut operations, TURNS, device)[..] else {
        unreachable!("one median for each operation")
    };
    Milliseconds { read, epoch }
}

/// The sum of all bytes, eight at a time.
fn sum(memory: &TensorData) -> u64 {
    let stretches = memory.as_bytes().par_chunks(STRETCH).map(|stretch| {
        let (words, _) = stretch.as_chunks();
        let words = words.iter().map(|word| u64::from_ne_bytes(*word));
        words.fold(0, u64::wrapping_add)
    });
    stretches.reduce(|| 0, u64::wrapping_add)
}

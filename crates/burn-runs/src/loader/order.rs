//! The order of the examples in an epoch, which follows from a seed and the number of the epoch.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::Device;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of the order of examples, and the epochs drawn from it so far.
#[derive(Debug)]
pub(super) struct Shuffle {
    seed: u64,
    /// How many epochs share an order, each of them a part of it.
    parts: u64,
    /// Whether the random numbers of the device start anew in each epoch.
    reseeds: bool,
    epoch: AtomicU64,
}

impl Shuffle {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            parts: 1,
            reseeds: false,
            epoch: AtomicU64::new(0),
        }
    }

    pub fn in_parts(&self, parts: usize) -> Self {
        Self {
            parts: parts as u64,
            ..self.same()
        }
    }

    pub fn reseeding(&self) -> Self {
        Self {
            reseeds: true,
            ..self.same()
        }
    }

    /// The same orders, counted apart: several workers draw their epochs in any order.
    pub fn same(&self) -> Self {
        Self {
            epoch: AtomicU64::new(self.epoch.load(Ordering::Relaxed)),
            ..*self
        }
    }

    pub fn go_on_after(&self, epochs: usize) {
        self.epoch.store(epochs as u64, Ordering::Relaxed);
    }

    /// The examples of the next epoch, in whole batches.
    pub fn draw(&self, range: Range<usize>, batch_size: usize, device: &Device) -> Vec<i64> {
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed);
        if self.reseeds {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            // Beside the streams of the orders.
            rng.set_stream(u64::MAX - epoch);
            device.seed(rng.random());
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(epoch / self.parts);
        let mut order: Vec<i64> = range.map(|index| index as i64).collect();
        order.shuffle(&mut rng);
        let batches = order.len() / batch_size;
        if batches == 0 {
            return order;
        }
        let (part, parts) = ((epoch % self.parts) as usize, self.parts as usize);
        let [from, to] = [part, part + 1].map(|part| batches * part / parts * batch_size);
        order[from..to].to_vec()
    }
}

//! How many multiply-adds this machine can make at all, by where one of their operands lies.

use std::hint::black_box;
use std::time::Instant;

use aligned_vec::{AVec, avec};
use pulp::{Arch, Simd, WithSimd};
use serde::Serialize;

use crate::timing::median;

/// Sums that are added to in turn: enough to hide how long each addition takes.
const SUMS: usize = 8;

/// Passes that are timed.
const PASSES: usize = 15;

/// Multiply-adds of a pass of each thread.
const LENGTH: usize = 1 << 26;

/// Multiply-adds of float32 a nanosecond, on all threads.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Peak {
    /// All operands in registers.
    pub registers: f64,
    /// One operand is loaded from 16 KiB.
    pub first_level: f64,
    /// One operand is loaded from 192 KiB.
    pub second_level: f64,
    /// One operand is loaded from 4 MiB.
    pub third_level: f64,
    /// One operand is loaded from 128 MiB.
    pub memory: f64,
}

impl Peak {
    /// Of this machine, on the threads of `rayon`.
    pub fn measure() -> Self {
        Self {
            registers: rate(None),
            first_level: rate(Some(16 << 10)),
            second_level: rate(Some(192 << 10)),
            third_level: rate(Some(4 << 20)),
            memory: rate(Some(128 << 20)),
        }
    }
}

/// Multiply-adds a nanosecond of all threads, each with operands of its own in so many bytes.
fn rate(bytes: Option<usize>) -> f64 {
    let rates = rayon::broadcast(|_| {
        // Aligned, for a load that crosses two cache lines costs two.
        let values: AVec<f32> = avec![1e-3; bytes.unwrap_or(0) / size_of::<f32>()];
        let arch = Arch::new();
        let pass = || {
            let start = Instant::now();
            let made = match bytes {
                Some(_) => arch.dispatch(Loads(&values)),
                None => arch.dispatch(Registers),
            };
            made as f64 / start.elapsed().as_secs_f64() / 1e9
        };
        pass();
        median((0..PASSES).map(|_| pass()).collect())
    });
    rates.into_iter().sum()
}

struct Registers;

impl WithSimd for Registers {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let factor = black_box(simd.splat_f32s(0.5));
        let mut sums = [simd.splat_f32s(1.0); SUMS];
        let rounds = LENGTH / (SUMS * S::F32_LANES);
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, factor);
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        rounds * SUMS * S::F32_LANES
    }
}

struct Loads<'a>(&'a [f32]);

impl WithSimd for Loads<'_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let factor = black_box(simd.splat_f32s(0.5));
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        let (registers, _) = S::as_simd_f32s(self.0);
        let (lines, _) = registers.as_chunks::<SUMS>();
        let rounds = (LENGTH / self.0.len()).max(1);
        for _ in 0..rounds {
            for line in black_box(lines) {
                for (sum, value) in sums.iter_mut().zip(line) {
                    *sum = simd.mul_add_f32s(factor, *value, *sum);
                }
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        rounds * lines.len() * SUMS * S::F32_LANES
    }
}

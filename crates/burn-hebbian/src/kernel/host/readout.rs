//! A step of a linear readout: dropout, softmax, its slopes and Adam, bound by reading the features.
//!
//! The features are cut into stretches whose weights stay in the first-level cache while all examples
//! of the batch pass over them, once for the outputs and once for the slopes. Sums are taken stretch
//! by stretch in one order, whatever the threads do.

use burn::tensor::bf16;
use pulp::Arch;
use rayon::prelude::*;

use super::powers::exp;
use crate::kernel::ReadoutStep;

/// Features of a stretch. 16 lanes divide it.
const STRETCH: usize = 512;

/// Classes whose sums stay in registers together.
const GROUP: usize = 10;

/// Values that a vector register holds.
const LANES: usize = 16;

/// A type that features are kept in.
pub trait Feature: Copy + Default + Send + Sync {
    /// The value as a float32.
    fn float(self) -> f32;
}

impl Feature for f32 {
    #[inline(always)]
    fn float(self) -> f32 {
        self
    }
}

impl Feature for bf16 {
    #[inline(always)]
    fn float(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }
}

/// What a step changes, `[classes][features + 1]`, the last of each row for the bias.
pub struct Parameters<'a> {
    pub weights: &'a mut [f32],
    /// Adam's mean slopes.
    pub means: &'a mut [f32],
    /// Adam's mean squared slopes.
    pub squares: &'a mut [f32],
}

/// Takes a step, and returns the outputs, `[batch][classes]`, by the weights before it. `batch` is
/// `[batch][features]`.
pub fn step<E: Feature>(
    parameters: Parameters,
    batch: &[E],
    labels: &[usize],
    step: ReadoutStep,
) -> Vec<f32> {
    let Parameters {
        weights,
        means,
        squares,
    } = parameters;
    let size = labels.len();
    let features = batch.len() / size;
    let classes = weights.len() / (features + 1);
    let arch = Arch::new();

    // The features that dropout leaves, and their part in the outputs, stretch by stretch.
    let starts: Vec<usize> = (0..features).step_by(STRETCH).collect();
    let seen = starts.par_iter().map(|&start| {
        let width = STRETCH.min(features - start);
        let mut kept = vec![E::default(); size * STRETCH];
        let mut parts = vec![0.0; size * classes];
        let mut rows = vec![0.0; classes * STRETCH];
        for (row, weights) in rows
            .chunks_exact_mut(STRETCH)
            .zip(weights.chunks(features + 1))
        {
            row[..width].copy_from_slice(&weights[start..start + width]);
        }
        arch.dispatch(|| {
            for (example, kept) in kept.chunks_exact_mut(STRETCH).enumerate() {
                let from = example * features + start;
                drop_out(&mut kept[..width], &batch[from..from + width], from, step);
            }
            multiply(&mut parts, &kept, &rows, classes);
        });
        (kept, parts)
    });
    let seen: Vec<(Vec<E>, Vec<f32>)> = seen.collect();
    let mut outputs = vec![0.0f32; size * classes];
    for (_, parts) in &seen {
        for (output, part) in outputs.iter_mut().zip(parts) {
            *output += part;
        }
    }
    for outputs in outputs.chunks_exact_mut(classes) {
        for (output, weights) in outputs.iter_mut().zip(weights.chunks(features + 1)) {
            *output = *output * step.scale() + weights[features];
        }
    }

    let mut slopes = slopes(&outputs, labels, classes);
    for class in 0..classes {
        let slope: f32 = slopes.iter().skip(class).step_by(classes).sum();
        let bias = class * (features + 1) + features..(class + 1) * (features + 1);
        let [weight, mean, square] =
            [&mut *weights, &mut *means, &mut *squares].map(|values| &mut values[bias.clone()]);
        adam(weight, &[slope], mean, square, step);
    }
    for slope in &mut slopes {
        *slope *= step.scale();
    }

    let of_stretches = |values| by_stretch(values, features);
    let stretches = of_stretches(weights)
        .into_par_iter()
        .zip(of_stretches(means))
        .zip(of_stretches(squares))
        .zip(&seen);
    stretches.for_each(|(((weights, means), squares), (kept, _))| {
        let mut sums = vec![0.0; classes * STRETCH];
        arch.dispatch(|| {
            gather(&mut sums, kept, &slopes, classes);
            let rows = weights.into_iter().zip(means).zip(squares);
            for (((weights, means), squares), sums) in rows.zip(sums.chunks_exact(STRETCH)) {
                adam(weights, sums, means, squares, step);
            }
        });
    });
    outputs
}

/// The rows of a matrix `[classes][features + 1]`, stretch by stretch and without the last column.
fn by_stretch(values: &mut [f32], features: usize) -> Vec<Vec<&mut [f32]>> {
    let mut stretches: Vec<Vec<&mut [f32]>> = Vec::new();
    stretches.resize_with(features.div_ceil(STRETCH), Vec::new);
    for row in values.chunks_exact_mut(features + 1) {
        let row = row[..features].chunks_mut(STRETCH);
        for (stretch, values) in stretches.iter_mut().zip(row) {
            stretch.push(values);
        }
    }
    stretches
}

/// Copies the features that dropout leaves. What is left follows from the step and the place in the
/// batch alone.
#[inline(always)]
fn drop_out<E: Feature>(kept: &mut [E], values: &[E], from: usize, step: ReadoutStep) {
    let least = step.least_kept();
    if least == 0 {
        kept.copy_from_slice(values);
        return;
    }
    for ((place, kept), value) in (from as u32..).zip(kept.iter_mut()).zip(values) {
        let keeps = mixed(place.wrapping_add(step.noise)) >= least;
        *kept = if keeps { *value } else { E::default() };
    }
}

/// A number that looks random, of a number: Wellons' `lowbias32`.
#[inline(always)]
fn mixed(number: u32) -> u32 {
    let mut x = number;
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Adds the products of a stretch, `[batch][STRETCH]`, with `rows`, `[classes][STRETCH]`.
#[inline(always)]
fn multiply<E: Feature>(parts: &mut [f32], kept: &[E], rows: &[f32], classes: usize) {
    for (kept, parts) in kept
        .chunks_exact(STRETCH)
        .zip(parts.chunks_exact_mut(classes))
    {
        let mut done = 0;
        while done + GROUP <= classes {
            let rows = &rows[done * STRETCH..][..GROUP * STRETCH];
            let sums = products::<E, GROUP>(kept, rows);
            parts[done..done + GROUP].copy_from_slice(&sums);
            done += GROUP;
        }
        for class in done..classes {
            let row = &rows[class * STRETCH..][..STRETCH];
            [parts[class]] = products::<E, 1>(kept, row);
        }
    }
}

/// The products of one example with `N` rows.
#[inline(always)]
fn products<E: Feature, const N: usize>(kept: &[E], rows: &[f32]) -> [f32; N] {
    let mut sums = [[0.0f32; LANES]; N];
    let (kept, _) = kept.as_chunks::<LANES>();
    let rows: [&[[f32; LANES]]; N] =
        std::array::from_fn(|row| rows[row * STRETCH..][..STRETCH].as_chunks::<LANES>().0);
    for (place, kept) in kept.iter().enumerate() {
        let values = kept.map(Feature::float);
        for (sums, row) in sums.iter_mut().zip(rows) {
            let weights = &row[place];
            for lane in 0..LANES {
                sums[lane] = values[lane].mul_add(weights[lane], sums[lane]);
            }
        }
    }
    sums.map(|sums| sums.iter().sum())
}

/// `softmax - target` of each output, over the number of examples.
fn slopes(outputs: &[f32], labels: &[usize], classes: usize) -> Vec<f32> {
    let share = 1.0 / labels.len() as f32;
    let rows = outputs.chunks_exact(classes).zip(labels);
    rows.flat_map(|(outputs, &label)| {
        let largest = outputs.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let sum: f32 = outputs.iter().map(|output| exp(output - largest)).sum();
        outputs.iter().enumerate().map(move |(class, output)| {
            let target = if class == label { 1.0 } else { 0.0 };
            (exp(output - largest) / sum - target) * share
        })
    })
    .collect()
}

/// The slopes of the weights of a stretch, `[classes][STRETCH]`, four examples at a time.
#[inline(always)]
fn gather<E: Feature>(sums: &mut [f32], kept: &[E], slopes: &[f32], classes: usize) {
    let fours = kept.chunks_exact(4 * STRETCH);
    let rest = fours.remainder();
    let mut slopes_of = slopes.chunks_exact(4 * classes);
    for (kept, slopes) in fours.zip(slopes_of.by_ref()) {
        let kept: [&[[E; LANES]]; 4] =
            std::array::from_fn(|row| kept[row * STRETCH..][..STRETCH].as_chunks::<LANES>().0);
        for place in 0..STRETCH / LANES {
            let values = kept.map(|kept| kept[place].map(Feature::float));
            for class in 0..classes {
                let sums = &mut sums[class * STRETCH + place * LANES..][..LANES];
                let slopes: [f32; 4] = std::array::from_fn(|row| slopes[row * classes + class]);
                for lane in 0..LANES {
                    let mut sum = sums[lane];
                    for row in 0..4 {
                        sum = values[row][lane].mul_add(slopes[row], sum);
                    }
                    sums[lane] = sum;
                }
            }
        }
    }
    let rest = rest.chunks_exact(STRETCH);
    for (kept, slopes) in rest.zip(slopes_of.remainder().chunks_exact(classes)) {
        for (sums, slope) in sums.chunks_exact_mut(STRETCH).zip(slopes) {
            for (sum, value) in sums.iter_mut().zip(kept) {
                *sum = value.float().mul_add(*slope, *sum);
            }
        }
    }
}

/// Adam's step for a row of weights.
#[inline(always)]
fn adam(
    weights: &mut [f32],
    slopes: &[f32],
    means: &mut [f32],
    squares: &mut [f32],
    step: ReadoutStep,
) {
    let (beta_1, beta_2) = (ReadoutStep::BETA_1, ReadoutStep::BETA_2);
    let (rate, epsilon) = step.corrected();
    let moments = means.iter_mut().zip(squares.iter_mut());
    for ((weight, slope), (mean, square)) in weights.iter_mut().zip(slopes).zip(moments) {
        *mean = beta_1 * *mean + (1.0 - beta_1) * slope;
        *square = beta_2 * *square + (1.0 - beta_2) * slope * slope;
        *weight -= rate * *mean / (square.sqrt() + epsilon);
    }
}

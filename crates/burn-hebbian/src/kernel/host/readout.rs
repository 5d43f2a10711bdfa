//! A step of a linear readout: dropout, softmax, its slopes and Adam, bound by reading the features.
//!
//! The features are cut into stretches whose weights stay in the first-level cache while all examples
//! of the batch pass over them, once for the outputs and once for the slopes. Sums are taken stretch
//! by stretch in one order, whatever the threads do.

use burn::tensor::bf16;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::powers::exp;
use crate::kernel::ReadoutStep;

/// Features of a stretch, whole registers of them.
const STRETCH: usize = 512;

/// Classes whose sums stay in registers together.
const GROUP: usize = 10;

/// Examples that pass over a stretch together where nothing is learned.
const MANY: usize = 64;

/// Examples whose slopes are added in one pass over a stretch.
const FEW: usize = 4;

/// A type that features are kept in.
pub trait Feature: Copy + Send + Sync {
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

/// Takes a step, and returns the outputs, `[batch][classes]`, by the weights before it. An output that
/// is not finite changes nothing. `batch` is `[batch][features]`, of at least one example, and all
/// labels are classes.
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

    // The part in the outputs of each stretch. What dropout leaves is found twice: to keep it would
    // cost more in memory.
    let view = View {
        batch,
        features,
        step,
    };
    let starts: Vec<usize> = (0..features).step_by(STRETCH).collect();
    let seen = starts.par_iter().map(|&start| {
        let mut parts = vec![0.0; size * classes];
        let rows = stretch_of(weights, features, start);
        arch.dispatch(Products {
            parts: &mut parts,
            view,
            start,
            rows: &rows,
            classes,
        });
        parts
    });
    let seen: Vec<Vec<f32>> = seen.collect();
    let mut outputs = vec![0.0f32; size * classes];
    for parts in &seen {
        for (output, part) in outputs.iter_mut().zip(parts) {
            *output += part;
        }
    }
    for outputs in outputs.chunks_exact_mut(classes) {
        for (output, weights) in outputs.iter_mut().zip(weights.chunks(features + 1)) {
            *output = *output * step.scale() + weights[features];
        }
    }

    if outputs.iter().any(|output| !output.is_finite()) {
        return outputs;
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
        .zip(&starts);
    stretches.for_each(|(((weights, means), squares), &start)| {
        let mut sums = vec![0.0; classes * STRETCH];
        arch.dispatch(Slopes {
            sums: &mut sums,
            view,
            start,
            slopes: &slopes,
            classes,
        });
        let rows = weights.into_iter().zip(means).zip(squares);
        for (((weights, means), squares), sums) in rows.zip(sums.chunks_exact(STRETCH)) {
            arch.dispatch(|| adam(weights, sums, means, squares, step));
        }
    });
    outputs
}

/// The outputs, `[batch][classes]`, of `size` examples, with nothing dropped.
pub fn outputs<E: Feature>(weights: &[f32], batch: &[E], size: usize) -> Vec<f32> {
    let Some(features) = batch.len().checked_div(size) else {
        return Vec::new();
    };
    let classes = weights.len() / (features + 1);
    let starts = (0..features).step_by(STRETCH);
    let stretches: Vec<(usize, Vec<f32>)> = starts
        .map(|start| (start, stretch_of(weights, features, start)))
        .collect();
    let biases: Vec<f32> = weights
        .chunks(features + 1)
        .map(|row| row[features])
        .collect();
    let arch = Arch::new();
    let mut outputs = biases.repeat(size);
    let batch = batch.par_chunks(MANY * features);
    let chunks = outputs.par_chunks_mut(MANY * classes).zip(batch);
    chunks.for_each(|(outputs, batch)| {
        let view = View {
            batch,
            features,
            step: ReadoutStep::default(),
        };
        let mut parts = vec![0.0; outputs.len()];
        for (start, rows) in &stretches {
            arch.dispatch(Products {
                parts: &mut parts,
                view,
                start: *start,
                rows,
                classes,
            });
            for (output, part) in outputs.iter_mut().zip(&parts) {
                *output += part;
            }
        }
    });
    outputs
}

/// The weights of each class in a stretch, `[classes][STRETCH]`, filled up with 0.
fn stretch_of(weights: &[f32], features: usize, start: usize) -> Vec<f32> {
    let width = STRETCH.min(features - start);
    let rows = weights.chunks_exact(features + 1);
    let mut stretch = vec![0.0; rows.len() * STRETCH];
    for (stretch, row) in stretch.chunks_exact_mut(STRETCH).zip(rows) {
        stretch[..width].copy_from_slice(&row[start..start + width]);
    }
    stretch
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

/// A batch, and what a step drops of it.
#[derive(Clone, Copy)]
struct View<'a, E> {
    /// `[batch][features]`
    batch: &'a [E],
    features: usize,
    step: ReadoutStep,
}

/// The values of one example in a stretch.
type Stretch = [f32; STRETCH];

impl<E: Feature> View<'_, E> {
    fn size(&self) -> usize {
        self.batch.len() / self.features
    }

    /// What dropout leaves of one example in a stretch, filled up with 0. It follows from the step and
    /// the place in the batch alone.
    #[inline(always)]
    fn see(&self, values: &mut Stretch, example: usize, start: usize) {
        let from = example * self.features + start;
        let width = STRETCH.min(self.features - start);
        let least = self.step.least_kept();
        if least == 0 {
            for (value, feature) in values.iter_mut().zip(&self.batch[from..from + width]) {
                *value = feature.float();
            }
        } else {
            // One number decides for two features, by its halves: one of each half of the stretch.
            let first = (from as u32).wrapping_add(self.step.noise);
            let (features, last) = self.batch[from..from + width].split_at(width.min(STRETCH / 2));
            let (low, high) = values.split_at_mut(STRETCH / 2);
            for (place, (value, feature)) in low.iter_mut().zip(features).enumerate() {
                let number = mixed(first.wrapping_add(place as u32)) & 0xffff;
                *value = kept(feature.float(), number >= least);
            }
            for (place, (value, feature)) in high.iter_mut().zip(last).enumerate() {
                let number = mixed(first.wrapping_add(place as u32)) >> 16;
                *value = kept(feature.float(), number >= least);
            }
        }
        values[width..].fill(0.0);
    }
}

/// The value, or 0 where it is dropped, without a branch.
#[inline(always)]
fn kept(value: f32, keeps: bool) -> f32 {
    f32::from_bits(value.to_bits() & u32::from(keeps).wrapping_neg())
}

/// A number that looks random, of a number: Wellons' `lowbias32`.
#[inline(always)]
fn mixed(number: u32) -> u32 {
    let mut x = number;
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// The products of a stretch of a batch with the weights of each class there.
struct Products<'a, E> {
    /// `[batch][classes]`
    parts: &'a mut [f32],
    view: View<'a, E>,
    /// Where the stretch begins.
    start: usize,
    /// `[classes][STRETCH]`
    rows: &'a [f32],
    classes: usize,
}

impl<E: Feature> WithSimd for Products<'_, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut values = [0.0; STRETCH];
        let parts = self.parts.chunks_exact_mut(self.classes);
        for (example, parts) in parts.enumerate() {
            self.view.see(&mut values, example, self.start);
            let mut rows = self.rows;
            let mut parts = parts;
            while parts.len() >= GROUP {
                products::<S, GROUP>(simd, &mut parts[..GROUP], &values, rows);
                (rows, parts) = (&rows[GROUP * STRETCH..], &mut parts[GROUP..]);
            }
            while !parts.is_empty() {
                products::<S, 1>(simd, &mut parts[..1], &values, rows);
                (rows, parts) = (&rows[STRETCH..], &mut parts[1..]);
            }
        }
    }
}

/// The products of one example with the first `N` rows, whose sums stay in registers.
#[inline(always)]
fn products<S: Simd, const N: usize>(simd: S, parts: &mut [f32], values: &Stretch, rows: &[f32]) {
    let (values, _) = S::as_simd_f32s(values);
    let (rows, _) = S::as_simd_f32s(rows);
    let mut sums = [simd.splat_f32s(0.0); N];
    for (place, value) in values.iter().enumerate() {
        for (class, sum) in sums.iter_mut().enumerate() {
            *sum = simd.mul_add_f32s(*value, rows[class * values.len() + place], *sum);
        }
    }
    for (part, sum) in parts.iter_mut().zip(sums) {
        *part = simd.reduce_sum_f32s(sum);
    }
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

/// The slopes of the weights of a stretch.
struct Slopes<'a, E> {
    /// `[classes][STRETCH]`
    sums: &'a mut [f32],
    view: View<'a, E>,
    /// Where the stretch begins.
    start: usize,
    /// Of the outputs, `[batch][classes]`.
    slopes: &'a [f32],
    classes: usize,
}

impl<E: Feature> WithSimd for Slopes<'_, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut values = [[0.0; STRETCH]; FEW];
        let size = self.view.size();
        let slopes = self.slopes.chunks(FEW * self.classes);
        for (first, slopes) in (0..size).step_by(FEW).zip(slopes) {
            // Of the last examples there may be fewer; the slopes of the others are 0.
            let mut few = [0.0; FEW];
            for (values, example) in values.iter_mut().zip(first..size) {
                self.view.see(values, example, self.start);
            }
            let [first, second, third, fourth] = &values;
            let values = [first, second, third, fourth].map(|values| S::as_simd_f32s(values).0);
            for (class, sums) in self.sums.chunks_exact_mut(STRETCH).enumerate() {
                few.fill(0.0);
                let of_class = slopes.iter().skip(class).step_by(self.classes);
                for (few, slope) in few.iter_mut().zip(of_class) {
                    *few = *slope;
                }
                let few = few.map(|slope| simd.splat_f32s(slope));
                let (sums, _) = S::as_mut_simd_f32s(sums);
                for (place, sum) in sums.iter_mut().enumerate() {
                    let mut next = *sum;
                    for (values, slope) in values.iter().zip(few) {
                        next = simd.mul_add_f32s(values[place], slope, next);
                    }
                    *sum = next;
                }
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

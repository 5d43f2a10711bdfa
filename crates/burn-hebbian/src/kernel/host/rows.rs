//! `dW_mu = sum over examples of g_mu (R^p v - I_mu W_mu)`: the rows of the update that are not 0.

use pulp::Arch;
use rayon::prelude::*;

use super::selection::Unit;

/// Rows that are not worth a thread of their own.
const FEW_ROWS: usize = 16;

/// One unit's part in one example: it won, or it was pushed away.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub unit: usize,
    example: usize,
    /// g
    activation: f32,
    current: f32,
}

/// The parts of all examples, in order of the units.
pub fn parts(competition: &[(Unit, Unit)], delta: f32) -> Vec<Part> {
    let mut parts = Vec::with_capacity(2 * competition.len());
    for (example, &(winner, ranked_k)) in competition.iter().enumerate() {
        for (unit, activation) in [(winner, 1.0), (ranked_k, -delta)] {
            if activation != 0.0 {
                parts.push(Part {
                    unit: unit.index,
                    example,
                    activation,
                    current: unit.current,
                });
            }
        }
    }
    parts.sort_by_key(|part| part.unit);
    parts
}

/// The rows of the update that are not 0. Kept from step to step, as the [batch](super::currents::Batch) is.
#[derive(Default)]
pub struct ChangedRows {
    /// The units that change, in order.
    pub units: Vec<usize>,
    /// `[units][visible]`
    pub rows: Vec<f32>,
}

impl ChangedRows {
    /// Computes the rows from the [`parts`] of all examples.
    pub fn compute(
        &mut self,
        parts: &[Part],
        synapses: &[f32],
        batch: &[f32],
        visible: usize,
        radius_to_the_p: f32,
    ) {
        let units: Vec<&[Part]> = parts.chunk_by(|a, b| a.unit == b.unit).collect();
        self.units.clear();
        self.units.extend(units.iter().map(|parts| parts[0].unit));
        self.rows.resize(units.len() * visible, 0.0);
        let arch = Arch::new();
        let each_row = self.rows.par_chunks_exact_mut(visible).zip(units);
        each_row.with_min_len(FEW_ROWS).for_each(|(row, parts)| {
            let synapses = &synapses[parts[0].unit * visible..][..visible];
            arch.dispatch(|| fill(row, parts, synapses, batch, radius_to_the_p));
        });
    }
}

#[inline(always)]
fn fill(row: &mut [f32], parts: &[Part], synapses: &[f32], batch: &[f32], radius_to_the_p: f32) {
    let visible = row.len();
    let decay: f32 = parts
        .iter()
        .map(|part| part.activation * part.current)
        .sum();
    for (change, synapse) in row.iter_mut().zip(synapses) {
        // Not `-decay * synapse`: without a change that would be -0.
        *change = 0.0 - decay * synapse;
    }
    for part in parts {
        let toward = part.activation * radius_to_the_p;
        let example = &batch[part.example * visible..][..visible];
        for (change, value) in row.iter_mut().zip(example) {
            *change += toward * value;
        }
    }
}

/// The largest magnitude, not a number where one of the values is none.
pub fn largest(values: &[f32]) -> f32 {
    let arch = Arch::new();
    let magnitudes = values.par_chunks(1 << 14).map(|values| {
        arch.dispatch(|| {
            let mut largest = [0.0f32; 64];
            let (blocks, rest) = values.as_chunks::<64>();
            for block in blocks {
                for (largest, value) in largest.iter_mut().zip(block) {
                    *largest = larger(*largest, value.abs());
                }
            }
            let all = largest.iter().chain(rest);
            all.fold(0.0, |most, value| larger(most, value.abs()))
        })
    });
    magnitudes.reduce(|| 0.0, larger)
}

/// The larger of two magnitudes, where not a number is larger than any.
#[inline(always)]
pub fn larger(a: f32, b: f32) -> f32 {
    if a >= b || a.is_nan() { a } else { b }
}

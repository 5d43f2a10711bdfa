//! `W_mu + rate_mu (T_mu - d_mu W_mu) / max |T - d W|` in two passes over memory.

use pulp::Arch;
use rayon::prelude::*;

use super::rows::larger;
use crate::kernel::UnitStep;

/// Values that are worth a thread of their own.
const CHUNK: usize = 1 << 14;

/// Changes `synapses`, `[hidden][visible]`, and returns true; or finds a value that is not finite,
/// and changes nothing.
pub fn unit_step(
    synapses: &mut [f32],
    toward: &[f32],
    decay: &[f32],
    visible: usize,
    step: UnitStep,
) -> bool {
    let arch = Arch::new();
    let rows = (CHUNK / visible).max(1);
    // The largest change and the length of each unit.
    let found = synapses
        .par_chunks_exact(visible)
        .zip(toward.par_chunks_exact(visible))
        .zip(decay)
        .with_min_len(rows)
        .map(|((synapses, toward), decay)| arch.dispatch(|| look(synapses, toward, *decay)));
    let found: Vec<Unit> = found.collect();
    let magnitudes = found.iter().map(|unit| unit.largest);
    let largest = magnitudes.fold(0.0, larger);
    let finite = largest.is_finite() && found.iter().all(|unit| unit.length.is_finite());
    if !finite {
        return false;
    }
    let floor = step.precision.max(f64::from(f32::MIN_POSITIVE));
    let scale = 1.0 / f64::from(largest).max(floor);
    synapses
        .par_chunks_exact_mut(visible)
        .zip(toward.par_chunks_exact(visible))
        .zip(decay)
        .zip(&found)
        .with_min_len(rows)
        .for_each(|(((synapses, toward), &decay), unit)| {
            let rate = (step.rate_of(f64::from(unit.length)) * scale) as f32;
            arch.dispatch(
                #[inline(always)]
                || {
                    for (synapse, toward) in synapses.iter_mut().zip(toward) {
                        *synapse += rate * (toward - decay * *synapse);
                    }
                },
            );
        });
    true
}

/// What a pass over a unit finds.
struct Unit {
    largest: f32,
    length: f32,
}

#[inline(always)]
fn look(synapses: &[f32], toward: &[f32], decay: f32) -> Unit {
    let mut largest = [0.0f32; 32];
    let mut squares = [0.0f32; 32];
    let (blocks, rest) = synapses.as_chunks::<32>();
    let (blocks_toward, rest_toward) = toward.as_chunks::<32>();
    for (synapses, toward) in blocks.iter().zip(blocks_toward) {
        for lane in 0..32 {
            let change = (toward[lane] - decay * synapses[lane]).abs();
            largest[lane] = larger(largest[lane], change);
            squares[lane] += synapses[lane] * synapses[lane];
        }
    }
    for (lane, (synapse, toward)) in rest.iter().zip(rest_toward).enumerate() {
        largest[lane] = larger(largest[lane], (toward - decay * synapse).abs());
        squares[lane] += synapse * synapse;
    }
    Unit {
        largest: largest.into_iter().fold(0.0, larger),
        length: squares.iter().sum::<f32>().sqrt(),
    }
}

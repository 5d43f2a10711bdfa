//! The whole step on a CPU: what lies beside the synapses from step to step, and the order of work.

use pulp::Arch;
use rayon::prelude::*;

use super::currents::{Batch, Currents};
use super::panels::{Panels, lanes};
use super::rows::{ChangedRows, largest, parts};
use super::selection::{Unit, select};
use crate::kernel::{Constants, Fault};

/// Examples that are not worth a thread of their own in the competition.
const FEW_EXAMPLES: usize = 16;

/// Units that are not worth a thread of their own in the change, few of which change.
const FEW_UNITS: usize = 256;

/// Synapses below this share of R become 0. Where no ink ever falls they decay from step to step, far
/// below what a float32 sum could feel, until they are subnormal; with a few per cent of such numbers,
/// a step takes half as long again.
const FADED: f64 = 1e-12;

/// The magnitude below which synapses become 0. Below p = 2 the power makes small synapses large.
fn faded(constants: Constants) -> f32 {
    if constants.p >= 2.0 {
        (FADED * constants.radius.min(1.0)) as f32
    } else {
        0.0
    }
}

/// The floor of the divisor of a step, as in the authors' code.
const PRECISION: f32 = 1e-30;

/// What a step keeps for the next one: the powered synapses, refreshed where a unit changed, and
/// memory that is used again.
#[derive(Default)]
pub struct Workspace {
    panels: Panels,
    batch: Batch,
    currents: Currents,
    /// The winner and the unit ranked k of each example of this batch.
    competition: Vec<(Unit, Unit)>,
    changed: ChangedRows,
}

/// The layer whose synapses a workspace is for.
#[derive(Clone, Copy)]
pub struct Layer {
    pub constants: Constants,
    pub visible: usize,
    pub hidden: usize,
}

impl Workspace {
    /// Forgets the synapses and who won, but not the memory.
    pub fn forget(&mut self) {
        self.panels.forget();
        self.competition.clear();
    }

    /// One max-normalised step: changes `synapses`, `[hidden][visible]`, where nothing is wrong.
    /// Without a rate the units only compete. `examples` are `[batch][visible]`.
    pub fn step(
        &mut self,
        synapses: &mut [f32],
        examples: &[f32],
        layer: Layer,
        rate: Option<f64>,
    ) -> Result<(), Fault> {
        // Enters the thread pool once for all that follows: each entry from outside waits for a
        // thread to wake up.
        rayon::scope(|_| {
            self.compete(synapses, examples, layer)?;
            if let Some(rate) = rate {
                let largest = self.change(synapses, examples, layer)?;
                let scale = rate / f64::from(largest.max(PRECISION));
                self.apply(synapses, layer, scale as f32);
            }
            Ok(())
        })
    }

    /// Computes the raw change and returns its largest magnitude.
    fn change(&mut self, synapses: &[f32], examples: &[f32], layer: Layer) -> Result<f32, Fault> {
        let Constants { delta, .. } = layer.constants;
        let parts = parts(&self.competition, delta as f32);
        let radius_to_the_p = layer.constants.radius_to_the_p() as f32;
        let visible = layer.visible;
        self.changed
            .compute(&parts, synapses, examples, visible, radius_to_the_p);
        let largest = largest(&self.changed.rows);
        if largest.is_finite() {
            Ok(largest)
        } else {
            Err(Fault::Update)
        }
    }

    fn compete(&mut self, synapses: &[f32], examples: &[f32], layer: Layer) -> Result<(), Fault> {
        let Layer {
            visible, hidden, ..
        } = layer;
        // Should something panic on the way, nobody is to be told of an earlier batch.
        self.competition.clear();
        self.panels.prepare(hidden, visible);
        self.batch.arrange(examples, visible);
        let power = layer.constants.power();
        self.currents
            .compute(&mut self.panels, synapses, power, &self.batch);
        let size = examples.len() / visible;
        let numbers = (0..size).into_par_iter().with_min_len(FEW_EXAMPLES);
        let competition = numbers.map_init(Vec::new, |peaks, example| {
            let currents = self.currents.of(example, hidden);
            select(currents, lanes(), layer.constants.k, peaks)
        });
        competition.collect_into_vec(&mut self.competition);
        // A value that is no number, or infinite, makes every current of its example so: the
        // winners' need no look at the batch itself.
        let finite = self
            .competition
            .iter()
            .all(|(winner, ranked_k)| winner.current.is_finite() && ranked_k.current.is_finite());
        if finite {
            Ok(())
        } else if largest(examples).is_finite() {
            Err(Fault::Update)
        } else {
            Err(Fault::Examples)
        }
    }

    /// Adds `scale` times the change.
    fn apply(&mut self, synapses: &mut [f32], layer: Layer, scale: f32) {
        let visible = layer.visible;
        let ChangedRows { units, rows } = &self.changed;
        let faded = faded(layer.constants);
        let arch = Arch::new();
        let each_unit = synapses.par_chunks_exact_mut(visible).enumerate();
        each_unit
            .with_min_len(FEW_UNITS)
            .for_each(|(unit, synapses)| {
                let Ok(place) = units.binary_search(&unit) else {
                    return;
                };
                let change = &rows[place * visible..][..visible];
                arch.dispatch(|| {
                    for (synapse, change) in synapses.iter_mut().zip(change) {
                        let next = *synapse + scale * change;
                        *synapse = if next.abs() < faded { 0.0 } else { next };
                    }
                });
            });
        self.panels.changed(units);
    }

    /// The raw change summed over the batch, `[hidden][visible]`, of synapses seen for the first
    /// time. Not a number goes in and comes out.
    pub fn local_update(&mut self, synapses: &[f32], examples: &[f32], layer: Layer) -> Vec<f32> {
        let found = rayon::scope(|_| {
            self.compete(synapses, examples, layer)?;
            self.change(synapses, examples, layer)
        });
        if found.is_err() {
            return vec![f32::NAN; synapses.len()];
        }
        let visible = layer.visible;
        let mut update = vec![0.0; synapses.len()];
        let rows = self.changed.rows.chunks_exact(visible);
        for (&unit, row) in self.changed.units.iter().zip(rows) {
            update[unit * visible..][..visible].copy_from_slice(row);
        }
        update
    }

    /// The winner of each example of this batch.
    pub fn winners(&self) -> Vec<usize> {
        let winners = self.competition.iter().map(|(winner, _)| winner.index);
        winners.collect()
    }
}

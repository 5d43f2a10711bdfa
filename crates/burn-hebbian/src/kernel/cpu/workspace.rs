//! The whole step on a CPU: what lies beside the synapses from step to step, and the order of work.

use pulp::Arch;
use rayon::prelude::*;

use super::change::{Change, largest, parts};
use super::currents::{Arrangement, Batch, currents};
use super::panels::{LANES, Line, Power, refresh};
use super::selection::{Unit, select};
use crate::kernel::Fault;
use crate::rule::KrotovHopfield;

/// Examples that are not worth a thread of their own in the competition.
const FEW_EXAMPLES: usize = 16;

/// Synapses below this share of R become 0. Where no ink ever falls they decay from step to step, far
/// below what a float32 sum could feel, until they are subnormal; with a few per cent of such numbers,
/// a step takes half as long again.
const FADED: f64 = 1e-12;

/// The magnitude below which synapses become 0. Below p = 2 the power makes small synapses large.
fn faded(rule: &KrotovHopfield) -> f32 {
    match rule.p >= 2.0 {
        true => (FADED * rule.radius.min(1.0)) as f32,
        false => 0.0,
    }
}

/// What a step keeps for the next one: the powered synapses, refreshed where a unit changed, and
/// memory that is used again.
#[derive(Default)]
pub struct Workspace {
    /// Empty until the first step.
    panels: Vec<Line>,
    /// Measured on the first batch.
    arrangement: Option<Arrangement>,
    batch: Batch,
    /// `[panel][example]`
    currents: Vec<Line>,
    /// The winner and the unit ranked k of each example.
    competition: Vec<(Unit, Unit)>,
    change: Change,
}

/// A batch that goes through a layer.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    pub rule: &'a KrotovHopfield,
    /// `[batch][visible]`
    pub examples: &'a [f32],
    pub visible: usize,
    pub hidden: usize,
}

impl Pass<'_> {
    fn size(&self) -> usize {
        self.examples.len() / self.visible
    }
}

impl Workspace {
    /// Forgets the synapses, but not the memory.
    pub fn forget(&mut self) {
        self.panels.clear();
        self.arrangement = None;
    }

    /// One max-normalised step: changes `synapses`, `[hidden][visible]`, where nothing is wrong.
    pub fn step(&mut self, synapses: &mut [f32], pass: Pass, rate: f64) -> Result<(), Fault> {
        // Enters the thread pool once for all that follows: each entry from outside waits for a
        // thread to wake up.
        rayon::scope(|_| {
            let largest = self.change(synapses, pass)?;
            let scale = rate / f64::from(largest.max(1e-30));
            self.apply(synapses, pass, scale as f32);
            Ok(())
        })
    }

    /// Computes the raw change and returns its largest magnitude.
    fn change(&mut self, synapses: &[f32], pass: Pass) -> Result<f32, Fault> {
        self.compete(synapses, pass)?;
        let parts = parts(&self.competition, pass.rule.delta as f32);
        let radius_to_the_p = pass.rule.radius_to_the_p() as f32;
        let change = &mut self.change;
        change.compute(
            &parts,
            synapses,
            pass.examples,
            pass.visible,
            radius_to_the_p,
        );
        let largest = largest(&change.rows);
        match largest.is_finite() {
            true => Ok(largest),
            false => Err(Fault::Update),
        }
    }

    fn compete(&mut self, synapses: &[f32], pass: Pass) -> Result<(), Fault> {
        let Pass {
            visible, hidden, ..
        } = pass;
        if self.panels.is_empty() {
            self.fill(synapses, pass);
        }
        let of_the_data = || Arrangement::of(pass.examples);
        let arrangement = *self.arrangement.get_or_insert_with(of_the_data);
        let size = pass.size();
        self.batch.arrange(pass.examples, visible, arrangement);
        let panels = hidden.div_ceil(LANES);
        self.currents.resize(panels * size, Line::ZERO);
        if size > 0 {
            currents(&mut self.currents, &self.panels, &self.batch, visible, size);
        }
        let currents = &self.currents;
        let examples = (0..size).into_par_iter().with_min_len(FEW_EXAMPLES);
        let competition = examples.map_init(Vec::new, |peaks, example| {
            let chunks = (0..panels).map(|panel| {
                let units = LANES.min(hidden - panel * LANES);
                &currents[panel * size + example].0[..units]
            });
            select(chunks, LANES, pass.rule.k, peaks)
        });
        competition.collect_into_vec(&mut self.competition);
        // A value that is no number, or infinite, makes every current of its example so: the
        // winners' need no look at the batch itself.
        let pairs = self.competition.iter();
        let finite = |(winner, ranked_k): &(Unit, Unit)| {
            winner.current.is_finite() && ranked_k.current.is_finite()
        };
        match pairs.clone().all(finite) {
            true => Ok(()),
            false if largest(pass.examples).is_finite() => Err(Fault::Update),
            false => Err(Fault::Examples),
        }
    }

    /// Fills the panels from all synapses.
    fn fill(&mut self, synapses: &[f32], pass: Pass) {
        let Pass {
            visible, hidden, ..
        } = pass;
        let power = Power::of_norm(pass.rule.p);
        self.panels
            .resize(hidden.div_ceil(LANES) * visible, Line::ZERO);
        let panels = self.panels.par_chunks_exact_mut(visible);
        let rows = synapses.par_chunks(LANES * visible);
        panels.zip(rows).for_each(|(panel, synapses)| {
            panel.fill(Line::ZERO);
            let lanes: Vec<usize> = (0..synapses.len() / visible).collect();
            refresh(panel, synapses, &lanes, power);
        });
    }

    /// Adds `scale` times the change, and refreshes the panels where it was.
    fn apply(&mut self, synapses: &mut [f32], pass: Pass, scale: f32) {
        let visible = pass.visible;
        let Change { units, rows } = &self.change;
        let power = Power::of_norm(pass.rule.p);
        let faded = faded(pass.rule);
        let arch = Arch::new();
        let panels = self.panels.par_chunks_exact_mut(visible);
        let blocks = synapses.par_chunks_mut(LANES * visible);
        panels
            .zip(blocks)
            .enumerate()
            .for_each(|(number, (panel, synapses))| {
                let before = |first: usize| units.partition_point(|unit| *unit < first);
                let changed = before(number * LANES)..before((number + 1) * LANES);
                let lanes: Vec<usize> = units[changed.clone()]
                    .iter()
                    .map(|unit| unit % LANES)
                    .collect();
                for (&lane, change) in lanes
                    .iter()
                    .zip(rows[changed.start * visible..].chunks_exact(visible))
                {
                    let synapses = &mut synapses[lane * visible..][..visible];
                    arch.dispatch(|| {
                        for (synapse, change) in synapses.iter_mut().zip(change) {
                            let next = *synapse + scale * change;
                            *synapse = if next.abs() < faded { 0.0 } else { next };
                        }
                    });
                }
                refresh(panel, synapses, &lanes, power);
            });
    }

    /// The raw change summed over the batch, `[hidden][visible]`, of synapses seen for the first
    /// time. Not a number goes in and comes out.
    pub fn local_update(&mut self, synapses: &[f32], pass: Pass) -> Vec<f32> {
        if rayon::scope(|_| self.change(synapses, pass)).is_err() {
            return vec![f32::NAN; synapses.len()];
        }
        let mut update = vec![0.0; synapses.len()];
        let rows = self.change.rows.chunks_exact(pass.visible);
        for (&unit, row) in self.change.units.iter().zip(rows) {
            update[unit * pass.visible..][..pass.visible].copy_from_slice(row);
        }
        update
    }

    /// The winner of each example of the last batch.
    pub fn winners(&self) -> Vec<usize> {
        let winners = self.competition.iter().map(|(winner, _)| winner.index);
        winners.collect()
    }
}

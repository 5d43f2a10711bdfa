//! `sign(W) |W|^(p-1)` in panels: the powered synapses in the order in which a product reads them.
//!
//! A panel holds the powered synapses of as many neighbouring units as a few vector registers have
//! lanes, `[visible][lanes]`: one visible neuron's synapses lie side by side, in one line, whether all
//! visible neurons are visited or only those with ink. Lanes beyond the last unit are 0.
//!
//! Units that have learned are stale here until the next product refreshes them, which has their panel
//! in the caches anyway.

use aligned_vec::AVec;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::power::Power;

/// Vector registers to a line: enough sums to keep the multipliers busy while each waits for its own.
pub const REGISTERS: usize = 8;

/// Units to a panel.
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            REGISTERS * S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// The powered synapses of a layer. Kept from step to step.
pub struct Panels {
    /// `[panel][visible][lanes]`. Aligned, for a load that crosses two cache lines costs two.
    values: AVec<f32>,
    visible: usize,
    hidden: usize,
    /// The units whose synapses have changed, in order.
    stale: Vec<usize>,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            values: AVec::new(0),
            visible: 0,
            hidden: 0,
            stale: Vec::new(),
        }
    }
}

impl Panels {
    /// Forgets the synapses, but not the memory.
    pub fn forget(&mut self) {
        self.hidden = 0;
    }

    /// Prepares for a layer, whose units are all stale unless it is the one before: to whom another layer of the
    /// same size comes has to [forget](Self::forget) first.
    pub fn prepare(&mut self, hidden: usize, visible: usize) {
        if (self.hidden, self.visible) == (hidden, visible) {
            return;
        }
        (self.hidden, self.visible) = (hidden, visible);
        let panel = visible * lanes();
        self.values.resize(hidden.div_ceil(lanes()) * panel, 0.0);
        // Its lanes beyond the last unit are never refreshed.
        if let Some(last) = self.values.chunks_exact_mut(panel).next_back() {
            last.fill(0.0);
        }
        self.stale.clear();
        self.stale.extend(0..hidden);
    }

    /// Says that the synapses of `units`, in order, have changed.
    pub fn changed(&mut self, units: &[usize]) {
        self.stale.extend_from_slice(units);
    }

    /// The number of panels.
    pub fn len(&self) -> usize {
        self.hidden.div_ceil(lanes())
    }

    /// Each panel, in order. Whoever passes over them refreshes them all.
    pub fn iter_mut(&mut self) -> impl IndexedParallelIterator<Item = Panel<'_>> {
        let lanes = lanes();
        let stale = &self.stale;
        let panels = self.values.par_chunks_exact_mut(self.visible * lanes);
        panels.enumerate().map(move |(number, values)| {
            let before = |first: usize| stale.partition_point(|unit| *unit < first);
            Panel {
                values,
                first: number * lanes,
                stale: &stale[before(number * lanes)..before((number + 1) * lanes)],
            }
        })
    }

    /// Says that all panels have been refreshed.
    pub fn refreshed(&mut self) {
        self.stale.clear();
    }
}

/// The powered synapses of some neighbouring units.
pub struct Panel<'a> {
    /// `[visible][lanes]`
    values: &'a mut [f32],
    /// The first of its units.
    first: usize,
    /// Those of its units that are stale.
    stale: &'a [usize],
}

impl Panel<'_> {
    /// The lines of up to `length` visible neurons from `start` on.
    #[inline(always)]
    pub fn lines<S: Simd>(&self, start: usize, length: usize) -> &[[S::f32s; REGISTERS]] {
        let lanes = REGISTERS * S::F32_LANES;
        let end = self.values.len().min((start + length) * lanes);
        let (registers, _) = S::as_simd_f32s(&self.values[start * lanes..end]);
        registers.as_chunks().0
    }

    /// Computes anew what is stale of up to `length` visible neurons from `start` on, from all
    /// `synapses`, `[hidden][visible]`.
    #[inline(always)]
    pub fn refresh<S: Simd>(
        &mut self,
        start: usize,
        length: usize,
        synapses: &[f32],
        power: Power,
    ) {
        let lanes = REGISTERS * S::F32_LANES;
        let visible = self.values.len() / lanes;
        let end = visible.min(start + length);
        let lines = &mut self.values[start * lanes..end * lanes];
        for unit in self.stale {
            let row = &synapses[unit * visible..][start..end];
            let lane = lines[unit - self.first..].iter_mut().step_by(lanes);
            for (value, synapse) in lane.zip(row) {
                *value = power.signed_value(*synapse);
            }
        }
    }
}

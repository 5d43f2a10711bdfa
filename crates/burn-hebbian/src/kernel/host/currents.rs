//! `I = v (sign(W) |W|^(p-1))^T`: the product of a batch with the panels, dense or by its ink.
//!
//! The currents come panel by panel, `[panel][batch][LANES]`, so that threads write apart and the
//! competition reads whole lines.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::panels::{LANES, Line};

/// Examples that share one pass over a panel in the dense product.
const GROUP: usize = 6;

/// Visible neurons whose lines stay in the first-level cache while all examples pass over them.
const STRETCH: usize = 56;

/// A batch, arranged for its product with the panels. Kept from batch to batch, for fresh memory
/// costs as much as the arrangement.
#[derive(Default)]
pub struct Batch {
    arrangement: Arrangement,
    /// Dense: `[group][visible][GROUP]`, the last group filled up with 0.
    groups: Vec<f32>,
    /// Sparse: the values that are not 0, `[stretch][example][]`.
    entries: Vec<Entry>,
    /// Where the entries of `[stretch][example]` end.
    ends: Vec<usize>,
}

/// Whether the product visits all values of a batch or only those that are not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Arrangement {
    #[default]
    Dense,
    Sparse,
}

impl Arrangement {
    /// Above this share of values that are not 0 the dense product is the faster one.
    const DENSEST_SPARSE: f32 = 0.4;

    /// The faster one for examples as dense as `values`. Both add in the same order.
    fn of(values: &[f32]) -> Self {
        let ink: u32 = values.iter().map(|value| u32::from(*value != 0.0)).sum();
        if ink as f32 <= Self::DENSEST_SPARSE * values.len() as f32 {
            Self::Sparse
        } else {
            Self::Dense
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Entry {
    /// Within the stretch.
    visible: u32,
    value: f32,
}

impl Batch {
    /// Arranges examples of `visible` values, for the product that is the faster one for them.
    pub fn arrange(&mut self, values: &[f32], visible: usize) {
        self.arrangement = Arrangement::of(values);
        match self.arrangement {
            Arrangement::Dense => self.arrange_densely(values, visible),
            Arrangement::Sparse => self.arrange_sparsely(values, visible),
        }
    }

    fn arrange_densely(&mut self, values: &[f32], visible: usize) {
        let groups = values.len().div_ceil(visible * GROUP);
        self.groups.clear();
        self.groups.resize(groups * GROUP * visible, 0.0);
        for (example, row) in values.chunks_exact(visible).enumerate() {
            let group = &mut self.groups[example / GROUP * GROUP * visible..][..GROUP * visible];
            for (column, value) in group.chunks_exact_mut(GROUP).zip(row) {
                column[example % GROUP] = *value;
            }
        }
    }

    fn arrange_sparsely(&mut self, values: &[f32], visible: usize) {
        self.ends.clear();
        let mut length = 0;
        for start in (0..visible).step_by(STRETCH) {
            let end = (start + STRETCH).min(visible);
            for row in values.chunks_exact(visible) {
                let room = length + end - start;
                if self.entries.len() < room {
                    self.entries.resize(2 * room, Entry::default());
                }
                // Each value is written and only those that are not 0 advance: which ones are is
                // not for a branch to predict.
                let entries = &mut self.entries[length..room];
                let mut ink = 0;
                for (&value, visible) in row[start..end].iter().zip(0..) {
                    entries[ink] = Entry { visible, value };
                    ink += usize::from(value != 0.0);
                }
                length += ink;
                self.ends.push(length);
            }
        }
    }
}

/// The currents of `size` examples in all panels, `[panel][size]`.
pub fn currents(
    currents: &mut [Line],
    panels: &[Line],
    batch: &Batch,
    visible: usize,
    size: usize,
) {
    let panels = panels.par_chunks_exact(visible);
    let currents = currents.par_chunks_exact_mut(size);
    let arch = Arch::new();
    currents.zip(panels).for_each(|(currents, panel)| {
        arch.dispatch(Panel {
            currents,
            panel,
            batch,
        })
    });
}

/// The product of one batch with one panel.
struct Panel<'a> {
    /// `[batch]`
    currents: &'a mut [Line],
    /// `[visible]`
    panel: &'a [Line],
    batch: &'a Batch,
}

impl WithSimd for Panel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // How many registers of a line a pass can hold for all of its examples.
        match (self.batch.arrangement, S::F32_LANES) {
            (Arrangement::Dense, 16 | 4) => self.dense::<S, 4>(simd),
            (Arrangement::Dense, 8) => self.dense::<S, 2>(simd),
            (Arrangement::Dense, _) => self.dense::<S, 1>(simd),
            (Arrangement::Sparse, _) => self.sparse::<S, 8>(simd),
        }
    }
}

impl Panel<'_> {
    /// Part by part of the panel's lines, and group by group of the examples: `PART * GROUP` sums
    /// stay in registers over all visible neurons.
    #[inline(always)]
    fn dense<S: Simd, const PART: usize>(self, simd: S) {
        let groups = self.batch.groups.chunks_exact(self.panel.len() * GROUP);
        for (group, currents) in groups.zip(self.currents.chunks_mut(GROUP)) {
            let (columns, _) = group.as_chunks::<GROUP>();
            for part in 0..parts::<S, PART>() {
                let mut sums = [[simd.splat_f32s(0.0); PART]; GROUP];
                for (line, column) in self.panel.iter().zip(columns) {
                    let line = registers::<S, PART>(line, part);
                    for (sums, value) in sums.iter_mut().zip(column) {
                        let value = simd.splat_f32s(*value);
                        for (sum, synapses) in sums.iter_mut().zip(line) {
                            *sum = simd.mul_add_f32s(value, *synapses, *sum);
                        }
                    }
                }
                for (currents, sums) in currents.iter_mut().zip(sums) {
                    *registers_mut::<S, PART>(currents, part) = sums;
                }
            }
        }
    }

    /// Stretch by stretch of the visible neurons, and example by example: only lines with ink are
    /// read.
    #[inline(always)]
    fn sparse<S: Simd, const PART: usize>(self, simd: S) {
        let Batch { entries, ends, .. } = self.batch;
        self.currents.fill(Line::ZERO);
        let mut start = 0;
        let ends = ends.chunks_exact(self.currents.len());
        for (lines, ends) in self.panel.chunks(STRETCH).zip(ends) {
            for (currents, &end) in self.currents.iter_mut().zip(ends) {
                let entries = &entries[start..end];
                start = end;
                for part in 0..parts::<S, PART>() {
                    let currents = registers_mut::<S, PART>(currents, part);
                    let mut sums = *currents;
                    for entry in entries {
                        let value = simd.splat_f32s(entry.value);
                        let line = registers::<S, PART>(&lines[entry.visible as usize], part);
                        for (sum, synapses) in sums.iter_mut().zip(line) {
                            *sum = simd.mul_add_f32s(value, *synapses, *sum);
                        }
                    }
                    *currents = sums;
                }
            }
        }
    }
}

/// The number of parts of `PART` registers in a line.
#[inline(always)]
fn parts<S: Simd, const PART: usize>() -> usize {
    LANES / S::F32_LANES / PART
}

#[inline(always)]
fn registers<S: Simd, const PART: usize>(line: &Line, part: usize) -> &[S::f32s; PART] {
    let (registers, _) = S::as_simd_f32s(&line.0);
    &registers.as_chunks().0[part]
}

#[inline(always)]
fn registers_mut<S: Simd, const PART: usize>(line: &mut Line, part: usize) -> &mut [S::f32s; PART] {
    let (registers, _) = S::as_mut_simd_f32s(&mut line.0);
    &mut registers.as_chunks_mut().0[part]
}

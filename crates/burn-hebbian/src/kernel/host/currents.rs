//! `I = v (sign(W) |W|^(p-1))^T`: the product of a batch with the panels, dense or by its ink.
//!
//! The currents come panel by panel, `[panel][batch][lanes]`, so that threads write apart and the
//! competition reads whole lines. A panel is passed over in stretches of its visible neurons, which stay in
//! the first-level cache while examples pass over them, and are refreshed as they come there. Each current is
//! summed in the order of the visible neurons, dense or sparse, however long a stretch is.

use aligned_vec::AVec;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::panels::{Panel, Panels, REGISTERS, lanes};
use super::tiles::{GROUP, Tiles};
use crate::power::Power;

/// A batch, arranged for its product with the panels. Kept from batch to batch, for fresh memory
/// costs as much as the arrangement.
pub struct Batch {
    tiles: Tiles,
    size: usize,
    visible: usize,
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

impl Default for Batch {
    fn default() -> Self {
        Self::new(Tiles::of(lanes()))
    }
}

impl Batch {
    fn new(tiles: Tiles) -> Self {
        Self {
            tiles,
            size: 0,
            visible: 0,
            arrangement: Arrangement::default(),
            groups: Vec::new(),
            entries: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Arranges examples of `visible` values, for the product that is the faster one for them.
    pub fn arrange(&mut self, values: &[f32], visible: usize) {
        self.size = values.len() / visible;
        self.visible = visible;
        self.arrangement = Arrangement::of(values);
        match self.arrangement {
            Arrangement::Dense => self.arrange_densely(values),
            Arrangement::Sparse => self.arrange_sparsely(values),
        }
    }

    fn arrange_densely(&mut self, values: &[f32]) {
        let visible = self.visible;
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

    fn arrange_sparsely(&mut self, values: &[f32]) {
        let visible = self.visible;
        self.ends.clear();
        let mut length = 0;
        let stretch = self.tiles.visible;
        for start in (0..visible).step_by(stretch) {
            let end = (start + stretch).min(visible);
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

    /// The columns of the stretch from visible neuron `start` on, of each group from the example `first` on.
    fn columns(&self, start: usize, first: usize) -> impl Iterator<Item = &[[f32; GROUP]]> {
        let (columns, _) = self.groups.as_chunks();
        let groups = columns.chunks_exact(self.visible);
        groups
            .skip(first / GROUP)
            .map(move |columns| &columns[start..])
    }

    /// The ink in the stretch from visible neuron `start` on, of each example from `first` on.
    fn inked(&self, start: usize, first: usize) -> impl Iterator<Item = &[Entry]> {
        let from = start / self.tiles.visible * self.size + first;
        let mut start = from.checked_sub(1).map_or(0, |last| self.ends[last]);
        self.ends[from..][..self.size - first]
            .iter()
            .map(move |&end| {
                let entries = &self.entries[start..end];
                start = end;
                entries
            })
    }
}

/// The currents of a batch. Their memory is kept from batch to batch.
pub struct Currents {
    /// `[panel][example][lanes]`
    values: AVec<f32>,
    /// Examples, and as many more as fill the last group.
    size: usize,
}

impl Default for Currents {
    fn default() -> Self {
        Self {
            values: AVec::new(0),
            size: 0,
        }
    }
}

impl Currents {
    /// The product of a batch with all panels, which it refreshes from the `synapses` on the way.
    pub fn compute(&mut self, panels: &mut Panels, synapses: &[f32], power: Power, batch: &Batch) {
        self.size = batch.size.next_multiple_of(GROUP);
        let length = self.size * lanes();
        self.values.resize(panels.len() * length, 0.0);
        if length == 0 {
            return;
        }
        let arch = Arch::new();
        let each_panel = self.values.par_chunks_exact_mut(length);
        each_panel
            .zip(panels.iter_mut())
            .for_each(|(currents, panel)| {
                arch.dispatch(Product {
                    currents,
                    panel,
                    synapses,
                    power,
                    batch,
                })
            });
        panels.refreshed();
    }

    /// The currents of all `hidden` units in an example, in chunks of [`lanes`].
    pub fn of(&self, example: usize, hidden: usize) -> impl Iterator<Item = &[f32]> + Clone {
        let lanes = lanes();
        (0..hidden).step_by(lanes).map(move |first| {
            let units = lanes.min(hidden - first);
            &self.values[first * self.size + example * lanes..][..units]
        })
    }
}

/// The product of one batch with one panel.
struct Product<'a> {
    /// `[example][lanes]`
    currents: &'a mut [f32],
    panel: Panel<'a>,
    synapses: &'a [f32],
    power: Power,
    batch: &'a Batch,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Tiles { visible, examples } = self.batch.tiles;
        let (currents, _) = S::as_mut_simd_f32s(self.currents);
        let (currents, _) = currents.as_chunks_mut();
        for (block, currents) in currents.chunks_mut(examples).enumerate() {
            currents.fill([simd.splat_f32s(0.0); REGISTERS]);
            for start in (0..self.batch.visible).step_by(visible) {
                if block == 0 {
                    self.panel
                        .refresh::<S>(start, visible, self.synapses, self.power);
                }
                let lines = self.panel.lines::<S>(start, visible);
                let first = block * examples;
                match self.batch.arrangement {
                    Arrangement::Sparse => {
                        sparse(simd, currents, lines, self.batch.inked(start, first))
                    }
                    Arrangement::Dense => {
                        let columns = self.batch.columns(start, first);
                        // How many registers of a line a pass can hold for a whole group.
                        match S::F32_LANES {
                            16 | 4 => dense::<S, 4>(simd, currents, lines, columns),
                            8 => dense::<S, 2>(simd, currents, lines, columns),
                            _ => dense::<S, 1>(simd, currents, lines, columns),
                        }
                    }
                }
            }
        }
    }
}

/// Part by part of the lines, and group by group of the examples: `PART * GROUP` sums stay in registers
/// over all visible neurons of the stretch.
#[inline(always)]
fn dense<'a, S: Simd, const PART: usize>(
    simd: S,
    currents: &mut [[S::f32s; REGISTERS]],
    lines: &[[S::f32s; REGISTERS]],
    columns: impl Iterator<Item = &'a [[f32; GROUP]]>,
) {
    let (groups, _) = currents.as_chunks_mut::<GROUP>();
    for (currents, columns) in groups.iter_mut().zip(columns) {
        for part in 0..REGISTERS / PART {
            let mut sums: [[S::f32s; PART]; GROUP] =
                std::array::from_fn(|example| currents[example].as_chunks().0[part]);
            for (line, column) in lines.iter().zip(columns) {
                let line: &[S::f32s; PART] = &line.as_chunks().0[part];
                for (sums, value) in sums.iter_mut().zip(column) {
                    let value = simd.splat_f32s(*value);
                    for (sum, synapses) in sums.iter_mut().zip(line) {
                        *sum = simd.mul_add_f32s(value, *synapses, *sum);
                    }
                }
            }
            for (currents, sums) in currents.iter_mut().zip(sums) {
                currents.as_chunks_mut().0[part] = sums;
            }
        }
    }
}

/// Example by example: only lines with ink are read.
#[inline(always)]
fn sparse<'a, S: Simd>(
    simd: S,
    currents: &mut [[S::f32s; REGISTERS]],
    lines: &[[S::f32s; REGISTERS]],
    inked: impl Iterator<Item = &'a [Entry]>,
) {
    for (currents, entries) in currents.iter_mut().zip(inked) {
        let mut sums = *currents;
        for entry in entries {
            let value = simd.splat_f32s(entry.value);
            for (sum, synapses) in sums.iter_mut().zip(&lines[entry.visible as usize]) {
                *sum = simd.mul_add_f32s(value, *synapses, *sum);
            }
        }
        *currents = sums;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIBLE: usize = 37;

    /// Currents of all `hidden` units in all examples, by tiles of the given size.
    fn product(tiles: Tiles, synapses: &[f32], examples: &[f32]) -> Vec<f32> {
        let hidden = synapses.len() / VISIBLE;
        let mut batch = Batch::new(tiles);
        batch.arrange(examples, VISIBLE);
        let mut panels = Panels::default();
        panels.prepare(hidden, VISIBLE);
        let mut currents = Currents::default();
        // The synapses of some units change, alone and beside others.
        let changed: Vec<usize> = (0..hidden)
            .filter(|unit| unit % 20 < 12 && unit % 40 != 3)
            .collect();
        let mut earlier = synapses.to_vec();
        for unit in &changed {
            earlier[unit * VISIBLE..][..VISIBLE].fill(0.5);
        }
        currents.compute(&mut panels, &earlier, Power::Two, &batch);
        panels.changed(&changed);
        currents.compute(&mut panels, synapses, Power::Two, &batch);
        let examples = 0..examples.len() / VISIBLE;
        let rows = examples.flat_map(|example| currents.of(example, hidden).flatten());
        rows.copied().collect()
    }

    #[test]
    fn the_product_is_that_of_a_loop_however_it_is_cut() {
        let value = |i: usize| ((i * 7919) % 1000) as f32 * 0.002 - 1.0;
        let hidden = lanes() + 5;
        let synapses: Vec<f32> = (0..hidden * VISIBLE).map(value).collect();
        for (size, every) in [(1, 1), (13, 1), (1, 3), (13, 4)] {
            // Every value, or few enough for the sparse product.
            let ink = |i: usize| {
                if i.is_multiple_of(every) {
                    value(i + 5)
                } else {
                    0.0
                }
            };
            let examples: Vec<f32> = (0..size * VISIBLE).map(ink).collect();
            let whole = Tiles {
                visible: VISIBLE,
                examples: 600,
            };
            let expected = product(whole, &synapses, &examples);
            for (number, current) in expected.iter().enumerate() {
                let example = &examples[number / hidden * VISIBLE..];
                let unit = &synapses[number % hidden * VISIBLE..][..VISIBLE];
                let terms = unit.iter().zip(example).map(|(w, v)| {
                    let w = f64::from(*w);
                    w * w.abs() * f64::from(*v)
                });
                let exact: f64 = terms.sum();
                assert!(
                    (f64::from(*current) - exact).abs() < 1e-5,
                    "{current} {exact}"
                );
            }
            for (visible, examples_at_once) in [(1, GROUP), (10, GROUP), (36, 2 * GROUP)] {
                let tiles = Tiles {
                    visible,
                    examples: examples_at_once,
                };
                assert_eq!(product(tiles, &synapses, &examples), expected, "{tiles:?}");
            }
        }
    }
}

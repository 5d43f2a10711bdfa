//! `sign(W) |W|^(p-1)` in panels: the powered synapses in the order in which a product reads them.
//!
//! A panel holds the powered synapses of [`LANES`] neighbouring units, `[visible][LANES]`: one
//! visible neuron's synapses lie side by side, ready for a vector register, whether all visible
//! neurons are visited or only those with ink. Lanes beyond the last unit are 0.

use crate::power::Power;

/// Units to a panel: enough sums in registers to keep the multipliers of AVX-512 busy.
pub const LANES: usize = 128;

/// One value for each unit of a panel. Aligned, for a load that crosses two cache lines costs two.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Line(pub [f32; LANES]);

impl Line {
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// Writes the powered synapses of some `units` of a panel, given by their lanes, from their rows
/// of `synapses`, `[up to LANES][visible]`.
pub fn refresh(panel: &mut [Line], synapses: &[f32], lanes: &[usize], power: Power) {
    let visible = panel.len();
    // Unit by unit within a block that stays in the first cache: the synapses of a unit are
    // neighbours, and so are its panel's lines to the units that follow.
    const BLOCK: usize = 64;
    for start in (0..visible).step_by(BLOCK) {
        let end = (start + BLOCK).min(visible);
        for &lane in lanes {
            let row = &synapses[lane * visible..][start..end];
            for (line, synapse) in panel[start..end].iter_mut().zip(row) {
                line.0[lane % LANES] = power.signed_value(*synapse);
            }
        }
    }
}

//! What the fused operations need of the rule.

use crate::power::Power;

/// The constants of the rule of Krotov & Hopfield, checked by whoever made it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// The Lebesgue norm of the synapses.
    pub p: f64,
    /// The rank of the unit that is pushed away.
    pub k: usize,
    /// The strength of that push.
    pub delta: f64,
    /// The radius R of the sphere on which learning ends.
    pub radius: f64,
}

impl Constants {
    /// How to raise a synapse: `sign(W) |W|^(p-1)`.
    pub fn power(self) -> Power {
        Power::new(self.p - 1.0)
    }

    /// `R^p`
    pub fn radius_to_the_p(self) -> f64 {
        self.radius.powf(self.p)
    }
}

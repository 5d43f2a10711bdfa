//! What a step with a rate for each unit needs to know.

/// The rate of unit mu is `rate (| |W_mu| - 1 | + 1e-10)^rate_power`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitStep {
    /// The learning rate.
    pub rate: f64,
    /// The power of the distance of a unit's length from 1.
    pub rate_power: f64,
    /// The floor of the divisor.
    pub precision: f64,
}

/// What is added to a unit's distance from length 1, so that its rate is never 0.
pub const NEAREST: f64 = 1e-10;

impl UnitStep {
    /// The rate of a unit of this length.
    pub fn rate_of(&self, length: f64) -> f64 {
        if self.rate_power == 0.0 {
            self.rate
        } else {
            self.rate * ((length - 1.0).abs() + NEAREST).powf(self.rate_power)
        }
    }
}

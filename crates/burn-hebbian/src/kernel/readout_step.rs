//! What a step of a readout needs to know.

/// One step of Adam behind dropout.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadoutStep {
    /// The learning rate.
    pub rate: f64,
    /// The share of the features that is dropped.
    pub dropout: f64,
    /// What makes the features that are dropped in this step others than in the last one.
    pub noise: u32,
    /// The number of the step, counted from 1.
    pub number: usize,
}

impl ReadoutStep {
    /// The decay of the mean slope.
    pub const BETA_1: f32 = 0.9;
    /// The decay of the mean squared slope.
    pub const BETA_2: f32 = 0.999;
    /// What is added to the divisor.
    pub const EPSILON: f64 = 1e-8;

    /// What the features that are left are multiplied by.
    pub fn scale(&self) -> f32 {
        (1.0 / (1.0 - self.dropout)) as f32
    }

    /// The least of all numbers of 16 bits for which a feature is kept.
    pub fn least_kept(&self) -> u32 {
        (self.dropout * 2f64.powi(16)) as u32
    }

    /// The rate and epsilon, with the correction of both moments.
    pub fn corrected(&self) -> (f32, f32) {
        let number = self.number as i32;
        let correction = (1.0 - f64::from(Self::BETA_2).powi(number)).sqrt();
        let rate = self.rate * correction / (1.0 - f64::from(Self::BETA_1).powi(number));
        (rate as f32, (Self::EPSILON * correction) as f32)
    }
}

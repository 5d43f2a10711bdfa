//! Presence and absence of ink: the signs of the hidden weights.

use super::ReportError;
use super::histograms::{self, Histogram, Scale};
use super::palette::{NEGATIVE, NEUTRAL, POSITIVE};

/// Weights below this part of the largest one count as near zero.
const NEAR_ZERO: f32 = 0.05;
/// Bins of the histogram: odd, so that zero lies in the middle of one.
const BINS: usize = 81;

/// The weights of one network by their sign; the shares are in percent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signs {
    pub negative: f64,
    pub near_zero: f64,
    pub positive: f64,
    largest: f32,
    histogram: Histogram,
}

impl Signs {
    /// Sorts weights by their sign; what is no finite number is left out.
    pub fn new(weights: impl Iterator<Item = f32> + Clone) -> Self {
        let finite = || weights.clone().filter(|weight| weight.is_finite());
        let largest = finite().map(f32::abs).fold(f32::MIN_POSITIVE, f32::max);
        let near = NEAR_ZERO * largest;
        let share = |wanted: &dyn Fn(f32) -> bool| {
            let found = finite().filter(|&weight| wanted(weight)).count();
            100.0 * found as f64 / finite().count().max(1) as f64
        };
        let limit = f64::from(largest);
        Self {
            negative: share(&|weight| weight <= -near),
            near_zero: share(&|weight| weight.abs() < near),
            positive: share(&|weight| weight >= near),
            largest,
            histogram: Histogram::new(finite().map(f64::from), -limit, limit, BINS),
        }
    }

    /// The histogram of the weights, its bars in the colour of their sign.
    pub fn svg(&self, figure: &'static str) -> Result<String, ReportError> {
        let near = f64::from(NEAR_ZERO * self.largest);
        let labels = ("Weight", "Share of weights (%)");
        histograms::svg(
            figure,
            &self.histogram,
            Scale::Log,
            labels,
            |weight| match weight {
                w if w <= -near => NEGATIVE,
                w if w >= near => POSITIVE,
                _ => NEUTRAL,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_finite_weights() {
        let weights = [
            2.0,
            0.5,
            0.05,
            -0.05,
            0.0,
            -0.1,
            f32::NAN,
            f32::INFINITY,
            -1.0,
            -1.0,
        ];
        let signs = Signs::new(weights.into_iter());
        assert_eq!(
            (signs.negative, signs.near_zero, signs.positive),
            (37.5, 37.5, 25.0)
        );
        assert!(signs.svg("a test").is_ok());
    }

    #[test]
    fn no_weights_have_no_shares() {
        let signs = Signs::new(std::iter::empty());
        assert_eq!(
            (signs.negative, signs.near_zero, signs.positive),
            (0.0, 0.0, 0.0)
        );
        assert!(signs.svg("a test").is_ok());
    }
}

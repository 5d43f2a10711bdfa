//! Weights by their sign: negative, near zero and positive.

use maud::{Markup, html};

use crate::FigureError;
use crate::format::percent;
use crate::histogram::{Histogram, Scale};
use crate::palette::{NEGATIVE, NEUTRAL, POSITIVE, css};

/// Weights below this part of the largest one count as near zero.
const NEAR_ZERO: f32 = 0.05;
/// Bins of the histogram: odd, so that zero lies in the middle of one.
const BINS: usize = 81;

/// The weights of one network by their sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Signs {
    negative: f64,
    near_zero: f64,
    positive: f64,
    largest: f32,
    histogram: Histogram,
}

impl Signs {
    /// Sorts weights by their sign, near zero where they are below 5 % of the largest; what is no
    /// finite number is left out.
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

    /// The histogram of the weights on a logarithmic scale, its bars in the colour of their sign, of the
    /// size [`HALF`](crate::plot::HALF).
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where the plotting library fails.
    pub fn svg(&self) -> Result<String, FigureError> {
        let near = f64::from(NEAR_ZERO * self.largest);
        let labels = ("Weight", "Share of weights (%)");
        self.histogram
            .svg(Scale::Log, labels, |weight| match weight {
                w if w <= -near => NEGATIVE,
                w if w >= near => POSITIVE,
                _ => NEUTRAL,
            })
    }

    /// The three shares as one bar, with its legend.
    pub fn shares(&self) -> Markup {
        let parts = [
            ("negative", self.negative, NEGATIVE),
            ("near zero", self.near_zero, NEUTRAL),
            ("positive", self.positive, POSITIVE),
        ];
        html! {
            div.shares {
                @for (_, share, colour) in parts {
                    span style={ "flex-grow:" (format!("{share:.2}")) ";background:" (css(colour)) } {}
                }
            }
            ul.legend {
                @for (name, share, colour) in parts {
                    li { span.dot style={ "background:" (css(colour)) } {} (percent(share)) " " (name) }
                }
            }
        }
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
        let text = signs.shares().into_string();
        for part in [
            "37.50\u{202f}% negative",
            "37.50\u{202f}% near zero",
            "25.00\u{202f}% positive",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(signs.svg().is_ok());
    }

    #[test]
    fn no_weights_have_no_shares() {
        let signs = Signs::new(std::iter::empty());
        assert_eq!(
            (signs.negative, signs.near_zero, signs.positive),
            (0.0, 0.0, 0.0)
        );
        assert!(signs.svg().is_ok());
    }
}

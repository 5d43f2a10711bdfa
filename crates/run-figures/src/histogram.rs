//! Histograms: how a quantity is spread, as shares in percent.

use crate::FigureError;
use crate::format::{power_of_ten, tick};
use crate::palette::Rgb;
use crate::plot::{self, Axes, Mark, round_up};

/// Shares, in percent, of equal bins from `low` to `high`.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    low: f64,
    high: f64,
    shares: Vec<f64>,
}

impl Histogram {
    /// Sorts values into `bins` equal bins: those past an end go into its bin, and what is no number into none.
    ///
    /// # Panics
    ///
    /// If there are values and no bins.
    pub fn new(values: impl Iterator<Item = f64>, low: f64, high: f64, bins: usize) -> Self {
        let mut counts = vec![0_u64; bins];
        let mut total = 0_u64;
        for value in values.filter(|value| !value.is_nan()) {
            let place = (value - low) / (high - low) * bins as f64;
            counts[(place.max(0.0) as usize).min(bins - 1)] += 1;
            total += 1;
        }
        let percent = 100.0 / total.max(1) as f64;
        let shares = counts
            .into_iter()
            .map(|count| count as f64 * percent)
            .collect();
        Self { low, high, shares }
    }

    /// Bins from zero to a round number above the largest of some values that are never negative.
    pub fn from_zero(values: impl Iterator<Item = f64> + Clone, bins: usize) -> Self {
        let largest = values
            .clone()
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        Self::new(values, 0.0, round_up(largest), bins)
    }

    /// Lower and upper edge and share of each bin.
    fn bars(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let width = (self.high - self.low) / self.shares.len() as f64;
        let shares = self.shares.iter().enumerate();
        shares.map(move |(n, &share)| {
            let left = self.low + width * n as f64;
            (left, left + width, share)
        })
    }

    /// Draws the histogram, with the labels of its axes x and y and bars in `paint` of the middle of
    /// their bin, as the text of an `svg` element of the size [`plot::HALF`].
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where the plotting library fails.
    pub fn svg(
        &self,
        scale: Scale,
        (x_label, y_label): (&str, &str),
        paint: impl Fn(f64) -> Rgb,
    ) -> Result<String, FigureError> {
        let present = self.shares.iter().copied().filter(|&share| share > 0.0);
        let (y, ticks) = match scale {
            Scale::Linear => (0.0..round_up(present.fold(0.0, f64::max)), 6),
            Scale::Log => {
                let bottom = (present.fold(100.0, f64::min).log10() - 0.1).floor();
                (bottom..2.0, 2 * (2.0 - bottom) as usize)
            }
        };
        let (bottom, top) = (y.start, y.end);
        let span = self.high - self.low;
        let axes = Axes {
            x: self.low..self.high,
            y,
            x_label,
            y_label,
            x_tick: &|x| tick(*x, step(span, 9)),
            y_tick: &|y| match scale {
                Scale::Linear => tick(*y, step(top, ticks)),
                Scale::Log => power_of_ten(*y),
            },
            y_ticks: ticks,
        };
        let bars = self.bars().filter(|bar| bar.2 > 0.0);
        let bars = bars.map(|(left, right, share)| {
            let height = match scale {
                Scale::Linear => share,
                Scale::Log => share.log10(),
            };
            let colour = paint((left + right) / 2.0);
            Mark::Bar([(left, bottom), (right, height)], colour)
        });
        plot::svg(plot::HALF, &axes, &bars.collect::<Vec<_>>(), &[])
    }
}

/// The axis of the shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// From zero.
    Linear,
    /// In powers of ten, to see rare values beside very common ones.
    Log,
}

/// The power of ten below the step of `ticks` ticks on an axis of this span, to know the decimals they need.
fn step(span: f64, ticks: usize) -> f64 {
    10_f64.powf((span / ticks as f64).log10().floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_sorted_into_bins_and_past_the_ends() {
        let values = [-5.0, 0.1, 0.9, 1.0, 3.9, 4.0, 99.0, f64::NAN];
        let histogram = Histogram::new(values.into_iter(), 0.0, 4.0, 4);
        let seventh = 100.0 / 7.0;
        assert_eq!(
            histogram.shares,
            [3.0 * seventh, seventh, 0.0, 3.0 * seventh]
        );
        assert_eq!(histogram.bars().nth(3), Some((3.0, 4.0, 3.0 * seventh)));
    }

    #[test]
    fn bins_from_zero_reach_past_the_largest() {
        let histogram = Histogram::from_zero([1.0, 873.0].into_iter(), 10);
        assert_eq!((histogram.low, histogram.high), (0.0, 1000.0));
        assert_eq!((histogram.shares[0], histogram.shares[8]), (50.0, 50.0));
    }

    #[test]
    fn both_scales_draw_bars_and_nothing_is_drawn_of_nothing() {
        let some = Histogram::new([0.5, 0.5, 1.5].into_iter(), 0.0, 2.0, 2);
        let none = Histogram::new(std::iter::empty(), 0.0, 2.0, 2);
        for scale in [Scale::Linear, Scale::Log] {
            let bars = |histogram: &Histogram| {
                let text = histogram.svg(scale, ("x", "y"), |_| [1, 2, 3]).unwrap();
                text.matches(r##"fill="#010203""##).count()
            };
            assert_eq!((bars(&some), bars(&none)), (2, 0));
        }
    }

    #[test]
    fn ticks_have_the_decimals_they_need() {
        assert_eq!(tick(6.0, step(8.0, 6)), "6");
        assert_eq!(tick(0.5, step(2.0, 9)), "0.5");
    }
}

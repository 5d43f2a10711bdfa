//! Counts in order of size, such as how often each hidden unit wins.

use crate::FigureError;
use crate::format::{power_of_ten, tick};
use crate::palette::Rgb;
use crate::plot::{self, Axes, Mark};

/// The middle one of some counts in order of size, or 0 without counts.
pub fn median(counts: &[u64]) -> u64 {
    sorted(counts).get(counts.len() / 2).copied().unwrap_or(0)
}

/// Counts from the largest to the smallest.
fn sorted(counts: &[u64]) -> Vec<u64> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted
}

/// Draws counts as bars from the largest to the smallest, on a logarithmic scale, with the labels of
/// the axes x and y, as the text of an `svg` element. `size` is [`plot::WIDE`] or [`plot::HALF`].
///
/// # Errors
///
/// A [`FigureError`] where the plotting library fails.
pub fn svg(
    size: (u32, u32),
    counts: &[u64],
    (x_label, y_label): (&str, &str),
    colour: Rgb,
) -> Result<String, FigureError> {
    let sorted = sorted(counts);
    let most = sorted.first().copied().unwrap_or(0).max(10);
    let top = (1.3 * most as f64).log10();
    let axes = Axes {
        x: 0.0..sorted.len().max(1) as f64,
        // Half of one, so that a count of one still has a height.
        y: 0.5_f64.log10()..top,
        x_label,
        y_label,
        x_tick: &|x| tick(*x, 1.0),
        y_tick: &|y| power_of_ten(*y),
        // One at each power of ten.
        y_ticks: top.floor() as usize + 2,
    };
    let bottom = axes.y.start;
    let above_zero = sorted.iter().take_while(|&&count| count > 0);
    let bars = runs(above_zero).map(|(from, to, count)| {
        let corners = [(from as f64, bottom), (to as f64, (count as f64).log10())];
        Mark::Bar(corners, colour)
    });
    plot::svg(size, &axes, &bars.collect::<Vec<_>>(), &[])
}

/// Equal neighbours as one bar from, to and height: thousands of hairlines would show seams.
fn runs<'a>(counts: impl Iterator<Item = &'a u64>) -> impl Iterator<Item = (usize, usize, u64)> {
    let mut runs: Vec<(usize, usize, u64)> = Vec::new();
    for (n, &count) in counts.enumerate() {
        match runs.last_mut() {
            Some(run) if run.2 == count => run.1 = n + 1,
            _ => runs.push((n, n + 1, count)),
        }
    }
    runs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_count() {
        assert_eq!((median(&[0, 5, 3, 0, 3]), median(&[])), (3, 0));
    }

    #[test]
    fn equal_counts_make_one_bar() {
        let bars: Vec<_> = runs([9, 3, 3, 1].iter()).collect();
        assert_eq!(bars, [(0, 1, 9), (1, 3, 3), (3, 4, 1)]);
    }

    #[test]
    fn each_different_count_above_zero_is_a_bar() {
        let bars = |counts: &[u64]| {
            let text = svg(plot::HALF, counts, ("Units", "Wins"), [1, 2, 3]).unwrap();
            text.matches(r##"fill="#010203""##).count()
        };
        assert_eq!((bars(&[0, 12_000, 1, 1]), bars(&[0, 0])), (2, 0));
    }
}

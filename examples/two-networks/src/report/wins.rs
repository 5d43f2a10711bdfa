//! How the competition ended: the number of training images that each hidden unit wins.

use super::ReportError;
use super::format::{count, tick};
use super::histograms::power_of_ten;
use super::palette::BIOLOGICAL;
use super::plot::{self, Axes, Mark};

/// Number of units that win nothing.
pub(super) fn dead(wins: &[u64]) -> usize {
    wins.iter().filter(|&&wins| wins == 0).count()
}

/// The wins of the middle unit in order of wins, or 0 without units.
pub(super) fn median(wins: &[u64]) -> u64 {
    sorted(wins).get(wins.len() / 2).copied().unwrap_or(0)
}

/// Wins from the most to the fewest.
fn sorted(wins: &[u64]) -> Vec<u64> {
    let mut sorted = wins.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted
}

/// Wins of all units in order of wins, on a logarithmic scale.
pub(super) fn svg(wins: &[u64]) -> Result<String, ReportError> {
    let sorted = sorted(wins);
    let most = sorted.first().copied().unwrap_or(0).max(10);
    let top = (1.3 * most as f64).log10();
    let axes = Axes {
        x: 0.0..sorted.len().max(1) as f64,
        // Half a win, so that a unit with one win still has a height.
        y: 0.5_f64.log10()..top,
        x_label: "Hidden units, from most to fewest wins",
        y_label: "Training images won",
        x_tick: &|x| tick(*x, 1.0),
        y_tick: &|y| power_of_ten(*y),
        // One at each power of ten.
        y_ticks: top.floor() as usize + 2,
    };
    let bottom = axes.y.start;
    let alive = sorted.iter().take_while(|&&wins| wins > 0);
    let bars = runs(alive).map(|(from, to, wins)| {
        Mark::Bar(
            [(from as f64, bottom), (to as f64, (wins as f64).log10())],
            BIOLOGICAL,
        )
    });
    plot::svg(
        "the wins of the units",
        plot::WIDE,
        &axes,
        &bars.collect::<Vec<_>>(),
        &[],
    )
}

/// Neighbours with equal wins as one bar from, to and height: thousands of hairlines would show seams.
fn runs<'a>(wins: impl Iterator<Item = &'a u64>) -> impl Iterator<Item = (usize, usize, u64)> {
    let mut runs: Vec<(usize, usize, u64)> = Vec::new();
    for (n, &wins) in wins.enumerate() {
        match runs.last_mut() {
            Some(run) if run.2 == wins => run.1 = n + 1,
            _ => runs.push((n, n + 1, wins)),
        }
    }
    runs.into_iter()
}

/// What the plot shows, in a sentence.
pub(super) fn caption(wins: &[u64]) -> String {
    format!(
        "Each hidden unit of the biological network as a bar as high as the number of training images on which it is \
         the strongest, on a logarithmic scale: the median unit wins {}, and {} of {} units win none and are dead.",
        count(median(wins)),
        count(dead(wins) as u64),
        count(wins.len() as u64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_without_wins_are_dead() {
        let wins = [0, 5, 3, 0, 3];
        assert_eq!((dead(&wins), median(&wins)), (2, 3));
        assert!(caption(&wins).contains("2 of 5 units"));
        assert_eq!((dead(&[]), median(&[])), (0, 0));
    }

    #[test]
    fn equal_wins_make_one_bar() {
        let bars: Vec<_> = runs([9, 3, 3, 1].iter()).collect();
        assert_eq!(bars, [(0, 1, 9), (1, 3, 3), (3, 4, 1)]);
    }

    #[test]
    fn any_wins_can_be_drawn() {
        assert!(svg(&[0, 12_000, 1, 1]).is_ok());
        assert!(svg(&[0, 0]).is_ok());
    }
}

//! `--seeds 0..5`: the same run with one seed after the other.

use std::str::FromStr;

use burn_runs::table::spread;
use burn_runs::ui::say;

use crate::{AGAIN, Failure, NetworkRow};

/// The most seeds that are taken: more is a slip of the pen.
const MOST: u64 = 1000;

/// Several seeds.
///
/// ```
/// use image_runs::Seeds;
///
/// assert_eq!("0..3".parse(), Ok(Seeds(vec![0, 1, 2])));
/// assert_eq!("7,2".parse(), Ok(Seeds(vec![7, 2])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "it must be a range without its end, such as 0..5 for five seeds, or a list, such as 0,3,7".to_string()
        };
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
        let seeds: Vec<u64> = match text.split_once("..") {
            Some((first, end)) => {
                let (first, end) = (number(first)?, number(end)?);
                if end.saturating_sub(first) > MOST {
                    return Err(format!("it must be at most {MOST} seeds"));
                }
                (first..end).collect()
            }
            None => text.split(',').map(number).collect::<Result<_, _>>()?,
        };
        let is_repeated = |(place, seed)| seeds[..place].contains(seed);
        match seeds.is_empty() || seeds.iter().enumerate().any(is_repeated) {
            true => Err(wrong()),
            false => Ok(Self(seeds)),
        }
    }
}

impl Seeds {
    /// Calls `run` with each seed, which returns how its networks ended, and prints each outcome and then the means.
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the first run that has one.
    pub fn each(
        &self,
        mut run: impl FnMut(u64) -> Result<Vec<NetworkRow>, Failure>,
    ) -> Result<(), Failure> {
        let mut runs = Vec::new();
        for &seed in &self.0 {
            let rows = run(seed)?;
            say(&format!("seed {seed}:\n{}", crate::networks(&rows)));
            runs.push(rows);
        }
        say(&means(&runs));
        Ok(())
    }

    /// How they go on once the run of `seed` has stopped. With `--overwrite` the same command would make those before it anew.
    pub fn again(&self, seed: u64, overwrite: bool) -> String {
        let left = self.0.iter().skip_while(|&&other| other != seed);
        let left: Vec<_> = left.map(u64::to_string).collect();
        match overwrite && left.len() < self.0.len() {
            true => format!("{AGAIN} but --seeds {}", left.join(",")),
            false => AGAIN.to_string(),
        }
    }
}

/// The means and the standard deviations over runs of the same networks.
fn means(runs: &[Vec<NetworkRow>]) -> String {
    let head = format!(
        "{:<12} {:>16} {:>18} {:>6}",
        "network",
        "train error",
        format!("{} error", runs[0][0].judged()),
        "seeds"
    );
    let names = runs[0].iter().map(|row| row.name);
    let lines = names.map(|name| {
        let rows = || runs.iter().flatten().filter(|row| row.name == name);
        let train: Vec<_> = rows().map(|row| row.train_error).collect();
        let judge: Vec<_> = rows().map(NetworkRow::judge_error).collect();
        format!(
            "{name:<12} {:>16} {:>18} {:>6}",
            spread(&train),
            spread(&judge),
            train.len()
        )
    });
    let lines: Vec<_> = std::iter::once(head).chain(lines).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_seeds_is_refused() {
        for text in [
            "",
            "..",
            "5..5",
            "5..2",
            "0..",
            "1,,2",
            "1,1",
            "-1..3",
            "a,b",
            "0..100000",
        ] {
            assert!(text.parse::<Seeds>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_means_of_each_network_stand_in_a_line() {
        let row = |name, test_error| NetworkRow {
            name,
            train_error: 0.5,
            test_error: Some(test_error),
            validation_error: None,
            seconds: 1.0,
        };
        let runs = [
            vec![row("local", 1.2), row("backprop", 2.0)],
            vec![row("local", 1.6), row("backprop", 2.0)],
        ];
        assert_eq!(
            means(&runs),
            "network           train error         test error  seeds\n\
             local           0.50 ± 0.00 %      1.40 ± 0.28 %      2\n\
             backprop        0.50 ± 0.00 %      2.00 ± 0.00 %      2"
        );
    }

    #[test]
    fn finished_runs_are_not_written_over_to_go_on() {
        let seeds: Seeds = "0..4".parse().unwrap();
        assert_eq!(seeds.again(2, false), "the same command");
        assert_eq!(seeds.again(0, true), "the same command");
        assert_eq!(seeds.again(2, true), "the same command but --seeds 2,3");
    }

    #[test]
    fn the_first_failure_ends_it() {
        let mut asked = Vec::new();
        let outcome = Seeds(vec![4, 5, 6]).each(|seed| {
            asked.push(seed);
            Err(Failure {
                text: "stopped".into(),
                code: 1,
            })
        });
        assert_eq!(
            (outcome.unwrap_err().text.as_str(), asked),
            ("stopped", vec![4])
        );
    }
}

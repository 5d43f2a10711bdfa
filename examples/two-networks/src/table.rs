//! Many finished runs as one table: `paper.json`, and Markdown with means over the seeds.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use burn_runs::files::{FileError, read_json};
use burn_runs::table::{Outcome, flags_beside, shortest_command};
use image_runs::quoted;
use serde::Serialize;

use crate::report::RunResult;
use crate::settings::{Overrides, Settings, preset};

/// One network of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The name of the data set.
    pub dataset: String,
    /// `biological` or `backprop`.
    pub network: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the run was computed on.
    pub device: String,
    /// The command that repeats the run.
    pub command: String,
}

/// The networks of the run in `directory`.
///
/// # Errors
///
/// A [`FileError`] that names the file which cannot be used; also where the run was judged on
/// images held out of training, which belong in no table of test errors.
pub fn entries(directory: &Path) -> Result<Vec<Entry>, FileError> {
    let file = directory.join("result.json");
    let result: RunResult = read_json(&file)?;
    let config = directory.join("config.json");
    let settings = Settings::resolve(Some(&config), &Overrides::default())
        .map_err(|error| FileError::malformed(&config, error))?;
    let rows = result.rows().into_iter();
    let entries = rows.map(|row| {
        let test_error = row.test_error;
        let test_error =
            test_error.ok_or_else(|| FileError::malformed(&file, "the run has no test error"))?;
        Ok(Entry {
            dataset: result.dataset.clone(),
            network: row.name,
            outcome: Outcome {
                seed: result.seed,
                train_error: row.train_error,
                test_error,
                seconds: row.seconds,
            },
            device: result.device.clone(),
            command: command(&settings),
        })
    });
    entries.collect()
}

/// The shortest command for these settings.
fn command(settings: &Settings) -> String {
    let start = preset(settings.dataset.clone(), settings.preset);
    let dataset = quoted(settings.dataset.to_string().as_ref());
    let preset = settings.preset.name();
    let program = format!("two-networks --dataset {dataset} --preset {preset}");
    shortest_command(&program, &start, settings)
}

/// A Markdown table: for the runs of each data set and network that share all flags but the seed, the mean error, its
/// standard deviation over the seeds, and each seed.
pub fn markdown(entries: &[Entry]) -> String {
    let mut groups: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
    for entry in entries {
        let flags = flags_beside(&entry.command, &["dataset", "seed", "from-hidden", "only"]);
        // The biological network stands above the baseline.
        let key = (entry.dataset.as_str(), flags, Reverse(entry.network));
        groups.entry(key).or_default().push(&entry.outcome);
    }
    let heads = Outcome::HEADS;
    let mut text =
        format!("| data set | network | {heads} | flags |\n|---|---|---|---|---|---|---|\n");
    for ((dataset, flags, Reverse(network)), runs) in groups {
        let cells = Outcome::cells(runs);
        text += &format!("| {dataset} | {network} | {cells} | `{flags}` |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Preset;
    use image_runs::List;
    use image_sets::ImageSet;

    #[test]
    fn a_command_names_what_differs_from_the_preset() {
        let settings = Settings {
            seed: 3,
            learning_rates_readout: List(vec![0.01, 0.001]),
            unit_length: true,
            ..preset(ImageSet::Mnist, Preset::Paper)
        };
        assert_eq!(
            command(&settings),
            "two-networks --dataset mnist --preset paper --learning-rates-readout 0.01,0.001 \
             --seed 3 --unit-length true"
        );
    }

    #[test]
    fn seeds_are_gathered() {
        let entry = |preset, network, seed, test_error| Entry {
            dataset: "mnist".into(),
            network,
            outcome: Outcome {
                seed,
                train_error: 0.5,
                test_error,
                seconds: 90.0,
            },
            device: String::new(),
            command: format!("two-networks --dataset mnist --preset {preset} --seed {seed}"),
        };
        let entries = [
            entry("paper", "backprop", 0, 1.5),
            entry("paper", "biological", 1, 1.2),
            entry("quick", "biological", 0, 1.9),
            entry("paper", "biological", 0, 1.6),
        ];
        let table = markdown(&entries);
        let lines: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| mnist | biological | 0.50 ± 0.00 % | 1.40 ± 0.28 % | 1.60, 1.20 | 1.5 | `--preset paper` |",
                "| mnist | backprop | 0.50 ± 0.00 % | 1.50 ± 0.00 % | 1.50 | 1.5 | `--preset paper` |",
                "| mnist | biological | 0.50 ± 0.00 % | 1.90 ± 0.00 % | 1.90 | 1.5 | `--preset quick` |",
            ]
        );
    }
}

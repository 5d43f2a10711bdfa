//! Many finished runs as one table: `deep.json`, and Markdown with means over the seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use burn_runs::files::{FileError, read_json};
use burn_runs::table::{Outcome, flags_beside, shortest_command};
use image_runs::quoted;
use run_figures::FigureError;
use run_figures::means::{self, Series};
use serde::Serialize;

use crate::report::{BackpropResult, RunResult};
use crate::settings::{Overrides, Settings, preset};

/// One network of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The name of the data set.
    pub dataset: String,
    /// The local rule, `backprop`, or `fine-tuned`.
    pub learned_by: &'static str,
    /// How many training images had labels, or 0 where all had.
    pub labels: usize,
    /// The units of each block.
    pub units: Vec<usize>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the run was computed on.
    pub device: String,
    /// The command that repeats the run.
    pub command: String,
}

impl Entry {
    /// The flags that runs share which differ in nothing but the seed: also the run whose blocks they
    /// read is one of that seed.
    fn flags(&self) -> String {
        flags_beside(&self.command, &["dataset", "seed", "from-local"])
    }

    fn units(&self) -> String {
        let units: Vec<_> = self.units.iter().map(usize::to_string).collect();
        units.join("-")
    }
}

/// The networks of the run in `directory`: the one that learned locally, and those of backpropagation that
/// it has.
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
    let entry = |learned_by, train_error, test_error: Option<f64>, seconds| {
        let test_error =
            test_error.ok_or_else(|| FileError::malformed(&file, "the run has no test error"))?;
        Ok(Entry {
            dataset: result.dataset.clone(),
            learned_by,
            labels: result.labels,
            units: result.units.clone(),
            outcome: Outcome {
                seed: result.seed,
                train_error,
                test_error,
                seconds,
            },
            device: result.device.clone(),
            command: command(&settings),
        })
    };
    let local = &result.local;
    let local = entry(
        result.rule.name(),
        local.train_error,
        local.test_error,
        local.seconds(),
    );
    let trained = |learned_by, network: &Option<BackpropResult>| {
        let network = network.as_ref()?;
        let (train, test) = (network.train_error, network.test_error);
        Some(entry(learned_by, train, test, network.seconds))
    };
    let backprop = trained("backprop", &result.backprop);
    let fine_tuned = trained("fine-tuned", &result.fine_tuned);
    let all = [Some(local), backprop, fine_tuned];
    all.into_iter().flatten().collect()
}

/// The shortest command for these settings.
fn command(settings: &Settings) -> String {
    let start = preset(settings.dataset.clone(), settings.preset, settings.rule);
    let program = format!(
        "deep-local --dataset {} --preset {} --rule {}",
        quoted(settings.dataset.to_string().as_ref()),
        settings.preset.name(),
        settings.rule.name(),
    );
    shortest_command(&program, &start, settings)
}

/// A Markdown table: for the runs of each data set and rule that share all flags but the seed, the mean
/// error, its standard deviation over the seeds, and each seed.
pub fn markdown(entries: &[Entry]) -> String {
    let mut groups: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
    for entry in entries {
        // Backpropagation stands below all rules.
        let is_baseline = matches!(entry.learned_by, "backprop" | "fine-tuned");
        let key = (
            &entry.dataset,
            is_baseline,
            entry.learned_by,
            entry.units(),
            entry.flags(),
        );
        groups.entry(key).or_default().push(&entry.outcome);
    }
    let heads = Outcome::HEADS;
    let mut text = format!(
        "| data set | learned by | units | {heads} | flags |\n|---|---|---|---|---|---|---|---|\n"
    );
    for ((dataset, _, learned_by, units, flags), runs) in groups {
        let cells = Outcome::cells(runs);
        text += &format!("| {dataset} | {learned_by} | {units} | {cells} | `{flags}` |\n");
    }
    text
}

/// The test error over the number of labels, all of them last, with a line for each way to learn.
///
/// # Errors
///
/// A [`FigureError`] where the plotting library fails.
pub fn labels_svg(entries: &[Entry]) -> Result<String, FigureError> {
    let count = |entry: &Entry| match entry.labels {
        0 => usize::MAX,
        count => count,
    };
    let counts: BTreeSet<_> = entries.iter().map(count).collect();
    let ticks: Vec<_> = counts
        .iter()
        .map(|count| match count {
            &usize::MAX => "all".into(),
            count => count.to_string(),
        })
        .collect();
    let mut names: Vec<_> = entries.iter().map(|entry| entry.learned_by).collect();
    names.sort_by_key(|name| {
        ["fine-tuned", "backprop"]
            .iter()
            .position(|other| other == name)
    });
    names.dedup();
    let series = names.into_iter().map(|name| {
        let errors = |labels| {
            let entries = entries.iter();
            let same = entries.filter(|entry| entry.learned_by == name && count(entry) == labels);
            same.map(|entry| entry.outcome.test_error).collect()
        };
        Series {
            name: match name {
                "backprop" => "backpropagation from scratch".into(),
                "fine-tuned" => "backpropagation from the local filters".into(),
                rule => format!("readout of local filters ({rule})"),
            },
            values: counts.iter().map(|labels| errors(*labels)).collect(),
        }
    });
    let series: Vec<_> = series.collect();
    means::svg(("Labelled images", "Test error (%)"), &ticks, &series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule};
    use image_runs::{EarlierRun, List};
    use image_sets::ImageSet;

    fn settings(seed: u64, rule: Rule) -> Settings {
        Settings {
            seed,
            learning_rates: List(vec![0.1, 0.02]),
            from_local: EarlierRun(Some(format!("runs/soft-{seed}").into())),
            ..preset(ImageSet::Digits, Preset::Paper, rule)
        }
    }

    #[test]
    fn a_command_names_what_differs_from_the_preset_of_the_rule() {
        assert_eq!(
            command(&settings(3, Rule::Oja)),
            "deep-local --dataset digits --preset paper --rule oja --from-local runs/soft-3 --learning-rates 0.1,0.02 --seed 3"
        );
    }

    #[test]
    fn seeds_are_gathered_and_other_settings_are_not() {
        let entry = |learned_by, seed, rule, test_error| Entry {
            dataset: "digits".into(),
            learned_by,
            labels: 0,
            units: vec![48, 192],
            outcome: Outcome {
                seed,
                train_error: 0.5,
                test_error,
                seconds: 90.0,
            },
            device: String::new(),
            command: command(&settings(seed, rule)),
        };
        let mut wide = entry("soft", 0, Rule::Soft, 1.0);
        wide.command += " --width 2.0";
        wide.units = vec![96, 384];
        let entries = [
            entry("backprop", 0, Rule::Soft, 1.5),
            entry("soft", 12, Rule::Soft, 1.2),
            wide,
            entry("soft", 1, Rule::Soft, 1.6),
        ];
        let table = markdown(&entries);
        let lines: Vec<_> = table.lines().skip(2).collect();
        let flags = "--preset paper --rule soft --learning-rates 0.1,0.02";
        let errors = "0.50 ± 0.00 % | 1.40 ± 0.28 % | 1.60, 1.20 | 1.5";
        assert_eq!(lines.len(), 3);
        assert_eq!(
            lines[0],
            format!("| digits | soft | 48-192 | {errors} | `{flags}` |")
        );
        assert!(lines[1].contains("| 96-384 |") && lines[1].contains(" --width 2.0`"));
        assert!(lines[2].starts_with("| digits | backprop | 48-192 |"));
    }

    #[test]
    fn the_figure_has_a_line_for_each_way_to_learn() {
        let entry = |learned_by, labels, test_error| Entry {
            dataset: "digits".into(),
            learned_by,
            labels,
            units: vec![48, 192],
            outcome: Outcome {
                seed: 0,
                train_error: 0.5,
                test_error,
                seconds: 90.0,
            },
            device: String::new(),
            command: String::new(),
        };
        let svg = labels_svg(&[
            entry("fine-tuned", 0, 1.0),
            entry("backprop", 100, 30.0),
            entry("soft", 100, 20.0),
            entry("soft", 500, 9.0),
        ])
        .unwrap();
        let places = [
            "readout of local filters (soft)",
            "backpropagation from the local filters",
            "backpropagation from scratch",
        ];
        let places = places.map(|part| svg.find(part).expect(part));
        assert!(places.is_sorted());
        let ticks = [">100<", ">500<", ">all<"];
        let compact: String = svg.split_whitespace().collect();
        let ticks = ticks.map(|part| compact.find(part).expect(part));
        assert!(ticks.is_sorted(), "{svg}");
    }

    #[test]
    fn a_run_has_one_entry_for_each_network_with_a_test_error() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, value: serde_json::Value| {
            let file = directory.path().join(name);
            std::fs::write(file, value.to_string()).unwrap();
        };
        let config = settings(4, Rule::Soft);
        write("config.json", serde_json::to_value(config).unwrap());
        let mut result = serde_json::json!({
            "dataset": "digits", "backend": "flex", "device": "flex, a processor, 2 cores",
            "seed": 4, "preset": "paper", "rule": "soft", "units": [48, 192],
            "local": {
                "train_error": 0.5, "test_error": 2.5,
                "seconds_local": 3.0, "seconds_features": 1.0, "seconds_readout": 2.0,
            },
        });
        write("result.json", result.clone());
        let alone = entries(directory.path()).unwrap();
        assert_eq!(alone.len(), 1);
        assert_eq!(alone[0].outcome.seconds, 6.0);
        assert_eq!((alone[0].learned_by, alone[0].outcome.seed), ("soft", 4));

        let tuned = serde_json::json!({"train_error": 0.1, "test_error": 1.5, "seconds": 9.0});
        result["fine_tuned"] = tuned;
        result["labels"] = 100.into();
        write("result.json", result.clone());
        let both = entries(directory.path()).unwrap();
        assert_eq!((both[1].learned_by, both[1].labels), ("fine-tuned", 100));
        assert_eq!(both[1].outcome.test_error, 1.5);

        result["backprop"] = serde_json::json!({"train_error": 0.1, "seconds": 9.0});
        write("result.json", result);
        let error = entries(directory.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("result.json: the run has no test error"),
            "{error}"
        );
    }
}

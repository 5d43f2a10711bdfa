//! What tables of finished runs say of each: the command that repeats it, and means over the seeds.

use serde::Serialize;
use serde_json::{Map, Value};

/// The shortest command for `settings`, as a shell takes it: `program`, which begins with those in `start`, and a flag for
/// the seed and for whatever else differs.
///
/// ```
/// use burn_runs::table::shortest_command;
/// use serde_json::json;
///
/// let start = json!({"k": 2, "rates": [0.1], "rule": ["soft"], "seed": 0});
/// let settings = json!({"k": 2, "rates": [0.2, 0.1], "rule": ["soft", "oja"], "seed": 0});
/// let command = shortest_command("program", &start, &settings);
/// assert_eq!(command, "program --rates 0.2,0.1 --rule soft,oja --seed 0");
/// ```
///
/// # Panics
///
/// Panics if one of them is no structure of plain values and lists, or holds text with a zero byte.
pub fn shortest_command<S: Serialize>(program: &str, start: &S, settings: &S) -> String {
    let start = fields(start);
    let mut command = program.to_string();
    for (key, value) in fields(settings) {
        if key == "seed" || start[&key] != value {
            command += &format!(" --{} {}", key.replace('_', "-"), shell_text(&value));
        }
    }
    command
}

/// The flags of a `command` of which none begins with one of `left_out`: what runs share that differ in nothing else.
///
/// ```
/// use burn_runs::table::flags_beside;
///
/// let command = "program --dataset mnist --k 5 --seed 3";
/// assert_eq!(flags_beside(command, &["dataset", "seed"]), "--k 5");
/// ```
pub fn flags_beside(command: &str, left_out: &[&str]) -> String {
    let flags = command.split(" --").skip(1);
    let kept = flags.filter(|flag| {
        let name = flag.split(' ').next();
        !left_out.iter().any(|left_out| name == Some(left_out))
    });
    let kept: Vec<_> = kept.map(|flag| format!("--{flag}")).collect();
    kept.join(" ")
}

/// The value of a setting as its flag takes it: text without quotes, a list with commas.
pub fn flag_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(flag_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The same as a shell takes it.
fn shell_text(value: &Value) -> String {
    match value {
        // The commas need no quotes.
        Value::Array(values) if !values.is_empty() => {
            values.iter().map(shell_text).collect::<Vec<_>>().join(",")
        }
        value => shlex::try_quote(&flag_text(value))
            .expect("no setting holds a zero byte")
            .into_owned(),
    }
}

fn fields(settings: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => panic!("settings are a plain structure"),
    }
}

/// How one network of one run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The seed of the run.
    pub seed: u64,
    /// The error on the training images, in percent.
    pub train_error: f64,
    /// The error on the test images, in percent.
    pub test_error: f64,
    /// The time of all its trainings, in seconds.
    pub seconds: f64,
}

impl Outcome {
    /// The heads of the cells that [`cells`](Self::cells) makes.
    pub const HEADS: &str = "train error | test error | test error of each seed | minutes";

    /// The cells of a Markdown table for runs that differ in nothing but the seed: the mean errors with
    /// their standard deviations, the test error of each seed in order, and the mean time.
    pub fn cells(mut runs: Vec<&Self>) -> String {
        runs.sort_by_key(|run| run.seed);
        let column =
            |value: fn(&Self) -> f64| -> Vec<f64> { runs.iter().map(|run| value(run)).collect() };
        let test = column(|run| run.test_error);
        let each: Vec<_> = test.iter().map(|error| format!("{error:.2}")).collect();
        let (seconds, _) = mean_and_deviation(&column(|run| run.seconds));
        format!(
            "{} | {} | {} | {:.1}",
            spread(&column(|run| run.train_error)),
            spread(&test),
            each.join(", "),
            seconds / 60.0,
        )
    }
}

/// The mean of percentages and their standard deviation, that of a sample: `1.40 ± 0.28 %`.
pub fn spread(percentages: &[f64]) -> String {
    let (mean, deviation) = mean_and_deviation(percentages);
    format!("{mean:.2} ± {deviation:.2} %")
}

/// The mean and the standard deviation of a sample; that of a single value is 0.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_command_apart_as_it_was() {
        let start = serde_json::json!({"from": "", "halvings": [4], "seed": 0});
        let settings = serde_json::json!({"from": "my runs/a $1", "halvings": [], "seed": 1});
        let command = shortest_command("program", &start, &settings);
        let expected = [
            "program",
            "--from",
            "my runs/a $1",
            "--halvings",
            "",
            "--seed",
            "1",
        ];
        assert_eq!(shlex::split(&command).unwrap(), expected);
    }

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        assert_eq!(mean_and_deviation(&[1.0, 2.0, 3.0]), (2.0, 1.0));
        assert_eq!(mean_and_deviation(&[1.5]), (1.5, 0.0));
    }

    #[test]
    fn seeds_are_gathered_in_order() {
        let run = |seed, test_error| Outcome {
            seed,
            train_error: 0.5,
            test_error,
            seconds: 90.0,
        };
        assert_eq!(
            Outcome::cells(vec![&run(1, 1.2), &run(0, 1.6)]),
            "0.50 ± 0.00 % | 1.40 ± 0.28 % | 1.60, 1.20 | 1.5"
        );
    }
}

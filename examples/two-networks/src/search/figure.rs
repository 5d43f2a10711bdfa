//! Validation error against one key of the space: a line for each combination of the others, or for each of the best.

use std::collections::BTreeMap;
use std::path::Path;

use run_figures::means::{self, Series};
use serde_json::Value;

use super::log::Row;
use super::space::{Space, plain};
use crate::report::ReportError;
use burn_runs::files::write;

/// Draws the figure. Seeds are drawn as dots, and lines run through their means.
pub(super) fn draw(
    space: &Space,
    axis: &str,
    rows: &[Row],
    file: &Path,
) -> Result<(), ReportError> {
    let ticks: Vec<_> = space.grid[axis].iter().map(plain).collect();
    let series = series(space, axis, &ticks, rows);
    let labels = (&*axis.replace('_', " "), "Validation error (%)");
    let svg = means::svg(labels, &ticks, &series)?;
    write(file, svg.as_bytes())?;
    Ok(())
}

/// The errors at the places of a line, of each value of the key of which the best is shown.
type Candidates = Vec<BTreeMap<String, Vec<f64>>>;

/// The lines in the order of the grid, so that a network has the same colour in every figure.
fn series(space: &Space, axis: &str, ticks: &[String], rows: &[Row]) -> Vec<Series> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| row.number);
    let mut lines: Vec<(String, Candidates)> = Vec::new();
    for row in rows {
        let mut name = Vec::new();
        let mut place = None;
        let mut candidate = String::new();
        for ((key, values), value) in space.grid.iter().zip(&row.values) {
            if key == axis {
                place = ticks.iter().position(|tick| tick == value);
            } else if space.best.as_ref() == Some(key) {
                candidate.clone_from(value);
            } else if values.iter().all(Value::is_object) {
                name.push(value.clone());
            } else if key != "seed" {
                name.push(format!("{key} {value}"));
            }
        }
        let name = name.join(", ");
        let line = lines.iter().position(|(known, _)| *known == name);
        let line = line.unwrap_or_else(|| {
            lines.push((name, vec![BTreeMap::new(); ticks.len()]));
            lines.len() - 1
        });
        let place = place.expect("the row is one of this space");
        let errors = lines[line].1[place].entry(candidate).or_default();
        errors.push(row.outcome.validation_error);
    }
    let best = |errors: BTreeMap<_, Vec<f64>>| {
        let by_mean = |a: &Vec<f64>, b: &Vec<f64>| mean(a).total_cmp(&mean(b));
        let best = errors.into_values().min_by(by_mean).unwrap_or_default();
        // What diverged has no place on the axis.
        best.into_iter().filter(|error| error.is_finite()).collect()
    };
    let drawn = lines.into_iter().map(|(name, places)| Series {
        name,
        values: places.into_iter().map(best).collect(),
    });
    drawn.collect()
}

/// Infinite where one diverged.
fn mean(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if mean.is_finite() {
        mean
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::super::laboratory::Outcome;
    use super::*;
    use serde_json::json;

    fn row(number: usize, values: [&str; 3], validation_error: f64) -> Row {
        Row {
            number,
            values: values.map(String::from).to_vec(),
            outcome: Outcome {
                train_error: 0.0,
                validation_error,
                best_error: 0.0,
                best_epoch: 1,
                seconds: 0.0,
                units: None,
            },
        }
    }

    fn space(json: Value) -> Space {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn seeds_meet_in_one_place_of_a_line() {
        let rows = [
            row(0, ["2", "biological", "0"], 3.0),
            row(1, ["2", "biological", "1"], 5.0),
            row(2, ["4", "backprop", "0"], 7.0),
            row(3, ["4", "backprop", "1"], f64::NAN),
        ];
        let ticks = ["2".to_string(), "4".to_string()];
        let grid = json!({"k": [2, 4], "network": ["biological", "backprop"], "seed": [0, 1]});
        let space = space(json!({"about": "", "fixed": {}, "grid": grid, "axis": "k"}));
        let series = series(&space, "k", &ticks, &rows);
        assert_eq!(series[0].name, "network biological");
        assert_eq!(series[0].values, [vec![3.0, 5.0], vec![]]);
        assert_eq!(series[1].name, "network backprop");
        assert_eq!(series[1].values, [vec![], vec![7.0]]);
    }

    #[test]
    fn each_place_of_a_line_has_its_best_value() {
        let rows = [
            row(0, ["weak", "2", "digits"], 3.0),
            row(1, ["weak", "4", "digits"], 2.0),
            row(2, ["strong", "2", "digits"], 1.0),
            row(3, ["strong", "2", "digits"], 4.0),
            row(4, ["strong", "4", "digits"], 2.5),
            row(5, ["strong", "4", "digits"], f64::NAN),
            row(6, ["lucky", "4", "digits"], f64::NAN),
            row(7, ["lucky", "4", "digits"], 0.5),
        ];
        let grid = json!({"how": [{"name": "weak"}, {"name": "strong"}], "k": [2, 4], "what": [{"name": "digits"}]});
        let space = json!({"about": "", "fixed": {}, "grid": grid, "axis": "k", "best": "how"});
        let space = serde_json::from_value(space).unwrap();
        let series = series(&space, "k", &["2".into(), "4".into()], &rows);
        assert_eq!(series.len(), 1);
        assert_eq!(series[0].name, "digits");
        assert_eq!(series[0].values, [vec![1.0, 4.0], vec![2.0]]);
    }
}

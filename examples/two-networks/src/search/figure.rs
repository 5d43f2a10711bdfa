//! Validation error against one key of the space: a line for each combination of the others.

use std::collections::BTreeMap;
use std::path::Path;

use super::log::{Row, plain};
use super::space::Space;
use crate::report::{self, ReportError, Series};

/// Draws the figure. Seeds are drawn as dots, and lines run through their means.
pub(super) fn draw(
    space: &Space,
    axis: &str,
    rows: &[Row],
    file: &Path,
) -> Result<(), ReportError> {
    let keys: Vec<_> = space.grid.keys().map(String::as_str).collect();
    let ticks: Vec<_> = space.grid[axis].iter().map(plain).collect();
    report::draw_trials(axis, &ticks, &series(&keys, axis, &ticks, rows), file)
}

fn series(keys: &[&str], axis: &str, ticks: &[String], rows: &[Row]) -> Vec<Series> {
    let mut lines: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    for row in rows {
        let cells = keys.iter().zip(&row.values);
        let others = cells
            .clone()
            .filter(|(key, _)| **key != axis && **key != "seed");
        let name: Vec<_> = others
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        let (_, value) = cells
            .into_iter()
            .find(|(key, _)| **key == axis)
            .expect("the axis is a key of the grid");
        let place = ticks
            .iter()
            .position(|tick| tick == value)
            .expect("the row is one of this space");
        let line = lines
            .entry(name.join(", "))
            .or_insert_with(|| vec![Vec::new(); ticks.len()]);
        line[place].push(row.outcome.validation_error);
    }
    lines
        .into_iter()
        .map(|(name, errors)| Series { name, errors })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::laboratory::Outcome;
    use super::*;

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
            },
        }
    }

    #[test]
    fn seeds_meet_in_one_place_of_a_line() {
        let rows = [
            row(0, ["2", "biological", "0"], 3.0),
            row(1, ["2", "biological", "1"], 5.0),
            row(2, ["4", "backprop", "0"], 7.0),
        ];
        let ticks = ["2".to_string(), "4".to_string()];
        let series = series(&["k", "network", "seed"], "k", &ticks, &rows);
        assert_eq!(series[0].name, "network backprop");
        assert_eq!(series[0].errors, [vec![], vec![7.0]]);
        assert_eq!(series[1].errors, [vec![3.0, 5.0], vec![]]);
    }
}

//! Validation error against one key of the space: a line for each combination of the others.

use std::path::Path;

use run_figures::means::{self, Series};

use super::log::{Row, plain};
use super::space::Space;
use crate::report::ReportError;
use burn_runs::files::write;

/// Draws the figure. Seeds are drawn as dots, and lines run through their means.
pub(super) fn draw(
    space: &Space,
    axis: &str,
    rows: &[Row],
    file: &Path,
) -> Result<(), ReportError> {
    let keys: Vec<_> = space.grid.keys().map(String::as_str).collect();
    let ticks: Vec<_> = space.grid[axis].iter().map(plain).collect();
    let series = series(&keys, axis, &ticks, rows);
    let labels = (&*axis.replace('_', " "), "Validation error (%)");
    let svg = means::svg(labels, &ticks, &series)?;
    write(file, svg.as_bytes())?;
    Ok(())
}

/// The lines in the order of the grid, so that a network has the same colour in every figure.
fn series(keys: &[&str], axis: &str, ticks: &[String], rows: &[Row]) -> Vec<Series> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| row.number);
    let mut lines: Vec<Series> = Vec::new();
    for row in rows {
        let mut name = Vec::new();
        let mut place = None;
        for (key, value) in keys.iter().zip(&row.values) {
            if *key == axis {
                place = ticks.iter().position(|tick| tick == value);
            } else if *key != "seed" {
                name.push(format!("{key} {value}"));
            }
        }
        let name = name.join(", ");
        let line = lines.iter().position(|line| line.name == name);
        let line = line.unwrap_or_else(|| {
            let values = vec![Vec::new(); ticks.len()];
            lines.push(Series { name, values });
            lines.len() - 1
        });
        let place = place.expect("the row is one of this space");
        // What diverged has no place on the axis.
        if row.outcome.validation_error.is_finite() {
            lines[line].values[place].push(row.outcome.validation_error);
        }
    }
    lines
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
                units: None,
            },
        }
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
        let series = series(&["k", "network", "seed"], "k", &ticks, &rows);
        assert_eq!(series[0].name, "network biological");
        assert_eq!(series[0].values, [vec![3.0, 5.0], vec![]]);
        assert_eq!(series[1].name, "network backprop");
        assert_eq!(series[1].values, [vec![], vec![7.0]]);
    }
}

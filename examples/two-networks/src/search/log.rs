//! `trials.csv`: one row per trial, written whole after each.

use std::path::PathBuf;

use burn_runs::files::write_whole;

use super::SearchError;
use super::laboratory::{Outcome, Units};
use super::space::plain;
use super::trial::Trial;

/// The trials made so far.
pub(super) struct Log {
    path: PathBuf,
    keys: Vec<String>,
    pub rows: Vec<Row>,
}

/// One trial and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub number: usize,
    /// The values of the grid's keys, as they are written in the space.
    pub values: Vec<String>,
    pub outcome: Outcome,
}

const MEASURED: [&str; 7] = [
    "train_error",
    "validation_error",
    "best_validation_error",
    "best_epoch",
    "seconds",
    "converged",
    "dead_units",
];

const FOREIGN: &str = "a row is not one of this search";

impl Log {
    /// Opens the log of a search of the `trials` over `keys`, with what an earlier start of it left.
    pub fn open(path: PathBuf, keys: Vec<String>, trials: &[Trial]) -> Result<Self, SearchError> {
        let mut log = Self {
            path,
            keys,
            rows: Vec::new(),
        };
        if log.path.exists() {
            log.rows = log.read()?;
        }
        let is_known = |row: &Row| trials.iter().any(|trial| row.is_of(trial));
        match log.rows.iter().all(is_known) {
            true => Ok(log),
            false => Err(log.unusable(FOREIGN)),
        }
    }

    /// Whether the trial was made.
    pub fn holds(&self, trial: &Trial) -> bool {
        self.rows.iter().any(|row| row.number == trial.number)
    }

    /// Adds a row and writes the file.
    pub fn add(&mut self, row: Row) -> Result<(), SearchError> {
        self.rows.push(row);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = ["trial"]
            .into_iter()
            .chain(self.keys.iter().map(String::as_str));
        let written = writer.write_record(header.chain(MEASURED));
        let written = self.rows.iter().fold(written, |written, row| {
            written.and_then(|()| writer.write_record(row.record()))
        });
        written.map_err(|error| self.unusable(error))?;
        let bytes = writer.into_inner().map_err(|error| self.unusable(error))?;
        write_whole(&self.path, &bytes).map_err(|error| self.unusable(error))
    }

    fn read(&self) -> Result<Vec<Row>, SearchError> {
        let mut reader =
            csv::Reader::from_path(&self.path).map_err(|error| self.unusable(error))?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| self.unusable(error))?;
            let row = parse(&record, self.keys.len());
            rows.push(row.ok_or_else(|| self.unusable(FOREIGN))?);
        }
        Ok(rows)
    }

    fn unusable(&self, reason: impl ToString) -> SearchError {
        SearchError::File {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

impl Row {
    /// The row of a trial.
    pub fn new(trial: &Trial, outcome: Outcome) -> Self {
        Self {
            number: trial.number,
            values: trial.point.values().map(plain).collect(),
            outcome,
        }
    }

    /// Whether it is the row of `trial`.
    fn is_of(&self, trial: &Trial) -> bool {
        self.number == trial.number
            && trial
                .point
                .values()
                .map(plain)
                .eq(self.values.iter().cloned())
    }

    fn record(&self) -> Vec<String> {
        let Outcome {
            train_error,
            validation_error,
            best_error,
            best_epoch,
            seconds,
            units,
        } = self.outcome;
        let percent =
            |of: fn(Units) -> f64| units.map_or(String::new(), |units| format!("{:.1}", of(units)));
        let measured = [
            format!("{train_error:.3}"),
            format!("{validation_error:.3}"),
            format!("{best_error:.3}"),
            best_epoch.to_string(),
            format!("{seconds:.0}"),
            percent(|units| units.converged),
            percent(|units| units.dead),
        ];
        let number = std::iter::once(self.number.to_string());
        let values = self.values.iter().cloned();
        number.chain(values).chain(measured).collect()
    }

    /// The row as a line of JSON.
    pub fn line(&self) -> String {
        serde_json::to_string(&self.record()).expect("text is JSON")
    }

    /// The row in a [`line`](Self::line), of a trial with so many `keys`.
    pub fn of_line(line: &str, keys: usize) -> Option<Self> {
        let record: Vec<String> = serde_json::from_str(line).ok()?;
        parse(&record.into(), keys)
    }
}

fn parse(record: &csv::StringRecord, keys: usize) -> Option<Row> {
    let cell = |at: usize| record.get(at);
    let number = |at: usize| cell(keys + 1 + at)?.parse::<f64>().ok();
    Some(Row {
        number: cell(0)?.parse().ok()?,
        values: (1..=keys)
            .map(|at| cell(at).map(String::from))
            .collect::<Option<_>>()?,
        outcome: Outcome {
            train_error: number(0)?,
            validation_error: number(1)?,
            best_error: number(2)?,
            best_epoch: cell(keys + 4)?.parse().ok()?,
            seconds: number(4)?,
            // Rows of earlier versions end before them.
            units: number(5)
                .zip(number(6))
                .map(|(converged, dead)| Units { converged, dead }),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_from_its_line() {
        let row = Row {
            number: 7,
            values: vec!["[0.1,0.2]".into(), "a \"b\"".into()],
            outcome: Outcome {
                train_error: 0.125,
                validation_error: 2.5,
                best_error: 2.25,
                best_epoch: 9,
                seconds: 12.0,
                units: Some(Units {
                    converged: 97.5,
                    dead: 3.0,
                }),
            },
        };
        let line = row.line();
        assert!(!line.contains('\n'));
        assert_eq!(Row::of_line(&line, 2), Some(row.clone()));
        let diverged = Row {
            outcome: Outcome::diverged(3.0),
            ..row
        };
        let back = Row::of_line(&diverged.line(), 2).unwrap();
        assert!(back.outcome.validation_error.is_nan() && back.outcome.units.is_none());
        let earlier = r#"["1","a","b","0.1","0.2","0.2","3","9"]"#;
        assert_eq!(Row::of_line(earlier, 2).unwrap().outcome.units, None);
        for line in ["", "[]", r#"["7"]"#, "warning"] {
            assert_eq!(Row::of_line(line, 2), None);
        }
    }
}

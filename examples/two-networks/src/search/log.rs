//! `trials.csv`: one row per trial, written whole after each.

use std::path::PathBuf;

use burn_runs::files::write_whole;

use super::SearchError;
use super::laboratory::Outcome;
use super::trial::Trial;

/// The trials made so far.
pub(super) struct Log {
    path: PathBuf,
    keys: Vec<String>,
    pub rows: Vec<Row>,
}

/// One trial and its outcome.
pub(super) struct Row {
    pub number: usize,
    /// The values of the grid's keys, as they are written in the space.
    pub values: Vec<String>,
    pub outcome: Outcome,
}

const MEASURED: [&str; 5] = [
    "train_error",
    "validation_error",
    "best_validation_error",
    "best_epoch",
    "seconds",
];

impl Log {
    /// Opens the log of a search over `keys`, with what an earlier start of it left.
    pub fn open(path: PathBuf, keys: Vec<String>) -> Result<Self, SearchError> {
        let mut log = Self {
            path,
            keys,
            rows: Vec::new(),
        };
        if log.path.exists() {
            log.rows = log.read()?;
        }
        Ok(log)
    }

    /// Whether the trial was made.
    pub fn holds(&self, trial: &Trial) -> bool {
        self.rows.iter().any(|row| row.number == trial.number)
    }

    /// Adds a row and writes the file.
    pub fn add(&mut self, trial: &Trial, outcome: Outcome) -> Result<(), SearchError> {
        self.rows.push(Row {
            number: trial.number,
            values: trial.point.values().map(plain).collect(),
            outcome,
        });
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = ["trial"]
            .into_iter()
            .chain(self.keys.iter().map(String::as_str));
        let written = writer.write_record(header.chain(MEASURED));
        let written = self.rows.iter().fold(written, |written, row| {
            let Outcome {
                train_error,
                validation_error,
                best_error,
                best_epoch,
                seconds,
            } = row.outcome;
            let measured = [
                format!("{train_error:.3}"),
                format!("{validation_error:.3}"),
                format!("{best_error:.3}"),
                best_epoch.to_string(),
                format!("{seconds:.0}"),
            ];
            let number = [row.number.to_string()];
            let record = number.iter().chain(&row.values).chain(&measured);
            written.and_then(|()| writer.write_record(record))
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
            rows.push(row.ok_or_else(|| self.unusable("a row is not one of this search"))?);
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

/// A value of the grid as one cell.
pub(super) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
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
        },
    })
}

//! The values of metrics epoch by epoch, gathered from Burn's events.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use burn::data::dataset::DatasetError;
use burn::train::Interrupter;
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The value of one metric at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The training.
    pub stage: String,
    /// The epoch, from 1 on.
    pub epoch: usize,
    /// `train`, or what the run calls the data that Burn validates on.
    pub split: String,
    /// The name of the metric, as Burn has it.
    pub metric: String,
    /// Its value over the whole split.
    pub value: f64,
}

impl Row {
    /// Whether both are of the same pass over the data: rows of one pass follow each other.
    pub fn is_beside(&self, other: &Self) -> bool {
        (&self.stage, self.epoch, &self.split) == (&other.stage, other.epoch, &other.split)
    }
}

/// The bytes of a CSV file of `rows`, with a header. Unlike JSON as it is read here, CSV gives back each
/// bit of a float.
///
/// # Panics
///
/// Panics if a row is not a structure of plain values.
pub fn to_csv(rows: &[impl Serialize]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row is plain values");
    }
    writer.into_inner().expect("memory can be written")
}

/// The rows in the bytes of a CSV file.
///
/// # Errors
///
/// What the parser says of bytes that are no such rows.
pub fn from_csv<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_reader(bytes).deserialize().collect()
}

/// What is told of rows as they come.
type Observer = dyn Fn(&[Row]) + Send + Sync;

/// The rows of all trainings of a run.
#[derive(Clone, Default)]
pub struct Rows {
    rows: Arc<Mutex<Vec<Row>>>,
    observers: Vec<Arc<Observer>>,
}

impl Rows {
    /// The same, of which `observer` is also told as they come: those of a pass at its end, and in a run that is gone on
    /// with first those of its checkpoint. Training waits for it.
    pub fn observed_by(mut self, observer: impl Fn(&[Row]) + Send + Sync + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().expect("no holder of the lock panics")
    }

    pub(crate) fn extend(&self, rows: Vec<Row>) {
        for observer in &self.observers {
            observer(&rows);
        }
        self.lock().extend(rows);
    }

    pub(crate) fn of_stage(&self, stage: &str) -> Vec<Row> {
        let rows = self.lock();
        rows.iter()
            .filter(|row| row.stage == stage)
            .cloned()
            .collect()
    }

    /// Takes the rows out.
    pub fn take(&self) -> Vec<Row> {
        std::mem::take(&mut self.lock())
    }
}

/// Burn's metric logger that keeps the last value of each metric and turns them into rows at the end
/// of a split.
pub(crate) struct EpochLog {
    stage: &'static str,
    valid_split: &'static str,
    names: HashMap<MetricId, String>,
    values: BTreeMap<String, f64>,
    /// The steps of the split so far.
    steps: usize,
    rows: Rows,
    interrupter: Interrupter,
}

/// A loss that is no number: what follows would be none either.
#[derive(Debug, thiserror::Error)]
#[error(
    "epoch {epoch}, step {step}: the loss on the {split} examples is {loss}; lower the learning rate"
)]
struct LossError {
    epoch: usize,
    step: usize,
    split: &'static str,
    loss: f64,
}

impl EpochLog {
    /// A log of one training, which stops it through `interrupter` where a loss is not finite. What
    /// Burn validates on is called `valid_split` in the rows.
    pub fn new(
        stage: &'static str,
        valid_split: &'static str,
        rows: Rows,
        interrupter: Interrupter,
    ) -> Self {
        Self {
            stage,
            valid_split,
            names: HashMap::new(),
            values: BTreeMap::new(),
            steps: 0,
            rows,
            interrupter,
        }
    }

    fn name(&self, split: &Split) -> &'static str {
        match split {
            Split::Valid => self.valid_split,
            _ => "train",
        }
    }
}

impl MetricLogger for EpochLog {
    fn log(&mut self, update: MetricsUpdate, epoch: usize, split: &Split) {
        self.steps += 1;
        for metric in update.entries_numeric {
            let value = metric.running_entry.or(metric.numeric_entry);
            if let (Some(value), Some(name)) = (value, self.names.get(&metric.entry.metric_id)) {
                self.values.insert(name.clone(), value.current());
            }
        }
        if let Some(&loss) = self.values.get("Loss")
            && !loss.is_finite()
        {
            self.interrupter.fail(DatasetError::new(LossError {
                epoch,
                step: self.steps,
                split: self.name(split),
                loss,
            }));
        }
    }

    // Nothing of ours asks for past values, but the answer is waited for: see `Recorder`.
    fn read_numeric(
        &mut self,
        _name: &str,
        _epoch: usize,
        _split: &Split,
    ) -> Result<Vec<NumericEntry>, String> {
        Ok(vec![])
    }

    fn log_metric_definition(&mut self, definition: MetricDefinition) {
        let name = definition.name.to_string();
        self.names.insert(definition.metric_id, name);
    }

    fn log_epoch_summary(&mut self, summary: EpochSummary) {
        self.steps = 0;
        let split = self.name(&summary.split);
        let values = std::mem::take(&mut self.values).into_iter();
        let rows = values.map(|(metric, value)| Row {
            stage: self.stage.to_string(),
            epoch: summary.epoch_number,
            split: split.to_string(),
            metric,
            value,
        });
        self.rows.extend(rows.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(metric: &str, value: f64) -> Row {
        Row {
            stage: "first".into(),
            epoch: 3,
            split: "train".into(),
            metric: metric.into(),
            value,
        }
    }

    #[test]
    fn an_observer_is_told_of_each_row_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let noted = told.clone();
        let rows = Rows::default();
        let rows = rows.observed_by(move |rows| noted.lock().unwrap().push(rows.to_vec()));
        let passes = [vec![row("Loss", 0.5)], vec![row("Loss", 0.25)]];
        for pass in passes.clone() {
            rows.clone().extend(pass);
        }
        assert_eq!(*told.lock().unwrap(), passes);
        assert_eq!(rows.take(), passes.concat());
    }

    #[test]
    fn rows_come_back_from_csv_to_the_bit() {
        let rows = [row("Loss", 0.1 + 0.2), row("a, \"b\"", -1e-300)];
        let bytes = to_csv(&rows);
        assert!(bytes.starts_with(b"stage,epoch,split,metric,value\nfirst,3,train,Loss,0.3"));
        assert_eq!(from_csv::<Row>(&bytes).unwrap(), rows);
        assert!(from_csv::<Row>(b"stage,epoch\nfirst,three\n").is_err());
    }
}

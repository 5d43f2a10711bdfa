//! Epoch by epoch numbers, gathered from Burn's metrics for `metrics.csv`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use burn::data::dataset::DatasetError;
use burn::train::Interrupter;
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry};

use crate::report::MetricsRow;

/// The rows of all trainings of a run.
#[derive(Clone, Debug, Default)]
pub struct Rows(Arc<Mutex<Vec<MetricsRow>>>);

impl Rows {
    fn push(&self, row: MetricsRow) {
        self.lock().push(row);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<MetricsRow>> {
        self.0.lock().expect("no holder of the lock panics")
    }

    /// Adds the rows of a checkpoint.
    pub fn extend(&self, rows: Vec<MetricsRow>) {
        self.lock().extend(rows);
    }

    /// The rows of one stage so far.
    pub fn of_stage(&self, stage: &str) -> Vec<MetricsRow> {
        let rows = self.lock();
        rows.iter()
            .filter(|row| row.stage == stage)
            .cloned()
            .collect()
    }

    /// Takes the rows out.
    pub fn take(&self) -> Vec<MetricsRow> {
        std::mem::take(&mut self.lock())
    }
}

/// Burn's metric logger that keeps the last value of each metric and turns it into a row at the
/// end of a split.
pub struct EpochLog {
    network: &'static str,
    stage: &'static str,
    judge_split: &'static str,
    names: HashMap<MetricId, String>,
    values: HashMap<String, f64>,
    /// The steps of the split so far.
    steps: usize,
    rows: Rows,
    interrupter: Interrupter,
}

/// A loss that is no number: what follows would be none either.
#[derive(Debug, thiserror::Error)]
#[error(
    "epoch {epoch}, step {step}: the loss on the {split} images is {loss}; lower the learning rate"
)]
struct LossError {
    epoch: usize,
    step: usize,
    split: &'static str,
    loss: f64,
}

impl EpochLog {
    /// A log of one training, which stops it through `interrupter` where a loss is not finite. What
    /// Burn validates on is called `judge_split` in the rows.
    pub fn new(
        network: &'static str,
        stage: &'static str,
        judge_split: &'static str,
        rows: Rows,
        interrupter: Interrupter,
    ) -> Self {
        Self {
            network,
            stage,
            judge_split,
            names: HashMap::new(),
            values: HashMap::new(),
            steps: 0,
            rows,
            interrupter,
        }
    }
}

impl EpochLog {
    fn name(&self, split: &Split) -> &'static str {
        match split {
            Split::Valid => self.judge_split,
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
        let mut value = |name: &str| self.values.remove(name).map(rounded);
        let converged = value("Converged Units");
        let error = value("Accuracy").map(|accuracy| rounded(100.0 - accuracy));
        let loss = value("Loss");
        self.values.clear();
        self.steps = 0;
        let split = match converged {
            // The state of the synapses comes from Burn's validation step, yet belongs to no split
            // but the one they learn from.
            Some(_) => "train",
            None => self.name(&summary.split),
        };
        if converged.is_some() || error.is_some() {
            self.rows.push(MetricsRow {
                network: self.network.into(),
                stage: self.stage.into(),
                epoch: summary.epoch_number,
                split: split.into(),
                error,
                loss,
                converged,
            });
        }
    }
}

/// Six decimals are more than 60,000 images resolve, and fewer than sums of shares get wrong.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

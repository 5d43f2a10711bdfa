//! The rows of `metrics.csv`, from the values of Burn's metrics.

use burn_runs::metrics::Row;

use crate::report::MetricsRow;

/// The rows of a run, where an epoch of `stage` was taken in `parts(stage)`.
pub(crate) fn metrics_rows(rows: &[Row], parts: impl Fn(&str) -> usize) -> Vec<MetricsRow> {
    let rows = rows.iter().map(|row| {
        let (metric, value) = match row.metric.as_str() {
            "Accuracy" => ("Error", 100.0 - row.value),
            metric => (metric, row.value),
        };
        // The state of the synapses comes from Burn's validation step, yet belongs to no split but the
        // one they learn from.
        let split = if metric.starts_with("Mean Norm") {
            "train"
        } else {
            &row.split
        };
        MetricsRow {
            stage: row.stage.clone(),
            epoch: rounded(row.epoch as f64 / parts(&row.stage) as f64),
            split: split.to_string(),
            metric: metric.to_string(),
            value: rounded(value),
        }
    });
    rows.collect()
}

/// Six decimals are more than 60,000 images resolve, and fewer than sums of shares get wrong.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_runs::metrics::to_csv;

    #[test]
    fn parts_become_fractions_of_epochs_and_accuracies_errors() {
        let row = |stage: &str, split: &str, metric: &str, value| Row {
            stage: stage.into(),
            epoch: 3,
            split: split.into(),
            metric: metric.into(),
            value,
        };
        let rows = [
            row("local", "train", "Dead Units (block 1)", 1.0),
            row("local", "test", "Mean Norm (block 1)", 12.345_678_9),
            row("readout", "test", "Accuracy", 98.0),
        ];
        let parts = |stage: &str| if stage == "local" { 20 } else { 1 };
        let text = String::from_utf8(to_csv(&metrics_rows(&rows, parts))).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let expected = [
            "stage,epoch,split,metric,value",
            "local,0.15,train,Dead Units (block 1),1.0",
            "local,0.15,train,Mean Norm (block 1),12.345679",
            "readout,3.0,test,Error,2.0",
        ];
        assert_eq!(lines, expected);
    }
}

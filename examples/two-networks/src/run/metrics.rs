//! The rows of `metrics.csv`, from the values of Burn's metrics.

use burn_runs::metrics::Row;

use crate::report::MetricsRow;

/// One row for each pass over the data that tells an error or how many units have converged.
pub(crate) fn metrics_rows(rows: &[Row]) -> Vec<MetricsRow> {
    let passes = rows.chunk_by(Row::is_beside);
    passes.filter_map(metrics_row).collect()
}

fn metrics_row(values: &[Row]) -> Option<MetricsRow> {
    let pass = values.first()?;
    let value = |metric: &str| {
        let row = values.iter().find(|row| row.metric == metric);
        row.map(|row| rounded(row.value))
    };
    let converged = value("Converged Units");
    let error = value("Accuracy").map(|accuracy| rounded(100.0 - accuracy));
    // The state of the synapses comes from Burn's validation step, yet belongs to no split but the
    // one they learn from.
    let split = converged.map_or(pass.split.as_str(), |_| "train");
    let network = if pass.stage == "backprop" {
        "backprop"
    } else {
        "hebbian"
    };
    (converged.is_some() || error.is_some()).then(|| MetricsRow {
        network: network.into(),
        stage: pass.stage.clone().into(),
        epoch: pass.epoch,
        split: split.to_string().into(),
        error,
        loss: value("Loss"),
        converged,
    })
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
    fn passes_become_rows_with_errors_and_converged_units() {
        let row = |stage: &str, split: &str, metric: &str, value| Row {
            stage: stage.into(),
            epoch: 3,
            split: split.into(),
            metric: metric.into(),
            value,
        };
        let rows = [
            row("hebbian", "train", "Dead Units", 1.0),
            row("hebbian", "test", "Converged Units", 12.345_678_9),
            row("hebbian", "test", "Mean Norm", 1.0),
            row("readout", "train", "Accuracy", 99.1),
            row("readout", "train", "Loss", 0.25),
            row("readout", "test", "Accuracy", 98.0),
            row("backprop", "test", "Accuracy", 97.0),
        ];
        let text = String::from_utf8(to_csv(&metrics_rows(&rows))).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let expected = [
            "network,stage,epoch,split,error,loss,converged",
            "hebbian,hebbian,3,train,,,12.345679",
            "hebbian,readout,3,train,0.9,0.25,",
            "hebbian,readout,3,test,2.0,,",
            "backprop,backprop,3,test,3.0,,",
        ];
        assert_eq!(lines, expected);
    }
}

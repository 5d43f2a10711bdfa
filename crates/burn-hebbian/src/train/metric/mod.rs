//! Metrics of local learning.

mod norms;
mod wins;

pub use norms::{ConvergedUnitsMetric, MeanNormMetric, NormsInput};
pub use wins::{DeadUnitsMetric, WinnersInput, WinsPerUnitMetric};

use burn::train::metric::{NumericAttributes, NumericEntry, SerializedEntry, format_float};

/// The entry of a metric that holds one value per epoch, which later updates refine.
fn entry(value: f64, unit: &str) -> SerializedEntry {
    let formatted = format!("{} {unit}", format_float(value, 2));
    SerializedEntry::new(
        formatted.trim_end().to_string(),
        NumericEntry::Value(value).serialize(),
    )
}

fn attributes(unit: Option<&str>, higher_is_better: bool) -> NumericAttributes {
    NumericAttributes {
        unit: unit.map(str::to_string),
        higher_is_better,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use burn::data::dataloader::Progress;
    use burn::train::metric::MetricMetadata;

    pub fn metadata() -> MetricMetadata {
        MetricMetadata {
            progress: Progress::new(1, 1, None),
            iteration: None,
            lr: None,
        }
    }
}

//! Metrics of local learning.
//!
//! Each is of one layer. In a model with several, name them: Burn takes two metrics of one name for
//! the same one.

mod norms;
mod wins;

pub use norms::{ConvergedUnitsMetric, MeanNormMetric, NormsInput};
pub use wins::{DeadUnitsMetric, WinnersInput, WinsPerUnitMetric};

use std::sync::Arc;

use burn::train::metric::{
    MetricName, NumericAttributes, NumericEntry, SerializedEntry, format_float,
};

/// The entry of a metric that holds one value per epoch, which later updates refine.
fn entry(value: f64, unit: &str) -> SerializedEntry {
    let formatted = format!("{} {unit}", format_float(value, 2));
    SerializedEntry::new(
        formatted.trim_end().to_string(),
        NumericEntry::Value(value).serialize(),
    )
}

/// The layer that a metric is of, and what the metric is called.
#[derive(Clone, Debug)]
struct Subject {
    layer: usize,
    name: MetricName,
}

impl Subject {
    /// The first layer.
    fn new(metric: &str) -> Self {
        Self {
            layer: 0,
            name: Arc::new(metric.to_string()),
        }
    }

    /// The layer of this place in the input, called `name`.
    fn of_layer(&self, layer: usize, name: &str) -> Self {
        Self {
            layer,
            name: Arc::new(format!("{} ({name})", self.name)),
        }
    }

    /// The layer among those of an input.
    ///
    /// # Panics
    ///
    /// Panics if the input has fewer layers.
    fn choose<'a, T>(&self, layers: &'a [T]) -> &'a T {
        let count = layers.len();
        layers.get(self.layer).unwrap_or_else(|| {
            panic!(
                "{}: the step gave {count} layers, of which none has the place {}",
                self.name, self.layer
            )
        })
    }
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

//! What a classifier is trained for: the cross-entropy or the power loss.

use burn::config::Config;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Int, Tensor};

use super::{PowerLoss, PowerLossConfig};
use crate::SettingError;

/// Settings of an [`Objective`].
#[derive(Config, Debug, PartialEq)]
pub enum ObjectiveConfig {
    /// The cross-entropy of the softmax of the outputs.
    CrossEntropy,
    /// The loss `|tanh(beta z) - t|^m` of Krotov & Hopfield.
    Power(PowerLossConfig),
}

impl ObjectiveConfig {
    /// Checks the settings and makes the objective.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of the power loss out of range.
    pub fn init(&self) -> Result<Objective, SettingError> {
        Ok(match self {
            Self::CrossEntropy => Objective::CrossEntropy,
            Self::Power(config) => Objective::Power(config.init()?),
        })
    }
}

/// A loss between the outputs of a classifier and the right classes.
#[derive(Clone, Debug, PartialEq)]
pub enum Objective {
    /// The cross-entropy of the softmax of the outputs.
    CrossEntropy,
    /// The loss `|tanh(beta z) - t|^m` of Krotov & Hopfield.
    Power(PowerLoss),
}

impl Objective {
    /// The loss of a batch, `[1]`, the mean over its examples.
    ///
    /// # Shapes
    ///
    /// - outputs: `[batch, classes]`
    /// - labels: `[batch]`
    pub fn forward(&self, outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        match self {
            Self::CrossEntropy => CrossEntropyLossConfig::new()
                .init(&outputs.device())
                .forward(outputs, labels),
            Self::Power(loss) => loss.forward(outputs, labels),
        }
    }

    /// Judges the outputs of a batch, for the loss and for Burn's classification metrics.
    ///
    /// # Shapes
    ///
    /// As of [`forward`](Self::forward).
    #[cfg(feature = "train")]
    pub fn judge(
        &self,
        outputs: Tensor<2>,
        labels: Tensor<1, Int>,
    ) -> burn::train::ClassificationOutput {
        let loss = self.forward(outputs.clone(), labels.clone());
        burn::train::ClassificationOutput::new(loss, outputs, labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn both_objectives_prefer_the_right_answer() {
        let device = Device::default();
        let labels = || Tensor::from_data([1], &device);
        let outputs = |right: f32| Tensor::from_data([[0.0, right]], &device);
        for config in [
            ObjectiveConfig::CrossEntropy,
            ObjectiveConfig::Power(PowerLossConfig::new()),
        ] {
            let objective = config.init().unwrap();
            let loss = |right| {
                let loss = objective.forward(outputs(right), labels());
                loss.into_scalar::<f32>()
            };
            assert!(loss(2.0) < loss(-2.0));
        }
        let even = Objective::CrossEntropy.forward(outputs(0.0), labels());
        assert!((even.into_scalar::<f64>() - 2f64.ln()).abs() < 1e-6);
    }
}

//! What a classifier is trained on: labelled batches and a loss.

use burn::config::Config;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Int, Tensor};
use burn::train::ClassificationOutput;
use burn_hebbian::{PowerLoss, PowerLossConfig, SettingError};

/// A batch of examples and their classes.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The examples, `[batch, visible]`.
    pub inputs: Tensor<2>,
    /// The index of the right class of each, `[batch]`.
    pub labels: Tensor<1, Int>,
}

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
    /// Judges the outputs of a batch, for the loss and for Burn's classification metrics.
    ///
    /// # Shapes
    ///
    /// - outputs: `[batch, classes]`
    /// - labels: `[batch]`
    pub fn judge(&self, outputs: Tensor<2>, labels: Tensor<1, Int>) -> ClassificationOutput {
        let loss = match self {
            Self::CrossEntropy => CrossEntropyLossConfig::new()
                .init(&outputs.device())
                .forward(outputs.clone(), labels.clone()),
            Self::Power(loss) => loss.forward(outputs.clone(), labels.clone()),
        };
        ClassificationOutput::new(loss, outputs, labels)
    }
}

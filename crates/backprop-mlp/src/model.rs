//! `z = S ReLU(U v + b) + c`: the two-layer perceptron.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use burn_hebbian::train::Labelled;
use burn_hebbian::{Objective, ObjectiveConfig, SettingError};

/// Settings of a [`BackpropMlp`].
#[derive(Config, Debug)]
pub struct BackpropMlpConfig {
    /// The number of visible units: the size of an input.
    pub visible: usize,
    /// The number of hidden units. The paper uses 2000.
    pub hidden: usize,
    /// The number of classes.
    pub classes: usize,
    /// The objective. Defaults to the cross-entropy.
    #[config(default = "ObjectiveConfig::CrossEntropy")]
    pub objective: ObjectiveConfig,
}

impl BackpropMlpConfig {
    /// Checks the settings and makes the network, with Burn's default start of linear layers.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for a size of 0 or a setting of the objective out of range.
    pub fn init(&self, device: &Device) -> Result<BackpropMlp, SettingError> {
        for (field, size) in [
            ("visible", self.visible),
            ("hidden", self.hidden),
            ("classes", self.classes),
        ] {
            if size == 0 {
                return Err(SettingError::new(field, size, "at least 1"));
            }
        }
        Ok(BackpropMlp {
            hidden: LinearConfig::new(self.visible, self.hidden).init(device),
            readout: LinearConfig::new(self.hidden, self.classes).init(device),
            objective: self.objective.init()?,
        })
    }
}

/// The two-layer perceptron with ReLU. Made by [`BackpropMlpConfig`].
#[derive(Module, Debug)]
pub struct BackpropMlp {
    /// From the visible to the hidden units; its weight is `[visible, hidden]`.
    pub hidden: Linear,
    /// From the hidden units to the classes; its weight is `[hidden, classes]`.
    pub readout: Linear,
    #[module(skip)]
    objective: Objective,
}

impl BackpropMlp {
    /// Applies the forward pass.
    ///
    /// # Shapes
    ///
    /// - inputs: `[batch, visible]`
    /// - output: `[batch, classes]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `inputs` is not `visible`.
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.readout.forward(relu(self.hidden.forward(inputs)))
    }

    fn classify(&self, batch: Labelled) -> ClassificationOutput {
        let outputs = self.forward(batch.inputs);
        self.objective.judge(outputs, batch.labels)
    }
}

impl TrainStep for BackpropMlp {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for BackpropMlp {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_hebbian::PowerLossConfig;

    #[test]
    fn shapes_follow_the_settings() {
        let device = Device::default();
        let model = BackpropMlpConfig::new(5, 7, 3).init(&device).unwrap();
        assert_eq!(model.forward(Tensor::zeros([2, 5], &device)).dims(), [2, 3]);
        assert_eq!(model.num_params(), 5 * 7 + 7 + 7 * 3 + 3);
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let field =
            |config: BackpropMlpConfig| config.init(&Device::default()).unwrap_err().field();
        assert_eq!(field(BackpropMlpConfig::new(0, 1, 1)), "visible");
        assert_eq!(field(BackpropMlpConfig::new(1, 0, 1)), "hidden");
        assert_eq!(field(BackpropMlpConfig::new(1, 1, 0)), "classes");
        let power = ObjectiveConfig::Power(PowerLossConfig::new().with_beta(-1.0));
        assert_eq!(
            field(BackpropMlpConfig::new(1, 1, 1).with_objective(power)),
            "beta"
        );
    }
}

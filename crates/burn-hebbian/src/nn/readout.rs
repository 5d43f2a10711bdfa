//! `z = S h`: a readout of features that are computed once, for the hidden layer is finished.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::plastic::in_context_of;
use super::{Objective, ObjectiveConfig};
use crate::SettingError;
use crate::error::{require, require_number};

/// Settings of a [`Readout`].
#[derive(Config, Debug)]
pub struct ReadoutConfig {
    /// The number of hidden units: the size of a row of features.
    pub hidden: usize,
    /// The number of classes.
    pub classes: usize,
    /// The objective. Defaults to the cross-entropy.
    #[config(default = "ObjectiveConfig::CrossEntropy")]
    pub objective: ObjectiveConfig,
    /// The strength lambda of the penalty `lambda sum S^2` on the weights, at least 0. Not in the paper. Defaults to 0.
    #[config(default = 0.0)]
    pub penalty: f64,
}

impl ReadoutConfig {
    /// Checks the settings and makes the readout, with Burn's default start of linear layers.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for a size of 0, a penalty below 0 or not finite, or a setting of the objective
    /// out of range.
    pub fn init(&self, device: &Device) -> Result<Readout, SettingError> {
        require(self.hidden > 0, "hidden", self.hidden, "at least 1")?;
        require(self.classes > 0, "classes", self.classes, "at least 1")?;
        require_number(self.penalty >= 0.0, "penalty", self.penalty, "at least 0")?;
        Ok(Readout {
            linear: LinearConfig::new(self.hidden, self.classes)
                .with_bias(false)
                .init(device),
            objective: self.objective.init()?,
            penalty: self.penalty,
        })
    }
}

/// The classifier on top of a layer that learned locally, without a bias as in Krotov & Hopfield,
/// PNAS 116 (2019) 7723.
///
/// With the synapses finished, the features of all examples are constant: compute them once, divide
/// them by their [sizes](super::FeatureScale::sizes), and train this alone. With the feature `train`
/// it is a model for `SupervisedTraining`. Made by [`ReadoutConfig`].
#[derive(Module, Debug)]
pub struct Readout {
    linear: Linear,
    #[module(skip)]
    pub(crate) objective: Objective,
    #[module(skip)]
    penalty: f64,
}

impl Readout {
    /// The outputs z of the classes.
    ///
    /// # Shapes
    ///
    /// - features: `[batch, hidden]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        self.linear.forward(features)
    }

    /// `lambda sum S^2`, `[1]`, which training adds to the loss; none where lambda is 0.
    pub fn penalty(&self) -> Option<Tensor<1>> {
        let weight = || self.linear.weight.val();
        (self.penalty > 0.0).then(|| weight().square().sum() * self.penalty)
    }

    /// The readout for features that are `sizes`, `[1, hidden]`, times those it was trained on: the
    /// factors go into its weights, which require gradients.
    pub fn into_linear(self, sizes: Tensor<2>) -> Linear {
        // A quotient on the autodiff graph would be no leaf, and no optimizer changes another.
        let sizes = sizes.without_autodiff().transpose();
        let weight = self.linear.weight.map(|weight| {
            let rescaled = weight.clone().without_autodiff() / sizes;
            in_context_of(&weight, rescaled)
        });
        Linear {
            weight: weight.set_require_grad(true),
            ..self.linear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::values;
    use burn::optim::{AdamConfig, GradientsParams};
    use burn::tensor::Tolerance;

    #[test]
    fn a_rescaled_readout_gives_the_same_outputs_on_rescaled_features() {
        let device = Device::default();
        let readout = ReadoutConfig::new(3, 2).init(&device).unwrap();
        let features = Tensor::<2>::from_data([[0.5, 1.0, 2.0]], &device);
        let expected = readout.forward(features.clone()).into_data();
        let sizes = Tensor::<2>::from_data([[0.01, 0.5, 3.0]], &device);
        let rescaled = readout.into_linear(sizes.clone()).forward(features * sizes);
        rescaled
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
    }

    #[test]
    fn a_rescaled_readout_trains() {
        let autodiff = Device::default().autodiff();
        let rescaled = |device: &Device| {
            let readout = ReadoutConfig::new(3, 2).init(device).unwrap();
            let id = readout.linear.weight.id;
            let linear = readout.into_linear(Tensor::from_data([[0.01, 0.5, 3.0]], device));
            assert_eq!(linear.weight.id, id);
            linear
        };
        for linear in [rescaled(&autodiff), rescaled(&Device::default()).train()] {
            let before = values(linear.weight.val());
            let outputs = linear.forward(Tensor::<2>::ones([1, 3], &autodiff));
            let loss = (outputs - 1.0).square().sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &linear);
            let linear = AdamConfig::new().init().step(0.01, linear, gradients);
            assert_ne!(values(linear.weight.val()), before);
        }
    }

    #[test]
    fn the_penalty_is_that_of_the_weights() {
        let device = Device::default();
        let config = ReadoutConfig::new(3, 2);
        assert!(config.init(&device).unwrap().penalty().is_none());
        let mut readout = config.with_penalty(0.5).init(&device).unwrap();
        let weight = Tensor::from_data([[1.0, 2.0], [0.0, -1.0], [0.0, 0.0]], &device);
        readout.linear.weight = readout.linear.weight.map(|_| weight);
        assert_eq!(readout.penalty().unwrap().into_scalar::<f32>(), 3.0);
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let field = |config: ReadoutConfig| config.init(&Device::default()).unwrap_err().field();
        assert_eq!(field(ReadoutConfig::new(0, 2)), "hidden");
        assert_eq!(field(ReadoutConfig::new(3, 0)), "classes");
        let negative = ReadoutConfig::new(3, 2).with_penalty(-1.0);
        assert_eq!(field(negative), "penalty");
    }
}

//! `z = S max(W v, 0)^n`: the biological network, and its readout on cached features.

use backprop_mlp::{Labelled, Objective, ObjectiveConfig};
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use burn_hebbian::{HebbianLinear, RectifiedPower, SettingError};

/// The network of two stages: hidden units that learned by the local rule, and a readout `S` that
/// learned from their activities.
#[derive(Module, Debug)]
pub struct BiologicalNetwork {
    /// The hidden layer W, `[hidden, visible]`.
    pub hidden: HebbianLinear,
    /// The activation max(x, 0)^n.
    pub activation: RectifiedPower,
    /// The top weights S, `[hidden, classes]`, without a bias as in the paper.
    pub readout: Linear,
}

impl BiologicalNetwork {
    /// The outputs z of the classes, `[batch, classes]`, for images `[batch, visible]` of any
    /// length.
    pub fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let hidden = self.hidden.forward(unit_length(images));
        self.readout.forward(self.activation.forward(hidden))
    }
}

/// Scales each row to length 1; a blank row stays blank.
pub fn unit_length(rows: Tensor<2>) -> Tensor<2> {
    let lengths = rows.clone().square().sum_dim(1).sqrt();
    rows / lengths.clamp_min(1e-12)
}

/// The readout alone, trained on features that are computed once: with W frozen they are constant.
#[derive(Module, Debug)]
pub struct Readout {
    linear: Linear,
    #[module(skip)]
    objective: Objective,
}

impl Readout {
    /// A readout of `hidden` features into `classes`.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for a setting of the objective out of range.
    pub fn new(
        hidden: usize,
        classes: usize,
        objective: &ObjectiveConfig,
        device: &Device,
    ) -> Result<Self, SettingError> {
        Ok(Self {
            linear: LinearConfig::new(hidden, classes)
                .with_bias(false)
                .init(device),
            objective: objective.init()?,
        })
    }

    /// The outputs z of the classes, `[batch, classes]`, for features `[batch, hidden]`.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        self.linear.forward(features)
    }

    /// The readout for features that are `scale` times those it was trained on, `[1, hidden]`.
    pub fn into_linear(self, scale: Tensor<2>) -> Linear {
        let weight = self.linear.weight.val() / scale.transpose();
        Linear {
            weight: Param::initialized(self.linear.weight.id, weight),
            ..self.linear
        }
    }

    fn classify(&self, batch: Labelled) -> ClassificationOutput {
        let outputs = self.forward(batch.inputs);
        self.objective.judge(outputs, batch.labels)
    }
}

impl TrainStep for Readout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Readout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    #[test]
    fn rows_get_length_one_and_blank_ones_stay_blank() {
        let rows = Tensor::<2>::from_data([[3.0, 4.0], [0.0, 0.0]], &Device::default());
        unit_length(rows).into_data().assert_approx_eq::<f32>(
            &TensorData::from([[0.6f32, 0.8], [0.0, 0.0]]),
            Tolerance::default(),
        );
    }

    #[test]
    fn a_rescaled_readout_gives_the_same_outputs_on_rescaled_features() {
        let device = Device::default();
        let objective = ObjectiveConfig::CrossEntropy;
        let readout = Readout::new(3, 2, &objective, &device).unwrap();
        let features = Tensor::<2>::from_data([[0.5, 1.0, 2.0]], &device);
        let expected = readout.forward(features.clone()).into_data();
        let scale = Tensor::<2>::from_data([[0.01, 0.5, 3.0]], &device);
        let rescaled = readout.into_linear(scale.clone()).forward(features * scale);
        rescaled
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
    }
}

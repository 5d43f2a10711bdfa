//! A [`Readout`] as a model for `SupervisedTraining`.

use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};

use super::Labelled;
use crate::nn::Readout;

impl Readout {
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
        // The loss that is told stays that of the answers.
        let loss = match self.penalty() {
            Some(penalty) => item.loss.clone() + penalty,
            None => item.loss.clone(),
        };
        TrainOutput::new(self, loss.backward(), item)
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
    use crate::nn::ReadoutConfig;
    use burn::tensor::{Device, Tensor, Tolerance};

    #[test]
    fn a_step_learns_from_the_penalty_too() {
        let device = Device::default().autodiff();
        let readout = ReadoutConfig::new(3, 2).with_penalty(0.25);
        let readout = readout.init(&device).unwrap();
        // Features of 0 say nothing of the weights, so the gradient is that of the penalty.
        let batch = Labelled {
            inputs: Tensor::zeros([4, 3], &device),
            labels: Tensor::zeros([4], &device),
        };
        let output = TrainStep::step(&readout, batch);
        let weight = &readout
            .clone()
            .into_linear(Tensor::ones([1, 3], &device))
            .weight;
        let gradient = output.grads.get::<2>(weight.id).unwrap();
        let expected = weight.val().inner() * 0.5;
        let (gradient, expected) = (gradient.into_data(), expected.into_data());
        gradient.assert_approx_eq::<f32>(&expected, Tolerance::default());
    }
}

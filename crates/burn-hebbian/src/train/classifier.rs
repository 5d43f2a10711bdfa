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

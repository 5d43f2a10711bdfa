//! A [`DropoutReadout`] as a model for `SupervisedTraining` with steps in place.

use burn::optim::GradientsParams;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::tensor::{Int, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};

use super::{Labelled, LearnInPlace};
use crate::kernel::NotFiniteError;
use crate::nn::{DropoutReadout, Objective};

fn judge(outputs: Tensor<2>, labels: Tensor<1, Int>) -> ClassificationOutput {
    Objective::CrossEntropy.judge(outputs, labels)
}

/// In other strategies than [`InPlaceStrategy`](super::InPlaceStrategy) the optimizer is that of the
/// learner, and Adam's moments here stay as they are.
impl TrainStep for DropoutReadout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let mut grads = GradientsParams::new();
        let (outputs, slopes) = self.slopes(batch.inputs, batch.labels.clone());
        if self.learning.is_enabled() {
            grads.register(self.weight.id, slopes);
        }
        let item = judge(outputs, batch.labels);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for DropoutReadout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        judge(self.forward(batch.inputs), batch.labels)
    }
}

impl LearnInPlace for DropoutReadout {
    type InHand = Self;

    fn learns(&self) -> bool {
        self.learning.is_enabled()
    }

    fn take_in_hand(self) -> Self {
        self
    }

    fn step_in_hand(
        in_hand: &mut Self,
        batch: Labelled,
        rates: &ModuleLearningRate,
    ) -> ClassificationOutput {
        let rate = rates.lr_from_param(in_hand.weight.id, Some("weight"));
        let outputs = in_hand.learn_in_place(batch.inputs, batch.labels.clone(), rate);
        judge(outputs, batch.labels)
    }

    /// The loss tells of values that are not finite.
    fn check(_in_hand: &Self) -> Result<(), NotFiniteError> {
        Ok(())
    }

    fn release(in_hand: Self) -> Self {
        in_hand
    }
}

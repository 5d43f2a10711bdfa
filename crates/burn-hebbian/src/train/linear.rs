//! A [`HebbianLinear`] as a complete model for `SupervisedTraining`.

use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::metric::Adaptor;
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::{NormsInput, SynapsesInput, WinnersInput};
use crate::nn::HebbianLinear;
use crate::rule::LocalRule;

/// What a training step of a [`HebbianLinear`] tells the metrics: who won.
#[derive(Clone, Debug)]
pub struct HebbianActivity {
    /// The strongest unit of each example, `[batch]`.
    pub winners: Tensor<1, Int>,
    /// The number of hidden units.
    pub hidden: usize,
}

/// What a validation step of a [`HebbianLinear`] tells the metrics: the state of the synapses.
#[derive(Clone, Debug)]
pub struct HebbianState {
    /// The norm of each unit, `[hidden]`; see [`LocalRule::norms`].
    pub norms: Tensor<1>,
    /// The synapses, `[hidden, visible]`.
    pub synapses: Tensor<2>,
}

impl<R: LocalRule> TrainStep for HebbianLinear<R> {
    type Input = Tensor<2>;
    type Output = HebbianActivity;

    fn step(&self, examples: Tensor<2>) -> TrainOutput<HebbianActivity> {
        let update = self.local_update(examples);
        let [hidden, _] = update.change.dims();
        let item = HebbianActivity {
            winners: update.winners.clone(),
            hidden,
        };
        let mut grads = GradientsParams::new();
        self.register_update(&mut grads, update);
        TrainOutput { grads, item }
    }
}

/// The state does not depend on the examples, so one batch of them is enough in validation.
impl<R: LocalRule> InferenceStep for HebbianLinear<R> {
    type Input = Tensor<2>;
    type Output = HebbianState;

    fn step(&self, _examples: Tensor<2>) -> HebbianState {
        HebbianState {
            norms: self.norms(),
            synapses: self.synapses(),
        }
    }
}

impl ItemLazy for HebbianActivity {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.winners.device().flush()?;
        Ok(self)
    }
}

impl ItemLazy for HebbianState {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.norms.device().flush()?;
        Ok(self)
    }
}

impl Adaptor<WinnersInput> for HebbianActivity {
    fn adapt(&self) -> WinnersInput {
        WinnersInput::new(self.winners.clone(), self.hidden)
    }
}

impl Adaptor<NormsInput> for HebbianState {
    fn adapt(&self) -> NormsInput {
        NormsInput::new(self.norms.clone())
    }
}

impl Adaptor<SynapsesInput> for HebbianState {
    fn adapt(&self) -> SynapsesInput {
        SynapsesInput::new(self.synapses.clone())
    }
}

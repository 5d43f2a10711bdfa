//! A [`HebbianStack`] as a complete model for `SupervisedTraining`.

use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::metric::Adaptor;
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::{NormsInput, WinnersInput};
use crate::nn::{HebbianConv2d, HebbianStack};
use crate::rule::LocalRule;

/// What a training step of a [`HebbianStack`] tells the metrics: who won in each block that learns.
#[derive(Clone, Debug)]
pub struct StackActivity {
    /// The strongest unit at each place, and the number of units, of each block that learns, from the
    /// image up.
    pub blocks: Vec<(Tensor<1, Int>, usize)>,
}

impl StackActivity {
    /// The activity from the winners of all blocks, `None` for one that is frozen.
    pub(super) fn new<R: LocalRule>(
        stack: &HebbianStack<HebbianConv2d<R>>,
        winners: Vec<Option<Tensor<1, Int>>>,
    ) -> Self {
        let units = stack.blocks.iter().map(|block| block.conv.weight.dims()[0]);
        let blocks = winners.into_iter().zip(units);
        Self {
            blocks: blocks
                .filter_map(|(winners, units)| Some((winners?, units)))
                .collect(),
        }
    }
}

/// What a validation step of a [`HebbianStack`] tells the metrics: the state of the synapses.
#[derive(Clone, Debug)]
pub struct StackState {
    /// The norm of each unit of each block, `[units]`, from the image up; see
    /// [`LocalRule::norms`].
    pub norms: Vec<Tensor<1>>,
}

impl<R: LocalRule> TrainStep for HebbianStack<HebbianConv2d<R>> {
    type Input = Tensor<4>;
    type Output = StackActivity;

    fn step(&self, images: Tensor<4>) -> TrainOutput<StackActivity> {
        let mut grads = GradientsParams::new();
        let mut images = images;
        let mut winners = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            if block.learns() {
                let (output, update) = block.local_update(images);
                winners.push(Some(update.winners.clone()));
                block.conv.register_update(&mut grads, update);
                images = output;
            } else {
                images = block.forward(images);
                winners.push(None);
            }
        }
        TrainOutput {
            grads,
            item: StackActivity::new(self, winners),
        }
    }
}

/// The state does not depend on the images, so one batch of them is enough in validation.
impl<R: LocalRule> InferenceStep for HebbianStack<HebbianConv2d<R>> {
    type Input = Tensor<4>;
    type Output = StackState;

    fn step(&self, _images: Tensor<4>) -> StackState {
        StackState {
            norms: self.blocks.iter().map(|block| block.conv.norms()).collect(),
        }
    }
}

impl ItemLazy for StackActivity {
    fn sync(self) -> Result<Self, ExecutionError> {
        for (winners, _) in &self.blocks {
            winners.device().flush()?;
        }
        Ok(self)
    }
}

impl ItemLazy for StackState {
    fn sync(self) -> Result<Self, ExecutionError> {
        for norms in &self.norms {
            norms.device().flush()?;
        }
        Ok(self)
    }
}

/// The blocks that learn, in their order.
impl Adaptor<WinnersInput> for StackActivity {
    fn adapt(&self) -> WinnersInput {
        let mut blocks = self.blocks.iter().cloned();
        let (winners, units) = blocks.next().expect("a step of blocks of which one learns");
        blocks.fold(
            WinnersInput::new(winners, units),
            |input, (winners, units)| input.and(winners, units),
        )
    }
}

/// All blocks, in their order.
impl Adaptor<NormsInput> for StackState {
    fn adapt(&self) -> NormsInput {
        let mut norms = self.norms.iter().cloned();
        let first = norms.next().expect("a network has a block");
        norms.fold(NormsInput::new(first), NormsInput::and)
    }
}

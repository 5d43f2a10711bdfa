//! What a model must know for [`InPlaceStrategy`](super::InPlaceStrategy) to train it.

use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::train::{LearnerModel, TrainStep};

use super::{HebbianActivity, StackActivity};
use crate::kernel::NotFiniteError;
use crate::nn::{HebbianConv2d, HebbianLinear, HebbianStack, InPlaceLearner};
use crate::rule::LocalRule;
use crate::step::Notes;

/// A model that learns by steps in place.
pub trait LearnInPlace: LearnerModel {
    /// The model in the hands of whoever steps it.
    type InHand;

    /// Whether anything in the model learns.
    fn learns(&self) -> bool;

    /// Takes the model in hand, for many steps.
    fn take_in_hand(self) -> Self::InHand;

    /// One step, at the rates that the parameters have in Burn's schedule.
    fn step_in_hand(
        in_hand: &mut Self::InHand,
        input: <Self as TrainStep>::Input,
        rates: &ModuleLearningRate,
    ) -> <Self as TrainStep>::Output;

    /// Reads back whether all steps met finite values only.
    ///
    /// # Errors
    ///
    /// A [`NotFiniteError`] that names the step and what was not finite.
    fn check(in_hand: &Self::InHand) -> Result<(), NotFiniteError>;

    /// The model at the end of learning.
    fn release(in_hand: Self::InHand) -> Self;
}

impl<R: LocalRule> LearnInPlace for HebbianLinear<R> {
    type InHand = InPlaceLearner<R>;

    fn learns(&self) -> bool {
        self.learning.is_enabled()
    }

    fn take_in_hand(self) -> InPlaceLearner<R> {
        InPlaceLearner::new(self)
    }

    fn step_in_hand(
        in_hand: &mut InPlaceLearner<R>,
        examples: <Self as TrainStep>::Input,
        rates: &ModuleLearningRate,
    ) -> HebbianActivity {
        let (id, hidden) = in_hand.parameter();
        let rate = rates.lr_from_param(id, Some("weight"));
        HebbianActivity {
            winners: in_hand.step(examples, rate),
            hidden,
        }
    }

    fn check(in_hand: &InPlaceLearner<R>) -> Result<(), NotFiniteError> {
        in_hand.check()
    }

    fn release(in_hand: InPlaceLearner<R>) -> Self {
        in_hand.into_layer()
    }
}

impl<R: LocalRule> LearnInPlace for HebbianStack<HebbianConv2d<R>> {
    type InHand = StackInHand<R>;

    fn learns(&self) -> bool {
        self.blocks.iter().any(|block| block.learns())
    }

    fn take_in_hand(self) -> StackInHand<R> {
        StackInHand {
            notes: vec![Notes::default(); self.blocks.len()],
            stack: self,
        }
    }

    fn step_in_hand(
        in_hand: &mut StackInHand<R>,
        images: <Self as TrainStep>::Input,
        rates: &ModuleLearningRate,
    ) -> StackActivity {
        let StackInHand { stack, notes } = in_hand;
        let rates = stack.blocks.iter().enumerate().map(|(place, block)| {
            let path = format!("blocks.{place}.conv.weight");
            rates.lr_from_param(block.conv.weight.id, Some(&path))
        });
        let rates: Vec<f64> = rates.collect();
        let winners = stack.learn_noting(images, &rates, notes);
        StackActivity::new(stack, winners)
    }

    fn check(in_hand: &StackInHand<R>) -> Result<(), NotFiniteError> {
        in_hand.notes.iter().try_for_each(Notes::check)
    }

    fn release(in_hand: StackInHand<R>) -> Self {
        in_hand.stack
    }
}

/// A [`HebbianStack`] in the hands of a strategy.
#[derive(Debug)]
pub struct StackInHand<R: LocalRule> {
    stack: HebbianStack<HebbianConv2d<R>>,
    notes: Vec<Notes>,
}

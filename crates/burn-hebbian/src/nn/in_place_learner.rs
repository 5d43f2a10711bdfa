//! `W <- W + rate dW / max |dW|`, again and again: a layer's synapses learn in place.

use burn::tensor::{Int, Tensor};

use super::HebbianLinear;
use super::linear::examples;
use crate::kernel::NotFiniteError;
use crate::rule::{KrotovHopfield, LocalRule};
use crate::step::{Synapses, assert_rate};

/// Takes a layer's synapses in hand for many steps.
///
/// One step costs about one matrix product, and less for examples that are mostly 0: what the rule
/// computes from W is kept and refreshed only where a unit changed.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use burn_hebbian::{HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig};
///
/// let device = Device::default();
/// let rule = KrotovHopfieldConfig::new().with_k(2);
/// let layer = HebbianLinearConfig::new(20, 12).with_rule(rule).init(&device)?;
/// let mut learner = InPlaceLearner::new(layer);
/// for _ in 0..10 {
///     let images = Tensor::<2>::random([50, 20], Distribution::Default, &device);
///     let winners = learner.step(images, 0.02);
///     assert_eq!(winners.dims(), [50]);
/// }
/// learner.check()?;
/// let layer = learner.into_layer();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct InPlaceLearner<R: LocalRule = KrotovHopfield> {
    /// The layer, with a placeholder for its synapses: a tensor that is held twice is copied
    /// before it is changed.
    layer: HebbianLinear<R>,
    /// Absent only within a step.
    synapses: Option<Synapses>,
}

impl<R: LocalRule> InPlaceLearner<R> {
    /// Takes over a layer.
    pub fn new(mut layer: HebbianLinear<R>) -> Self {
        let weight = layer.synapses();
        layer.set_synapses(Tensor::zeros([1, 1], &weight.device()));
        Self {
            layer,
            synapses: Some(Synapses::new(weight)),
        }
    }

    /// Learns from a batch and returns the winner of each example.
    ///
    /// Where a value is not finite the synapses stay as they are, in this step and all that follow;
    /// [`check`](Self::check) tells. Nothing changes where the layer's
    /// [learning](HebbianLinear::learning) is switched off.
    ///
    /// # Shapes
    ///
    /// - input: `[..., visible]`
    /// - output: `[examples]`, the product of the leading axes of the input
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`, or if `rate` is not finite.
    pub fn step<const D: usize>(&mut self, input: Tensor<D>, rate: f64) -> Tensor<1, Int> {
        let [_, visible] = self.synapses().sizes();
        let examples = examples(input, visible);
        let rule = &self.layer.rule;
        if !self.layer.learning.is_enabled() {
            return rule.winners(self.synapses().weight(), examples);
        }
        assert_rate(rate);
        let synapses = self.synapses.take().expect(OUT_OF_STEP);
        let (synapses, winners) = synapses.step(rule, examples, self.layer.step.at(rate));
        self.synapses = Some(synapses);
        winners
    }

    /// Reads back whether all steps met finite values only.
    ///
    /// # Errors
    ///
    /// A [`NotFiniteError`] that names the step and what was not finite. The synapses are as they
    /// were before that step.
    pub fn check(&self) -> Result<(), NotFiniteError> {
        self.synapses().check()
    }

    /// The layer as it is now. As long as it lives, the next step copies its synapses.
    pub fn layer(&self) -> HebbianLinear<R> {
        let mut layer = self.layer.clone();
        layer.set_synapses(self.synapses().weight());
        layer
    }

    /// The layer at the end of learning.
    pub fn into_layer(self) -> HebbianLinear<R> {
        let mut layer = self.layer;
        layer.set_synapses(self.synapses.expect(OUT_OF_STEP).into_weight());
        layer
    }

    /// The parameter that learns, and the number of hidden units.
    #[cfg(feature = "train")]
    pub(crate) fn parameter(&self) -> (burn::module::ParamId, usize) {
        let [hidden, _] = self.synapses().sizes();
        (self.layer.weight.id, hidden)
    }

    fn synapses(&self) -> &Synapses {
        self.synapses.as_ref().expect(OUT_OF_STEP)
    }
}

const OUT_OF_STEP: &str = "no step panicked half way";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HebbianLinearConfig;
    use burn::module::Module;
    use burn::tensor::{Device, Distribution};

    #[test]
    fn a_frozen_layer_stays_as_it_is_and_tells_who_won() {
        let device = Device::default();
        let layer = HebbianLinearConfig::new(6, 9).init(&device).unwrap();
        let layer = layer.freeze();
        let (before, images) = (
            layer.synapses().into_data(),
            Tensor::<2>::random([4, 6], Distribution::Default, &device),
        );
        let expected = layer.winners(images.clone()).into_data();
        let mut learner = InPlaceLearner::new(layer);
        assert_eq!(learner.step(images, 0.05).into_data(), expected);
        assert_eq!(learner.into_layer().synapses().into_data(), before);
    }
}

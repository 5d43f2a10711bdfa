//! `W <- W + rate dW / max |dW|`, again and again: a layer's synapses learn in place.

use burn::module::Param;
use burn::tensor::{Int, Tensor, assert_shape};

use super::HebbianLinear;
use crate::kernel::NotFiniteError;
use crate::rule::{KrotovHopfield, LocalRule, Synapses};

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
        let placeholder = Tensor::zeros([1, 1], &weight.device());
        layer.weight = replace(layer.weight, placeholder);
        Self {
            layer,
            synapses: Some(Synapses::new(weight)),
        }
    }

    /// Learns from a batch and returns the winner of each example, `[batch]`.
    ///
    /// Where a value is not finite the synapses stay as they are, in this step and all that follow;
    /// [`check`](Self::check) tells.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, visible]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn step(&mut self, input: Tensor<2>, rate: f64) -> Tensor<1, Int> {
        let [_, visible] = self.synapses().weight().dims();
        assert_shape!(input, [_, visible]);
        let synapses = self.synapses.take().expect(OUT_OF_STEP);
        let rule = &self.layer.rule;
        let (synapses, winners) = rule.step(synapses, input.without_autodiff(), rate);
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
        layer.weight = replace(layer.weight, self.synapses().weight());
        layer
    }

    /// The layer at the end of learning.
    pub fn into_layer(self) -> HebbianLinear<R> {
        let mut layer = self.layer;
        let weight = self.synapses.expect(OUT_OF_STEP).into_weight();
        layer.weight = replace(layer.weight, weight);
        layer
    }

    fn synapses(&self) -> &Synapses {
        self.synapses.as_ref().expect(OUT_OF_STEP)
    }
}

const OUT_OF_STEP: &str = "no step panicked half way";

/// The parameter with other synapses. An autodiff device stays one: Burn's optimizers refuse
/// parameters that are on none.
fn replace(weight: Param<Tensor<2>>, synapses: Tensor<2>) -> Param<Tensor<2>> {
    weight.map(|weight| match weight.device().is_autodiff() {
        true => synapses.autodiff(),
        false => synapses,
    })
}

//! `W <- W + rate dW / max |dW|`: synapses that learn step after step.

use std::any::Any;

use burn::tensor::{Int, Tensor, assert_shape};

use super::{PRECISION, UnitStep, is_not_finite, max_normalized_step, zero_where};
use crate::kernel::{self, Competitors, Constants, Fault, Moment, NotFiniteError, Shared};
use crate::rule::{
    AnyRule, KrotovHopfield, LocalRule, LocalUpdate, SoftCompetition, WinnerTakeAll, products,
};

/// Synapses in the hands of a [rule](crate::rule::LocalRule), with what is kept from step to step.
///
/// Nobody else holds them, so that a step can change them in place.
// Not `Clone`: two copies of W would share one copy of what is kept beside it.
#[derive(Debug)]
pub(crate) struct Synapses {
    /// W, `[hidden, visible]`.
    weight: Tensor<2>,
    /// The first fault, `[kind, step]`; a tensor, for reading it back would stall a GPU.
    fault: Tensor<1, Int>,
    steps: usize,
    fused: Option<FusedState>,
}

/// What a fused step keeps for the next one.
#[derive(Debug)]
struct FusedState {
    /// See [`kernel::powered`].
    powered: Tensor<2>,
    workspace: Shared,
}

/// What is noted from step to step where the synapses are not kept in hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    fault: Option<Tensor<1, Int>>,
    steps: usize,
}

impl Notes {
    /// Reads back whether all steps met finite values only.
    ///
    /// # Errors
    ///
    /// As of [`Synapses::check`].
    pub fn check(&self) -> Result<(), NotFiniteError> {
        self.fault.as_ref().map_or(Ok(()), check)
    }
}

fn check(fault: &Tensor<1, Int>) -> Result<(), NotFiniteError> {
    match Fault::read(&fault.to_data()) {
        Some(fault) => Err(NotFiniteError::new(fault)),
        None => Ok(()),
    }
}

impl Synapses {
    /// Synapses that start from `weight`, `[hidden, visible]`, off autodiff.
    pub fn new(weight: Tensor<2>) -> Self {
        Self::noting(weight, Notes::default())
    }

    /// Synapses that go on from `weight`, `[hidden, visible]`, off autodiff, after steps that are
    /// noted.
    pub fn noting(weight: Tensor<2>, notes: Notes) -> Self {
        let nothing = || Tensor::zeros([2], &weight.device());
        Self {
            fault: notes.fault.unwrap_or_else(nothing),
            steps: notes.steps,
            weight,
            fused: None,
        }
    }

    /// W, `[hidden, visible]`, and what was noted.
    pub fn into_parts(self) -> (Tensor<2>, Notes) {
        let notes = Notes {
            fault: Some(self.fault),
            steps: self.steps,
        };
        (self.weight, notes)
    }

    /// W, `[hidden, visible]`. As long as the tensor lives, the next step copies it.
    pub fn weight(&self) -> Tensor<2> {
        self.weight.clone()
    }

    /// The number of hidden and of visible units.
    pub fn sizes(&self) -> [usize; 2] {
        self.weight.dims()
    }

    /// W, `[hidden, visible]`, at the end of learning.
    pub fn into_weight(self) -> Tensor<2> {
        self.weight
    }

    /// Reads back whether all steps met finite values only. The steps that did not, and all after
    /// the first of them, changed nothing.
    ///
    /// # Errors
    ///
    /// A [`NotFiniteError`] that names the step and what was not finite.
    pub fn check(&self) -> Result<(), NotFiniteError> {
        check(&self.fault)
    }

    /// One step by `rule` for the examples `[batch, visible]`, and who won, `[batch]`. Takes the
    /// fused step where there is one for the rule, the device and the type. The rate is
    /// [checked](super::assert_rate) by the caller, who still has W then.
    pub fn step(
        mut self,
        rule: &impl LocalRule,
        examples: Tensor<2>,
        step: UnitStep,
    ) -> (Self, Tensor<1, Int>) {
        self.steps += 1;
        if let Some(constants) = fused(rule, &self.weight, &examples, step) {
            self.fused_step(constants, examples, step.rate)
        } else if let Some(competitors) = competitors(rule)
            && kernel::is_host_float(&self.weight)
            && kernel::is_host_float(&examples)
        {
            let products = products(self.weight(), examples.clone());
            self.competed_step(competitors, examples, products, step)
        } else {
            let update = rule.update(self.weight(), examples.clone());
            self.dense_step(update, examples, step)
        }
    }

    /// One step by `rule` where the plain products `u = v W^T`, `[batch, hidden]`, are at hand.
    pub fn step_given(
        mut self,
        rule: &impl LocalRule,
        examples: Tensor<2>,
        products: Tensor<2>,
        step: UnitStep,
    ) -> (Self, Tensor<1, Int>) {
        self.steps += 1;
        if let Some(competitors) = competitors(rule)
            && kernel::is_host_float(&products)
        {
            self.competed_step(competitors, examples, products, step)
        } else if let Some(constants) = fused(rule, &self.weight, &examples, step) {
            self.fused_step(constants, examples, step.rate)
        } else {
            let update = rule.update_given(self.weight(), examples.clone(), products);
            self.dense_step(update, examples, step)
        }
    }

    /// A step of a rule whose units respond to their products: after the competition, the change is
    /// made and added in one pass.
    fn competed_step(
        mut self,
        competitors: Competitors,
        examples: Tensor<2>,
        products: Tensor<2>,
        step: UnitStep,
    ) -> (Self, Tensor<1, Int>) {
        self.fused = None;
        let (responses, decay, winners) = kernel::compete(products, competitors);
        if Fault::read(&self.fault.to_data()).is_some() {
            return (self, winners);
        }
        let toward = responses.transpose().matmul(examples.clone());
        let (weight, fault) = kernel::unit_step(self.weight, toward, decay, step);
        self.weight = weight;
        if fault.into_scalar::<i64>() != 0 {
            let kind = Tensor::zeros([1], &self.weight.device());
            let kind = self.kinds(kind + Fault::Update as i64, examples);
            self.note(kind);
        }
        (self, winners)
    }

    /// The kind of fault, `[1]`, where one of `kind` was found: that of what it came from.
    fn kinds(&self, kind: Tensor<1, Int>, examples: Tensor<2>) -> Tensor<1, Int> {
        kind.mask_fill(is_not_finite(self.weight.clone()), Fault::Synapses as i64)
            .mask_fill(is_not_finite(examples), Fault::Examples as i64)
    }

    /// A step of any rule: adds its update, normalised, unless something is not finite.
    ///
    /// # Panics
    ///
    /// Panics if the change has another shape than the synapses.
    fn dense_step(
        mut self,
        update: LocalUpdate,
        examples: Tensor<2>,
        step: UnitStep,
    ) -> (Self, Tensor<1, Int>) {
        // A fused step kept it beside synapses that change now.
        self.fused = None;
        let LocalUpdate { change, winners } = update;
        let [hidden, visible] = self.sizes();
        assert_shape!(change, [hidden, visible]);
        let kind = Tensor::<1, Int>::zeros([1], &change.device())
            .mask_fill(is_not_finite(change.clone()), Fault::Update as i64);
        let kind = self.kinds(kind, examples);
        self.note(kind);
        let stop = self.fault.clone().slice(0..1).not_equal_elem(0);
        let change = zero_where(stop, change);
        self.weight = max_normalized_step(self.weight, change, step);
        (self, winners)
    }

    /// A step of the fused kernel.
    fn fused_step(
        mut self,
        constants: Constants,
        examples: Tensor<2>,
        rate: f64,
    ) -> (Self, Tensor<1, Int>) {
        let moment = Moment {
            number: self.steps,
            rate,
        };
        let state = match self.fused.take() {
            Some(state) => state,
            None => {
                // Looked at once: the kernels see only what wins.
                let kind = Tensor::zeros([1], &self.weight.device());
                let broken = is_not_finite(self.weight.clone());
                self.note(kind.mask_fill(broken, Fault::Synapses as i64));
                FusedState {
                    powered: kernel::powered(&self.weight, constants),
                    workspace: Shared::forgetful(),
                }
            }
        };
        let (weight, powered, fault, winners) = kernel::step(
            self.weight,
            state.powered,
            self.fault,
            examples,
            constants,
            moment,
            &state.workspace,
        );
        let synapses = Self {
            weight,
            fault,
            fused: Some(FusedState { powered, ..state }),
            ..self
        };
        (synapses, winners)
    }

    /// Notes a kind of fault, `[1]`, at this step, unless it is 0 or there is an earlier one.
    fn note(&mut self, kind: Tensor<1, Int>) {
        let fault = Tensor::cat(vec![kind.clone(), kind.full_like(self.steps as i64)], 0);
        let first = self.fault.clone().slice(0..1).equal_elem(0) & kind.not_equal_elem(0);
        self.fault = self.fault.clone().mask_where(first.expand([2]), fault);
    }
}

/// The constants of a rule for which there is a fused step that takes these tensors.
fn fused(
    rule: &impl LocalRule,
    synapses: &Tensor<2>,
    examples: &Tensor<2>,
    step: UnitStep,
) -> Option<Constants> {
    let rule: &dyn Any = rule;
    let rule = match rule.downcast_ref::<AnyRule>() {
        Some(AnyRule::KrotovHopfield(rule)) => rule,
        _ => rule.downcast_ref::<KrotovHopfield>()?,
    };
    let plain = step.rate_power == 0.0 && step.precision == PRECISION;
    (plain && kernel::is_fused(synapses, examples)).then(|| rule.constants())
}

/// How the units respond, for a rule in which they do so to their plain products.
fn competitors(rule: &impl LocalRule) -> Option<Competitors> {
    let rule: &dyn Any = rule;
    if let Some(AnyRule::Soft(rule)) = rule.downcast_ref() {
        return Some(rule.competitors());
    }
    if let Some(AnyRule::WinnerTakeAll(rule)) = rule.downcast_ref() {
        return Some(rule.competitors());
    }
    let soft = rule.downcast_ref::<SoftCompetition>();
    let hard = rule.downcast_ref::<WinnerTakeAll>();
    soft.map(SoftCompetition::competitors)
        .or(hard.map(WinnerTakeAll::competitors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Changes the synapses of this many units by this value, whatever it sees.
    #[derive(Clone, Debug)]
    struct Constantly(usize, f64);

    impl LocalRule for Constantly {
        fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
            let Self(units, value) = *self;
            let [_, width] = synapses.dims();
            LocalUpdate {
                change: Tensor::full([units, width], value, &synapses.device()),
                winners: visible.argmax(1).squeeze_dim(1),
            }
        }
    }

    /// Three units with two synapses each, after a step.
    fn stepped(rule: &Constantly) -> Synapses {
        let device = Device::default();
        let step = UnitStep {
            rate: 0.1,
            rate_power: 0.0,
            precision: PRECISION,
        };
        let synapses = Synapses::new(Tensor::ones([3, 2], &device));
        let (synapses, _) = synapses.step(rule, Tensor::ones([4, 2], &device), step);
        synapses
    }

    #[test]
    #[should_panic(expected = "axis 0 expected 3, got 1")]
    fn a_change_of_fewer_units() {
        stepped(&Constantly(1, 1.0));
    }

    #[test]
    fn an_update_that_is_not_finite_is_named_by_what_it_may_come_from() {
        let synapses = stepped(&Constantly(3, f64::NAN));
        assert_eq!(
            synapses.check().unwrap_err().to_string(),
            "step 1 met an update that overflowed (scale the examples or the synapses down) or in \
             which the rule divided by 0: the synapses are as they were before it"
        );
        let values = synapses.into_weight().into_data();
        assert!(values.iter::<f32>().all(|value| value == 1.0));
    }
}

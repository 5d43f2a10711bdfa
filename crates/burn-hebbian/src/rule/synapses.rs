//! `W <- W + rate dW / max |dW|`: synapses that learn step after step.

use burn::tensor::{Int, Tensor};

use super::{KrotovHopfield, LocalRule, LocalUpdate};
use crate::kernel::{self, Fault, Moment, NotFiniteError, Shared};
use crate::optim::{PRECISION, max_normalized_step};

/// Synapses in the hands of a [rule](super::LocalRule), with what it keeps from step to step.
///
/// Nobody else holds them, so that a step can change them in place.
// Not `Clone`: two copies of W would share one copy of what is kept beside it.
#[derive(Debug)]
pub struct Synapses {
    /// W, `[hidden, visible]`.
    pub(super) weight: Tensor<2>,
    /// The first fault, `[kind, step]`; a tensor, for reading it back would stall a GPU.
    fault: Tensor<1, Int>,
    steps: usize,
    kept: Option<Kept>,
}

/// What the fused step of a rule keeps for the next one.
#[derive(Debug)]
struct Kept {
    rule: KrotovHopfield,
    /// See [`kernel::powered`].
    powered: Tensor<2>,
    workspace: Shared,
}

impl Synapses {
    /// Synapses that start from `weight`, `[hidden, visible]`, off autodiff.
    pub fn new(weight: Tensor<2>) -> Self {
        Self {
            fault: Tensor::zeros([2], &weight.device()),
            weight,
            steps: 0,
            kept: None,
        }
    }

    /// W, `[hidden, visible]`. As long as the tensor lives, the next step copies it.
    pub fn weight(&self) -> Tensor<2> {
        self.weight.clone()
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
        match Fault::read(&self.fault.to_data()) {
            Some(fault) => Err(NotFiniteError::new(fault)),
            None => Ok(()),
        }
    }

    /// A step of any rule: adds its update, normalised, unless something is not finite.
    pub(super) fn dense_step(
        mut self,
        rule: &impl LocalRule,
        visible: Tensor<2>,
        rate: f64,
    ) -> (Self, Tensor<1, Int>) {
        self.steps += 1;
        self.kept = None;
        let LocalUpdate { change, winners } = rule.update(self.weight(), visible.clone());
        let broken = |values: Tensor<2>| values.sum().is_finite().bool_not();
        let kind = Tensor::<1, Int>::zeros([1], &change.device())
            .mask_fill(broken(change.clone()), Fault::Update as i64)
            .mask_fill(broken(self.weight.clone()), Fault::Synapses as i64)
            .mask_fill(broken(visible), Fault::Examples as i64);
        self.note(kind);
        let stop = self.fault.clone().slice(0..1).not_equal_elem(0);
        let change = change
            .clone()
            .mask_fill(stop.reshape([1, 1]).expand(change.dims()), 0.0);
        self.weight = max_normalized_step(self.weight, change, rate, PRECISION);
        (self, winners)
    }

    /// A step of the fused kernel.
    pub(super) fn fused_step(
        mut self,
        rule: &KrotovHopfield,
        visible: Tensor<2>,
        rate: f64,
    ) -> (Self, Tensor<1, Int>) {
        self.steps += 1;
        let moment = Moment {
            number: self.steps,
            rate,
        };
        let kept = match self.kept.take() {
            Some(kept) if kept.rule == *rule => kept,
            _ => {
                // Looked at once: the kernels see only what wins.
                let broken = self.weight.clone().sum().is_finite().bool_not();
                let kind = Tensor::zeros([1], &self.weight.device());
                let kind = kind.mask_fill(broken, Fault::Synapses as i64);
                self.note(kind);
                Kept {
                    rule: rule.clone(),
                    powered: kernel::powered(&self.weight, rule),
                    workspace: Shared::forgetful(),
                }
            }
        };
        let (weight, powered, fault, winners) = kernel::step(
            self.weight,
            kept.powered,
            self.fault,
            visible,
            rule,
            moment,
            &kept.workspace,
        );
        let synapses = Self {
            weight,
            fault,
            kept: Some(Kept { powered, ..kept }),
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

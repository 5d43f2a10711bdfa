//! `dW = sum over parts of dW`: a large batch, taken in parts.
//!
//! An update is a sum over examples, so parts of them may be summed. Past 65,535 rows, Burn's own
//! operations lose some on a software Vulkan driver.

use burn::tensor::Tensor;

use super::{LocalRule, LocalUpdate, products};
use crate::kernel::MOST_EXAMPLES;

/// The examples, `[batch, visible]`, in parts of at most [`MOST_EXAMPLES`].
pub(super) fn parts(visible: Tensor<2>) -> Vec<Tensor<2>> {
    if visible.dims()[0] <= MOST_EXAMPLES {
        vec![visible]
    } else {
        visible.split(MOST_EXAMPLES, 0)
    }
}

/// The update of a batch from those of its parts.
pub(super) fn sum_over_parts(
    visible: Tensor<2>,
    update: impl Fn(Tensor<2>) -> LocalUpdate,
) -> LocalUpdate {
    let updates = parts(visible).into_iter().map(update);
    let sum = updates.reduce(|sum, part| LocalUpdate {
        change: sum.change + part.change,
        winners: Tensor::cat(vec![sum.winners, part.winners], 0),
    });
    sum.expect("there is at least one part")
}

/// The update of a batch by a rule that is given the plain products of each part.
pub(super) fn update_by_products(
    rule: &impl LocalRule,
    synapses: Tensor<2>,
    visible: Tensor<2>,
) -> LocalUpdate {
    sum_over_parts(visible, |part| {
        let products = products(synapses.clone(), part.clone());
        rule.update_given(synapses.clone(), part, products)
    })
}

//! What layers share whose synapses a rule changes, outside autodiff.

use burn::module::{Flag, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::rule::LocalUpdate;

/// `synapses` in the autodiff context of `weight`. An autodiff parameter stays one: Burn's optimizers
/// refuse others, and its operations refuse tensors whose checkpointing strategies differ.
pub fn in_context_of<const D: usize>(weight: &Tensor<D>, synapses: Tensor<D>) -> Tensor<D> {
    match weight.gradient_checkpointing_strategy() {
        Some(strategy) => synapses
            .autodiff()
            .with_gradient_checkpointing_strategy(strategy),
        None => synapses,
    }
}

/// Gives a parameter other values, off autodiff.
pub fn replace<const D: usize>(home: &mut Param<Tensor<D>>, values: Tensor<D>) {
    // The clone shares the tensor, and the assignment lets it go.
    let param = home.clone();
    *home = param.map(|before| in_context_of(&before, values));
}

/// Puts an update where Burn's optimizers look for a gradient, as `-dW` in one row, beside what is
/// already there; nothing where learning is switched off. `layer` is its name in messages.
///
/// # Panics
///
/// Panics where the weight is on a device without autodiff, or under Burn's distributed data-parallel
/// strategy.
pub fn register<const D: usize>(
    layer: &str,
    weight: &Param<Tensor<D>>,
    learning: &Param<Flag>,
    gradients: &mut GradientsParams,
    update: LocalUpdate,
) {
    let (id, weight) = (weight.id, weight.val());
    assert!(
        weight.is_autodiff(),
        "{layer}: the layer is on a device without autodiff, and Burn's optimizers refuse its \
         synapses; call train() on the model before training"
    );
    assert!(
        !weight.is_distributed(),
        "{layer}: distributed data-parallel training never sees a local update; use \
         ExecutionStrategy::MultiDevice instead"
    );
    if !learning.is_enabled() {
        return;
    }
    // Of the weight's rank, which is how the optimizer asks for it.
    let mut row = [1; D];
    row[D - 1] = update.change.dims().iter().product();
    let descent = update.change.neg().reshape(row);
    let descent = match gradients.remove::<D>(id) {
        Some(earlier) => earlier + descent,
        None => descent,
    };
    gradients.register(id, descent);
}

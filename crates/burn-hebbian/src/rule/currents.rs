//! `I_mu = sum_i sign(W_mu,i) |W_mu,i|^(p-1) v_i`: what drives a hidden unit.

use burn::tensor::{Bool, Int, Tensor, assert_shape};

use super::parts::parts;
use crate::power::Power;

/// The powered synapses `sign(W) |W|^(p-1)`, of the shape of `synapses`.
pub fn powered_synapses(synapses: Tensor<2>, p: f64) -> Tensor<2> {
    Power::new(p - 1.0).signed(synapses)
}

/// The input currents `I = v (sign(W) |W|^(p-1))^T`, `[batch, hidden]`.
///
/// # Shapes
///
/// - synapses: `[hidden, visible]`
/// - visible: `[batch, visible]`
pub fn currents(synapses: Tensor<2>, visible: Tensor<2>, p: f64) -> Tensor<2> {
    visible.matmul(powered_synapses(synapses, p).transpose())
}

/// `sum_i |W_mu,i|^p / R^p`, `[hidden]`: 1 for a unit that has converged.
pub(super) fn relative_norms(synapses: Tensor<2>, p: f64, radius: f64) -> Tensor<1> {
    let powered = Power::new(p).of_magnitude(synapses);
    powered.sum_dim(1).squeeze_dim(1) / radius.powf(p)
}

/// The plain products `u = v W^T`, `[batch, hidden]`: the currents of p = 2.
///
/// # Panics
///
/// Panics if the examples are not as wide as the synapses.
pub(crate) fn products(synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<2> {
    let [_, inputs] = synapses.dims();
    assert_shape!(visible, [_, inputs]);
    visible.matmul(synapses.transpose())
}

/// The unit with the largest plain product for each example, `[batch]`.
pub(super) fn strongest(synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
    let winners = parts(visible)
        .into_iter()
        .map(|part| products(synapses.clone(), part).argmax(1).squeeze_dim(1));
    Tensor::cat(winners.collect(), 0)
}

/// Whether each unit is the winner, `[batch, units]`, of `winners`, `[batch, 1]`: the hidden unit that won, or the output
/// unit of the right class. They may be of any type of integer.
pub(crate) fn is_winner(winners: Tensor<2, Int>, units: usize) -> Tensor<2, Bool> {
    let shape = [winners.dims()[0], units];
    let all = Tensor::<1, Int>::arange(0..units as i64, &winners.device());
    let winners = winners.cast(all.dtype());
    all.unsqueeze::<2>()
        .expand(shape)
        .equal(winners.expand(shape))
}

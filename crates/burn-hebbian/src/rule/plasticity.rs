//! `dW_mu,i = sum over examples of g_mu (R^p v_i - I_mu W_mu,i)`: how synapses change once the
//! competition is over.

use burn::tensor::Tensor;

/// The raw change of the synapses, summed over the batch, `[hidden, visible]`.
///
/// Krotov & Hopfield 2019, equation 3, with the currents `I` of
/// [`currents`](super::currents) in the decay term.
///
/// # Shapes
///
/// - synapses: `[hidden, visible]`
/// - visible: `[batch, visible]`
/// - currents, activations `g`: `[batch, hidden]`
pub fn plasticity(
    synapses: Tensor<2>,
    visible: Tensor<2>,
    currents: Tensor<2>,
    activations: Tensor<2>,
    radius_to_the_p: f64,
) -> Tensor<2> {
    let decay = (activations.clone() * currents).sum_dim(0).transpose() * synapses;
    let mut toward = activations.transpose().matmul(visible);
    if radius_to_the_p != 1.0 {
        toward = toward * radius_to_the_p;
    }
    toward - decay
}

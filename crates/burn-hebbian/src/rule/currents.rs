//! `I_mu = sum_i sign(W_mu,i) |W_mu,i|^(p-1) v_i`: what drives a hidden unit.

use burn::tensor::Tensor;

/// The powered synapses `sign(W) |W|^(p-1)`, of the shape of `synapses`.
///
/// p = 1, 2 and 3 need no `powf`, which on a CPU costs three times the matrix product that
/// follows.
pub fn powered_synapses(synapses: Tensor<2>, p: f64) -> Tensor<2> {
    if p == 1.0 {
        synapses.sign()
    } else if p == 2.0 {
        synapses
    } else if p == 3.0 {
        synapses.clone().abs() * synapses
    } else {
        synapses.clone().sign() * synapses.abs().powf_scalar(p - 1.0)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn special_powers_agree_with_the_general_form() {
        let values = [[-2.0f32, -0.5, 0.0, 0.25, 1.5]];
        for p in [1.0, 2.0, 3.0, 4.5] {
            let expected = values[0].map(|w| {
                let w = f64::from(w);
                let magnitude = if w == 0.0 { 0.0 } else { w.abs().powf(p - 1.0) };
                (w.signum() * magnitude) as f32
            });
            powered_synapses(Tensor::from_data(values, &Device::default()), p)
                .into_data()
                .assert_approx_eq::<f32>(&TensorData::from([expected]), Tolerance::default());
        }
    }
}

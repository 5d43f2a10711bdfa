//! A finished network, and how sure it is.

use burn::tensor::Tensor;

/// A finished network as `predict` asks it.
pub struct Network {
    /// What it is called.
    pub name: &'static str,
    /// What its outputs say of its confidence.
    pub confidence: Confidence,
    /// The outputs of the classes, `[1, classes]`, and how loudly each hidden unit speaks, `[1, units]`, for an
    /// image, `[1, visible]`, pixels from 0 to 1.
    pub forward: Box<dyn Fn(Tensor<2>) -> (Tensor<2>, Tensor<2>)>,
}

/// How sure a network is of a class with the output `z_c`, by the loss that it learned with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Confidence {
    /// `exp z_c / sum exp z`: the cross-entropy.
    Softmax,
    /// `(1 + tanh(beta z_c)) / 2`: the power loss drives tanh to 1 for the right class and to -1 for every other, so
    /// a confidence is that of one class alone; those of all do not sum to 1.
    Tanh {
        /// The scale of the outputs in the loss.
        beta: f64,
    },
}

impl Confidence {
    /// The confidence in each class, from 0 to 1.
    pub(super) fn of(self, outputs: &[f32]) -> Vec<f64> {
        let outputs = outputs.iter().copied().map(f64::from);
        match self {
            Self::Softmax => {
                let largest = outputs.clone().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<_> = outputs.map(|z| (z - largest).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
            Self::Tanh { beta } => outputs.map(|z| (1.0 + (beta * z).tanh()) / 2.0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_softmax_sums_to_one_and_does_not_overflow() {
        let shares = Confidence::Softmax.of(&[1000.0, 1000.0 + 3f32.ln(), -1000.0]);
        for (share, expected) in shares.iter().zip([0.25, 0.75, 0.0]) {
            assert!((share - expected).abs() < 1e-4, "{shares:?}");
        }
    }

    #[test]
    fn with_the_power_loss_each_class_stands_for_itself() {
        // (1 + tanh x) / 2 is the logistic function of 2 x.
        let found = Confidence::Tanh { beta: 0.5 }.of(&[0.0, 2.0, 2.0]);
        let expected = 1.0 / (1.0 + (-2.0f64).exp());
        assert_eq!(found[0], 0.5);
        assert!((found[1] - expected).abs() < 1e-12 && found[1] == found[2]);
    }
}

//! `W <- W + eps dW / max |dW|`: a step whose largest change is the learning rate.

use burn::config::Config;
use burn::optim::{LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};

use crate::SettingError;
use crate::error::require;

/// The floor of the divisor in the authors' code.
pub(crate) const PRECISION: f64 = 1e-30;

/// Settings of the [`MaxNormalized`] optimizer.
#[derive(Config, Debug, PartialEq)]
pub struct MaxNormalizedConfig {
    /// The floor of the divisor, above 0, so that an update of zero stays one. Defaults to 1e-30,
    /// which float32 and bfloat16 can hold; float16 needs more than 1e-7.
    #[config(default = 1e-30)]
    pub precision: f64,
}

impl MaxNormalizedConfig {
    /// The bare optimizer, which [`ModuleOptimizer::with_group`] takes for one parameter group.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the precision is not above 0.
    pub fn build(&self) -> Result<MaxNormalized, SettingError> {
        require(
            self.precision.is_finite() && self.precision > 0.0,
            "precision",
            self.precision,
            "above 0",
        )?;
        Ok(MaxNormalized {
            precision: self.precision,
        })
    }

    /// The optimizer of a whole module.
    ///
    /// # Errors
    ///
    /// As of [`build`](Self::build).
    pub fn init(&self) -> Result<ModuleOptimizer, SettingError> {
        self.build().map(ModuleOptimizer::from)
    }
}

/// Descends `W <- W - eps G / max |G|`, with one maximum over the whole parameter.
///
/// The local update travels as the gradient `G = -dW` (see
/// [`register_update`](crate::HebbianLinear::register_update)), which makes this the step of Krotov
/// & Hopfield: its size does not depend on the scale of the data, nor on how many examples, batches
/// or devices were summed before it. Made by [`MaxNormalizedConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct MaxNormalized {
    precision: f64,
}

impl Optimizer for MaxNormalized {
    type State<const D: usize> = ();

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        _state: Option<()>,
    ) -> (Tensor<D>, Option<()>) {
        let stepped = max_normalized_step(tensor, gradient, -rate, self.precision);
        (stepped, None)
    }

    fn to_device<const D: usize>(_state: (), _device: &Device) {}
}

/// `W + rate dW / max(max |dW|, precision)`.
pub(crate) fn max_normalized_step<const D: usize>(
    synapses: Tensor<D>,
    change: Tensor<D>,
    rate: f64,
    precision: f64,
) -> Tensor<D> {
    // The scale stays a tensor: reading it back would stall a GPU every step.
    let largest = change.clone().max_abs().clamp_min(precision);
    let scale = largest.recip() * rate;
    synapses + change * scale.reshape([1; D])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    fn step(gradient: [[f32; 2]; 2], rate: f64) -> TensorData {
        let device = Device::default();
        let optimizer = MaxNormalizedConfig::new().build().unwrap();
        let start = Tensor::<2>::ones([2, 2], &device);
        let gradient = Tensor::from_data(gradient, &device);
        optimizer.step(rate, start, gradient, None).0.into_data()
    }

    #[test]
    fn the_largest_change_is_the_learning_rate_whatever_the_scale() {
        let expected = TensorData::from([[0.9f32, 1.2], [1.0, 1.1]]);
        for scale in [1.0, 1e-3, 1e6] {
            let gradient = [[0.5 * scale, -scale], [0.0, -0.5 * scale]];
            step(gradient, 0.2).assert_approx_eq::<f32>(&expected, Tolerance::default());
        }
    }

    #[test]
    fn an_update_of_zero_stays_zero() {
        assert_eq!(step([[0.0; 2]; 2], 0.2), TensorData::from([[1.0f32; 2]; 2]));
    }

    #[test]
    fn a_precision_of_zero_is_refused() {
        let error = MaxNormalizedConfig::new().with_precision(0.0).init();
        assert_eq!(error.err().unwrap().field(), "precision");
    }
}

//! `W_mu <- W_mu + eps_mu dW_mu / max |dW|`: a step whose largest change is the learning rate.
//!
//! It divides after the sum. Accumulation and several devices sum what a layer registers, which is
//! itself a sum over examples; so two half batches, or two devices, give the step of one large batch.

use burn::config::Config;
use burn::optim::{LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};

#[cfg(feature = "flex")]
use super::one_pass::{self, CHUNK, floats, with_floats};
use crate::SettingError;
use crate::error::require_number;
#[cfg(feature = "flex")]
use crate::kernel::largest;
use crate::step::{UnitStep, assert_rate, is_not_finite, max_normalized_step, zero_where};
#[cfg(feature = "flex")]
use pulp::Arch;
#[cfg(feature = "flex")]
use rayon::prelude::*;

/// Settings of the [`MaxNormalized`] optimizer.
#[derive(Config, Debug, PartialEq)]
pub struct MaxNormalizedConfig {
    /// The floor of the divisor, above 0, so that an update of zero stays one. Raised to the smallest
    /// normal number of the parameter's type. Defaults to 1e-30.
    #[config(default = 1e-30)]
    pub precision: f64,
    /// The power, from 0 on, of a unit's distance from length 1 by which its rate shrinks:
    ///
    /// ```text
    /// eps_mu = eps (| |W_mu| - 1 | + 1e-10)^rate_power
    /// ```
    ///
    /// The length |W_mu| is that before the step, over all axes of the parameter but the first. At
    /// 0.5, as published for deep [soft competition](crate::SoftCompetition), a unit settles as its
    /// length nears 1. Defaults to 0: one rate for all units.
    #[config(default = 0.0)]
    pub rate_power: f64,
}

impl MaxNormalizedConfig {
    /// The bare optimizer, which [`ModuleOptimizer::with_group`] takes for one parameter group.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the precision is not above 0, or the power of the rate below it.
    pub fn build(&self) -> Result<MaxNormalized, SettingError> {
        require_number(self.precision > 0.0, "precision", self.precision, "above 0")?;
        require_number(
            self.rate_power >= 0.0,
            "rate_power",
            self.rate_power,
            "at least 0",
        )?;
        Ok(MaxNormalized {
            precision: self.precision,
            rate_power: self.rate_power,
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
/// or devices were summed before it. A gradient with a value that is not finite changes nothing: the
/// optimizer has nobody to tell, so watch the metrics. Made by [`MaxNormalizedConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct MaxNormalized {
    precision: f64,
    rate_power: f64,
}

impl MaxNormalized {
    /// The step at this rate.
    pub(crate) fn at(&self, rate: LearningRate) -> UnitStep {
        UnitStep {
            rate,
            rate_power: self.rate_power,
            precision: self.precision,
        }
    }
}

impl Optimizer for MaxNormalized {
    type State<const D: usize> = ();

    /// # Panics
    ///
    /// Panics where `rate` is not finite, or the gradient has another number of values.
    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        _state: Option<()>,
    ) -> (Tensor<D>, Option<()>) {
        assert_rate(rate);
        #[cfg(feature = "flex")]
        if self.rate_power == 0.0 && one_pass::fits(&tensor, &gradient) {
            return (self.two_passes(rate, tensor, gradient), None);
        }
        // A local update comes as one row, so that no other optimizer takes it by mistake.
        let gradient = gradient.reshape(tensor.shape());
        let gradient = zero_where(is_not_finite(gradient.clone()), gradient);
        let stepped = max_normalized_step(tensor, gradient, self.at(-rate));
        (stepped, None)
    }

    fn to_device<const D: usize>(_state: (), _device: &Device) {}
}

#[cfg(feature = "flex")]
impl MaxNormalized {
    /// The step in two passes over memory, one for the maximum and one for the values.
    fn two_passes<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let (device, shape, dtype) = (tensor.device(), tensor.shape(), tensor.dtype());
        let mut next = gradient.into_data();
        let values = floats(&mut next);
        let largest = largest(values);
        if !largest.is_finite() {
            return tensor;
        }
        let floor = self.precision.max(f64::from(f32::MIN_POSITIVE)) as f32;
        let scale = (rate / f64::from(largest.max(floor))) as f32;
        let arch = Arch::new();
        with_floats(tensor, |synapses| {
            values
                .par_chunks_mut(CHUNK)
                .zip(synapses.par_chunks(CHUNK))
                .for_each(|(values, synapses)| {
                    arch.dispatch(|| {
                        for (value, synapse) in values.iter_mut().zip(synapses) {
                            *value = synapse - scale * *value;
                        }
                    });
                });
        });
        // The device may prefer another type of float.
        Tensor::<D>::from_data(next, (&device, dtype)).reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Distribution, TensorData, Tolerance};

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
    fn a_gradient_that_is_not_finite_changes_nothing() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let expected = TensorData::from([[1.0f32; 2]; 2]);
            assert_eq!(step([[0.5, bad], [0.0, 0.1]], 0.2), expected, "{bad}");
            // Burn's own operations, which float64 takes.
            let device = Device::default();
            let start = Tensor::<2>::ones([2, 2], &device).cast(DType::F64);
            let gradient = Tensor::<2>::from_data([[0.5, bad], [0.0, 0.1]], &device);
            let optimizer = MaxNormalizedConfig::new().build().unwrap();
            let (after, _) = optimizer.step(0.2, start.clone(), gradient.cast(DType::F64), None);
            assert_eq!(after.into_data(), start.into_data(), "{bad}");
        }
    }

    #[test]
    fn two_passes_take_the_step_of_burns_operations() {
        let device = Device::default();
        device.seed(3);
        let random = || Tensor::<2>::random([130, 140], Distribution::Normal(0.0, 1.0), &device);
        let (start, gradient) = (random(), random());
        let optimizer = MaxNormalizedConfig::new().build().unwrap();
        let row = gradient.clone().reshape([1, 130 * 140]);
        let (found, _) = optimizer.step(0.3, start.clone(), row, None);
        let (start, gradient) = (start.cast(DType::F64), gradient.cast(DType::F64));
        let (expected, _) = optimizer.step(0.3, start, gradient, None);
        let expected = expected.into_data().convert::<f32>();
        found
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-6));
    }

    #[test]
    #[should_panic(expected = "a learning rate must be finite, got inf")]
    fn a_rate_that_is_not_finite_is_refused() {
        step([[0.5; 2]; 2], f64::INFINITY);
    }

    #[test]
    fn a_precision_of_zero_is_refused() {
        let error = MaxNormalizedConfig::new().with_precision(0.0).init();
        assert_eq!(error.err().unwrap().field(), "precision");
    }
}

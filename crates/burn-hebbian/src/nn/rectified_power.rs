//! `h = max(x, 0)^n`: the activation that sharpens the competition.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::SettingError;
use crate::error::require_number;
use crate::power::Power;

/// Settings of [`RectifiedPower`].
#[derive(Config, Debug, PartialEq)]
pub struct RectifiedPowerConfig {
    /// The power n, at least 1. The paper uses 4.5 for MNIST; at 1 this is the ReLU.
    pub power: f64,
}

impl RectifiedPowerConfig {
    /// Checks the power and makes the activation.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the power is below 1 or not finite.
    pub fn init(&self) -> Result<RectifiedPower, SettingError> {
        require_number(self.power >= 1.0, "power", self.power, "at least 1")?;
        Ok(RectifiedPower { power: self.power })
    }
}

/// Applies `h = max(x, 0)^n`.
///
/// The rectification comes first: a power of a negative number is not defined for fractional n
/// and has the wrong sign for even n. Feed it inputs of unit length, else n = 4.5 overflows.
/// Krotov & Hopfield, PNAS 116 (2019) 7723. Made by [`RectifiedPowerConfig`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use burn_hebbian::RectifiedPowerConfig;
///
/// let activation = RectifiedPowerConfig::new(2.0).init()?;
/// let x = Tensor::<1>::from_data([-3.0, 0.0, 0.5], &Device::default());
/// let h: Vec<f32> = activation.forward(x).into_data().try_into_vec().unwrap();
/// assert_eq!(h, [0.0, 0.0, 0.25]);
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
#[derive(Module, Debug)]
pub struct RectifiedPower {
    /// The power n.
    pub power: f64,
}

impl RectifiedPower {
    /// Applies the forward pass.
    ///
    /// # Shapes
    ///
    /// - input: `[..., any]`
    /// - output: `[..., any]`
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        Power::new(self.power).of_positive(relu(input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn values_and_slopes_follow_the_formula() {
        let device = Device::default().autodiff();
        let inputs = [-1.0f32, -0.0, 0.3, 1.0, 1.7];
        for power in [1.0, 2.0, 3.0, 4.5] {
            let x = Tensor::<1>::from_data(inputs, &device).require_grad();
            let h = RectifiedPowerConfig::new(power)
                .init()
                .unwrap()
                .forward(x.clone());
            let value = inputs.map(|x| x.max(0.0).powf(power as f32));
            let slope = inputs.map(|x| {
                let slope = power as f32 * x.max(0.0).powf(power as f32 - 1.0);
                if x > 0.0 { slope } else { 0.0 }
            });
            let gradients = h.clone().sum().backward();
            let tolerance = Tolerance::<f32>::default();
            h.into_data()
                .assert_approx_eq(&TensorData::from(value), tolerance);
            x.grad(&gradients)
                .unwrap()
                .into_data()
                .assert_approx_eq(&TensorData::from(slope), tolerance);
        }
    }

    #[test]
    fn a_power_below_one_is_refused() {
        let error = RectifiedPowerConfig::new(0.5).init().unwrap_err();
        assert_eq!(
            error.to_string(),
            "power = 0.5 is not allowed: it must be at least 1"
        );
    }
}

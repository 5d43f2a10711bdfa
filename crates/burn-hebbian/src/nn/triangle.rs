//! `h_mu = max(u_mu - mean u, 0)^n`: the triangle activation.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::SettingError;
use crate::error::require_number;
use crate::power::Power;

/// Settings of [`Triangle`].
#[derive(Config, Debug, PartialEq)]
pub struct TriangleConfig {
    /// The power n, above 0. Defaults to 1.
    #[config(default = 1.0)]
    pub power: f64,
}

impl TriangleConfig {
    /// Checks the power and makes the activation.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] unless the power is above 0 and finite.
    pub fn init(&self) -> Result<Triangle, SettingError> {
        require_number(self.power > 0.0, "power", self.power, "above 0")?;
        Ok(Triangle { power: self.power })
    }
}

/// Applies `h_mu = max(u_mu - mean over the units of u, 0)^n`: a unit speaks where it is above the
/// mean of all at its place.
///
/// Coates, Ng & Lee, AISTATS 2011; with a power Journé et al. 2023,
/// [arXiv:2209.11883](https://arxiv.org/abs/2209.11883). Below n = 1 its slope at 0 is infinite: do
/// not differentiate through it. Made by [`TriangleConfig`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use burn_hebbian::TriangleConfig;
///
/// let triangle = TriangleConfig::new().with_power(2.0).init()?;
/// let u = Tensor::<2>::from_data([[1.0, 2.0, 6.0]], &Device::default());
/// let h: Vec<f32> = triangle.forward(u).into_data().try_into_vec().unwrap();
/// assert_eq!(h, [0.0, 0.0, 9.0]);
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
#[derive(Module, Debug)]
pub struct Triangle {
    /// The power n.
    pub power: f64,
}

impl Triangle {
    /// Applies the forward pass.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, units, ..]`
    /// - output: `[batch, units, ..]`
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let above = relu(input.clone() - input.mean_dim(1));
        Power::new(self.power).of_positive(above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_without_a_triangle_are_refused() {
        for power in [0.0, -1.0, f64::NAN] {
            let error = TriangleConfig::new().with_power(power).init().unwrap_err();
            assert_eq!(error.field(), "power");
        }
    }
}

//! `|x|^n` and `sign(x) |x|^n`, without `powf` where a few products do.
//!
//! On a CPU `powf` over the synapses costs three times the matrix product that follows.

use burn::tensor::Tensor;

/// A power n of magnitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Power {
    /// n = 0
    Zero,
    /// n = 1
    One,
    /// n = 2
    Two,
    /// n = 3
    Three,
    /// Any other n above 0.
    Other(f64),
}

impl Power {
    /// The power n, at least 0.
    pub fn new(n: f64) -> Self {
        if n == 0.0 {
            Self::Zero
        } else if n == 1.0 {
            Self::One
        } else if n == 2.0 {
            Self::Two
        } else if n == 3.0 {
            Self::Three
        } else {
            Self::Other(n)
        }
    }

    /// `x^n` of values that are not negative.
    pub fn of_positive<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Zero => x.ones_like(),
            Self::One => x,
            Self::Two => x.square(),
            Self::Three => x.clone().square() * x,
            Self::Other(n) => x.powf_scalar(n),
        }
    }

    /// `|x|^n`
    pub fn of_magnitude<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        self.of_positive(x.abs())
    }

    /// `sign(x) |x|^n`, 0 at 0.
    pub fn signed<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Zero => x.sign(),
            Self::One => x,
            Self::Two => x.clone().abs() * x,
            Self::Three => x.clone().square() * x,
            Self::Other(n) => x.clone().sign() * x.abs().powf_scalar(n),
        }
    }

    /// `sign(x) |x|^n` of one number, 0 at 0.
    #[inline(always)]
    pub fn signed_value(self, x: f32) -> f32 {
        match self {
            Self::Zero if x == 0.0 => 0.0,
            Self::Zero => x.signum(),
            Self::One => x,
            Self::Two => x * x.abs(),
            Self::Three => x * x * x,
            Self::Other(n) => x.abs().powf(n as f32).copysign(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn every_form_of_every_power_follows_the_formula() {
        let values = [-2.0f32, -0.5, 0.0, 0.25, 1.5];
        for n in [0.0, 1.0, 2.0, 3.0, 3.5] {
            let power = Power::new(n);
            let exact = |x: f32| f64::from(x.abs()).powf(n) as f32;
            let signed = values.map(|x| if x == 0.0 { 0.0 } else { exact(x) * x.signum() });
            let tensor = || Tensor::<1>::from_data(values, &Device::default());
            let tolerance = Tolerance::<f32>::default();
            power
                .signed(tensor())
                .into_data()
                .assert_approx_eq(&TensorData::from(signed), tolerance);
            power
                .of_magnitude(tensor())
                .into_data()
                .assert_approx_eq(&TensorData::from(values.map(exact)), tolerance);
            TensorData::from(values.map(|x| power.signed_value(x)))
                .assert_approx_eq(&TensorData::from(signed), tolerance);
        }
    }
}

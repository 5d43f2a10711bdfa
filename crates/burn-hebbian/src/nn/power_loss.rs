//! `L = sum over classes of |tanh(beta z) - t|^m`: the loss of the paper's classifiers.

use burn::config::Config;
use burn::tensor::{Int, Tensor, assert_shape};

use crate::SettingError;
use crate::error::require_number;
use crate::rule::is_winner;

/// Settings of [`PowerLoss`].
#[derive(Config, Debug, PartialEq)]
pub struct PowerLossConfig {
    /// The scale beta of the outputs before the tanh, above 0. Defaults to 1.
    #[config(default = 1.0)]
    pub beta: f64,
    /// The power m, at least 1. Defaults to 6.
    #[config(default = 6.0)]
    pub power: f64,
}

impl PowerLossConfig {
    /// Checks the settings and makes the loss.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for beta <= 0 or a power below 1, and for any that is not finite.
    pub fn init(&self) -> Result<PowerLoss, SettingError> {
        require_number(self.beta > 0.0, "beta", self.beta, "above 0")?;
        require_number(self.power >= 1.0, "power", self.power, "at least 1")?;
        Ok(PowerLoss {
            beta: self.beta,
            power: self.power,
        })
    }
}

/// The loss `|tanh(beta z) - t|^m`, with t = 1 for the right class and -1 for the others.
///
/// Krotov & Hopfield, PNAS 116 (2019) 7723. The sum runs over the classes; over the examples the
/// mean is taken, as in Burn's losses, so that a learning rate serves any batch size. Feed it the
/// outputs of a linear layer, not log-probabilities. Made by [`PowerLossConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct PowerLoss {
    beta: f64,
    power: f64,
}

impl PowerLoss {
    /// The loss of a batch, `[1]`.
    ///
    /// # Shapes
    ///
    /// - outputs `z`: `[batch, classes]`
    /// - targets: `[batch]`, the index of the right class
    ///
    /// # Panics
    ///
    /// Panics if `targets` does not hold one class per example, or one that the outputs do not have.
    pub fn forward(&self, outputs: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
        let [batch, classes] = outputs.dims();
        assert_shape!(targets, [batch]);
        assert_labels(&targets, classes);
        let right = is_winner(targets.unsqueeze_dim(1), classes);
        let right = right.float().cast(outputs.dtype());
        let t = right * 2.0 - 1.0;
        let distance = ((outputs * self.beta).tanh() - t).abs();
        distance.powf_scalar(self.power).sum_dim(1).mean()
    }
}

/// Refuses labels that are no classes, which no operation would notice; a GPU is waited for.
///
/// # Panics
///
/// Panics where a label is below 0 or past the last class.
pub(super) fn assert_labels(labels: &Tensor<1, Int>, classes: usize) {
    for label in labels.to_data().iter::<i64>() {
        assert!(
            (0..classes as i64).contains(&label),
            "a label must be from 0 to below {classes}, the number of classes, got {label}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "flex")]
    use burn::tensor::DType;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn the_loss_and_its_slope_follow_the_formula() {
        let device = Device::default().autodiff();
        let (z, target, beta, m) = ([0.3f64, -0.2, 1.1], 2, 0.7f64, 6.0f64);
        let t = |class| if class == target { 1.0 } else { -1.0 };
        let mut expected = 0.0;
        let mut slope = [0.0f32; 3];
        for (class, z) in z.iter().enumerate() {
            let c = (beta * z).tanh();
            let distance = c - t(class);
            expected += distance.abs().powf(m);
            let outer = m * distance.abs().powf(m - 1.0) * distance.signum();
            slope[class] = (outer * (1.0 - c * c) * beta) as f32;
        }
        let outputs = Tensor::<2>::from_data([z], &device).require_grad();
        let loss = PowerLossConfig::new()
            .with_beta(beta)
            .with_power(m)
            .init()
            .unwrap();
        let value = loss.forward(outputs.clone(), Tensor::from_data([target as i64], &device));
        let gradients = value.backward();
        assert!((value.into_scalar::<f64>() - expected).abs() < 1e-4 * expected);
        outputs
            .grad(&gradients)
            .unwrap()
            .into_data()
            .assert_approx_eq::<f32>(&TensorData::from([slope]), Tolerance::default());
    }

    #[test]
    #[cfg(feature = "flex")] // It has all types of float.
    fn the_loss_of_a_batch_is_the_mean_of_its_examples_in_every_type_of_float() {
        let device = Device::flex();
        let outputs = [[0.3f32, -0.2, 1.1], [-0.7, 0.4, 0.0]];
        let targets = [2usize, 0];
        let mut expected = 0.0;
        for (outputs, target) in outputs.iter().zip(targets) {
            for (class, z) in outputs.iter().enumerate() {
                let t = if class == target { 1.0 } else { -1.0 };
                expected += (f64::from(*z).tanh() - t).abs().powi(6) / 2.0;
            }
        }
        let loss = PowerLossConfig::new().init().unwrap();
        for (dtype, tolerance) in [
            (DType::F64, 1e-6),
            (DType::F32, 1e-5),
            (DType::F16, 5e-3),
            (DType::BF16, 5e-2),
        ] {
            let outputs = Tensor::<2>::from_data(outputs, &device).cast(dtype);
            let labels = Tensor::from_data(targets.map(|target| target as i64), &device);
            let found = loss.forward(outputs, labels).into_scalar::<f64>();
            let off = (found / expected - 1.0).abs();
            assert!(off < tolerance, "{dtype:?}: {found} instead of {expected}");
        }
    }

    #[test]
    fn one_class_has_a_loss_too() {
        let device = Device::default();
        let outputs = Tensor::<2>::from_data([[0.3], [-0.2]], &device);
        let loss = PowerLossConfig::new().init().unwrap();
        let found = loss.forward(outputs, Tensor::zeros([2], &device));
        let of = |z: f64| (z.tanh() - 1.0).powi(6);
        let expected = (of(0.3) + of(-0.2)) / 2.0;
        let off = (found.into_scalar::<f64>() / expected - 1.0).abs();
        assert!(off < 1e-4, "{off}");
    }

    #[test]
    #[cfg(feature = "flex")] // It has all types of integer.
    fn labels_are_of_any_type_of_integer() {
        let device = Device::flex();
        for dtype in [DType::U8, DType::I32, DType::I64] {
            let labels = Tensor::<2, Int>::from_data([[2], [0]], (&device, dtype));
            let found: Vec<i64> = is_winner(labels, 3).int().into_data().iter().collect();
            assert_eq!(found, [0, 0, 1, 1, 0, 0], "{dtype:?}");
        }
    }

    #[test]
    #[should_panic(expected = "a label must be from 0 to below 3, the number of classes, got -1")]
    fn a_label_below_zero_is_refused() {
        let device = Device::default();
        let loss = PowerLossConfig::new().init().unwrap();
        let labels = Tensor::from_data([2, -1], &device);
        loss.forward(Tensor::zeros([2, 3], &device), labels);
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let config = PowerLossConfig::new;
        assert_eq!(config().with_beta(0.0).init().unwrap_err().field(), "beta");
        assert_eq!(
            config().with_power(0.5).init().unwrap_err().field(),
            "power"
        );
    }
}

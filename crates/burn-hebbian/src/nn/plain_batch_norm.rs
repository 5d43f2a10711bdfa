//! `(x - mean) / sqrt(variance + epsilon)` for each channel: batch norm without scale and shift.

use burn::config::Config;
use burn::module::{Module, RunningState};
use burn::tensor::{Device, Tensor, assert_shape};

use super::layout::{channels_first, channels_last};
use super::plastic::in_context_of;
use crate::SettingError;
use crate::error::{require, require_number};

/// Settings of [`PlainBatchNorm`].
#[derive(Config, Debug, PartialEq)]
pub struct PlainBatchNormConfig {
    /// The number of channels.
    pub channels: usize,
    /// What is added to the variance, above 0. Defaults to 1e-5.
    #[config(default = 1e-5)]
    pub epsilon: f64,
    /// The weight of a new batch in the running statistics, from 0 to 1. Defaults to 0.1.
    #[config(default = 0.1)]
    pub momentum: f64,
}

impl PlainBatchNormConfig {
    /// Checks the settings and makes the layer, with running means of 0 and variances of 1.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    pub fn init(&self, device: &Device) -> Result<PlainBatchNorm, SettingError> {
        require(self.channels > 0, "channels", self.channels, "at least 1")?;
        let (epsilon, momentum) = (self.epsilon, self.momentum);
        require_number(epsilon > 0.0, "epsilon", epsilon, "above 0")?;
        let share = (0.0..=1.0).contains(&momentum);
        require(share, "momentum", momentum, "from 0 to 1")?;
        Ok(PlainBatchNorm {
            running_mean: RunningState::new(Tensor::zeros([self.channels], device)),
            running_var: RunningState::new(Tensor::ones([self.channels], device)),
            epsilon,
            momentum,
        })
    }
}

/// Normalises each channel over images and places, and does nothing else.
///
/// Burn's [`BatchNorm`](burn::nn::BatchNorm) has a scale and a shift, which only gradients could
/// train, and looks at its batch on an autodiff device only. Here whoever learns asks for it, on any
/// device: [`observe`](Self::observe). As in PyTorch the running variance is the unbiased one. As in
/// Burn, clones share their running statistics. Made by [`PlainBatchNormConfig`].
#[derive(Module, Debug)]
pub struct PlainBatchNorm {
    /// The running mean of each channel, `[channels]`.
    pub running_mean: RunningState<Tensor<1>>,
    /// The running variance of each channel, `[channels]`.
    pub running_var: RunningState<Tensor<1>>,
    /// What is added to the variance.
    pub epsilon: f64,
    /// The weight of a new batch in the running statistics.
    pub momentum: f64,
}

impl PlainBatchNorm {
    /// Normalises by the running statistics.
    ///
    /// # Shapes
    ///
    /// - images, output: `[n, channels, height, width]`
    ///
    /// # Panics
    ///
    /// Panics if `images` have other channels.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let device = images.device();
        let mean = self.running_mean.value_sync().to_device(&device);
        let var = self.running_var.value_sync().to_device(&device);
        let [channels] = mean.dims();
        assert_shape!(images, [_, channels, _, _]);
        self.normalise(images, mean, var)
    }

    /// Normalises by the statistics of this batch, and notes them in the running ones.
    ///
    /// # Shapes
    ///
    /// - images, output: `[n, channels, height, width]`
    ///
    /// # Panics
    ///
    /// Panics if `images` have other channels.
    pub fn observe(&self, images: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = images.dims();
        let places = n * height * width;
        let rows = channels_last(images.clone());
        let rows = rows.reshape([places, channels]);
        let mean = rows.clone().mean_dim(0);
        let var = (rows - mean.clone())
            .square()
            .mean_dim(0)
            .squeeze_dim::<1>(0);
        let mean = mean.squeeze_dim::<1>(0);
        let unbiased = places as f64 / (places as f64 - 1.0).max(1.0);
        self.note(&self.running_mean, mean.clone());
        self.note(&self.running_var, var.clone() * unbiased);
        self.normalise(images, mean, var)
    }

    /// Takes a batch into running statistics, but for channels in which it is not finite.
    fn note(&self, running: &RunningState<Tensor<1>>, batch: Tensor<1>) {
        let before = running.value_sync();
        let [channels] = before.dims();
        assert_shape!(batch, [channels]);
        let batch = batch.without_autodiff().to_device(&before.device());
        let plain = before.clone().without_autodiff();
        let broken = batch.clone().is_finite().bool_not();
        let next = plain.clone() * (1.0 - self.momentum) + batch * self.momentum;
        let next = next.mask_where(broken, plain);
        running.update(in_context_of(&before, next));
        // An update waits for its thread, and another may be the next to ask.
        running.value_sync();
    }

    fn normalise(&self, images: Tensor<4>, mean: Tensor<1>, var: Tensor<1>) -> Tensor<4> {
        let [channels] = mean.dims();
        // Places first, so that images that lie channel by channel at each place are read in order.
        let scale = (var + self.epsilon)
            .sqrt()
            .recip()
            .reshape([1, 1, 1, channels]);
        let mean = mean.reshape([1, 1, 1, channels]);
        let places = channels_last(images);
        channels_first((places - mean) * scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn a_batch_is_normalised_and_noted_on_a_plain_device() {
        let device = Device::default();
        let norm = PlainBatchNormConfig::new(2)
            .with_momentum(1.0)
            .init(&device)
            .unwrap();
        let images = Tensor::<4>::random([3, 2, 4, 5], Distribution::Normal(3.0, 2.0), &device);
        let found = norm.observe(images.clone());
        let rows = found.permute([1, 0, 2, 3]).reshape([2, 60]);
        let mean = rows.clone().mean_dim(1).abs().max().into_scalar::<f32>();
        let size = rows.square().mean_dim(1);
        assert!(mean < 1e-5, "{mean}");
        let size = (size - 1.0).abs().max().into_scalar::<f32>();
        assert!(size < 1e-4, "{size}");
        // At momentum 1 the running statistics are those of the batch, with n - 1.
        let rows = images.permute([1, 0, 2, 3]).reshape([2, 60]);
        norm.running_var
            .value()
            .into_data()
            .assert_approx_eq::<f32>(
                &rows.var(1).flatten::<1>(0, 1).into_data(),
                Tolerance::default(),
            );
    }

    #[test]
    fn a_batch_that_is_not_finite_leaves_the_statistics_of_its_channel() {
        let device = Device::default();
        let norm = PlainBatchNormConfig::new(2).init(&device).unwrap();
        let images = Tensor::<4>::random([2, 2, 3, 3], Distribution::Normal(3.0, 2.0), &device);
        norm.observe(images.slice_fill([0..1, 1..2, 0..1, 0..1], f32::NAN));
        let read = |state: &RunningState<Tensor<1>>| -> Vec<f32> {
            state.value_sync().into_data().iter().collect()
        };
        let (means, vars) = (read(&norm.running_mean), read(&norm.running_var));
        assert!(means[0] != 0.0 && vars[0] != 1.0, "{means:?}, {vars:?}");
        assert_eq!((means[1], vars[1]), (0.0, 1.0));
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let device = Device::default();
        let field = |config: PlainBatchNormConfig| config.init(&device).unwrap_err().field();
        let config = || PlainBatchNormConfig::new(2);
        assert_eq!(field(PlainBatchNormConfig::new(0)), "channels");
        assert_eq!(field(config().with_epsilon(0.0)), "epsilon");
        assert_eq!(field(config().with_momentum(1.1)), "momentum");
    }
}

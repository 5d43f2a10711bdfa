//! Settings of the convolution that learns by a local rule.

use burn::config::Config;
use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::Device;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{HebbianConv2d, patches};
use crate::error::require;
use crate::kernel::{PaddingMode, Windows, most_units};
use crate::rule::{KrotovHopfieldConfig, LocalRule, RuleConfig};
use crate::{MaxNormalizedConfig, SettingError};

/// Settings of a [`HebbianConv2d`] layer.
///
/// ```
/// use burn::nn::Initializer;
/// use burn::tensor::{Device, Distribution, Tensor};
/// use burn_hebbian::{HebbianConv2dConfig, MaxNormalizedConfig, PaddingMode, SoftCompetitionConfig};
///
/// let device = Device::default();
/// let mut layer = HebbianConv2dConfig::new([3, 12], [5, 5])
///     .with_padding([2, 2])
///     .with_padding_mode(PaddingMode::Reflect)
///     .with_rule(SoftCompetitionConfig::new())
///     .with_step(MaxNormalizedConfig::new().with_rate_power(0.5))
///     .init(&device)?;
/// let images = Tensor::<4>::random([2, 3, 8, 8], Distribution::Default, &device);
///
/// let maps = layer.forward(images.clone());
/// assert_eq!(maps.dims(), [2, 12, 8, 8]);
/// layer = layer.learn(images, 0.08); // one step of the rule: no labels, no autodiff
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HebbianConv2dConfig<C = KrotovHopfieldConfig> {
    /// The number of channels of an image, and the number of units, which is that of the maps.
    pub channels: [usize; 2],
    /// The height and width of what a unit sees.
    pub kernel_size: [usize; 2],
    /// From one place to the next, down and across. Defaults to `[1, 1]`.
    pub stride: [usize; 2],
    /// What is added above and below an image, and on its left and right. Defaults to `[0, 0]`.
    pub padding: [usize; 2],
    /// What is added. Defaults to zeros.
    pub padding_mode: PaddingMode,
    /// Whether each patch is scaled to length 1, as of [`unit_length`](crate::unit_length). The
    /// Krotov-Hopfield rule needs it (Grinberg et al. 2019,
    /// [arXiv:1908.08993](https://arxiv.org/abs/1908.08993)). Defaults to false.
    pub unit_patches: bool,
    /// The settings of the rule. Defaults to those of [`KrotovHopfieldConfig`].
    pub rule: C,
    /// The start of the synapses. Defaults to the normal distribution N(0, 1).
    pub initializer: Initializer,
    /// The settings of a step, for [`learn`](HebbianConv2d::learn); in Burn's loop the optimizer has
    /// its own. Defaults to one rate for all units.
    pub step: MaxNormalizedConfig,
}

// `#[derive(Config)]` takes no generics, so the trait is implemented by hand.
impl<C: core::fmt::Debug + Serialize + DeserializeOwned> Config for HebbianConv2dConfig<C> {}

impl HebbianConv2dConfig {
    /// A layer of `[channels, units]`, each unit connected to windows of `kernel_size`.
    pub fn new(channels: [usize; 2], kernel_size: [usize; 2]) -> Self {
        Self {
            channels,
            kernel_size,
            stride: [1, 1],
            padding: [0, 0],
            padding_mode: PaddingMode::Zeros,
            unit_patches: false,
            rule: KrotovHopfieldConfig::new(),
            initializer: Initializer::Normal {
                mean: 0.0,
                std: 1.0,
            },
            step: MaxNormalizedConfig::new(),
        }
    }
}

impl<C> HebbianConv2dConfig<C> {
    /// Sets the [stride](Self::stride).
    pub fn with_stride(mut self, stride: [usize; 2]) -> Self {
        self.stride = stride;
        self
    }

    /// Sets the [padding](Self::padding).
    pub fn with_padding(mut self, padding: [usize; 2]) -> Self {
        self.padding = padding;
        self
    }

    /// Sets the [padding mode](Self::padding_mode).
    pub fn with_padding_mode(mut self, padding_mode: PaddingMode) -> Self {
        self.padding_mode = padding_mode;
        self
    }

    /// Sets whether patches are [scaled to length 1](Self::unit_patches).
    pub fn with_unit_patches(mut self, unit_patches: bool) -> Self {
        self.unit_patches = unit_patches;
        self
    }

    /// Sets the [rule](Self::rule).
    pub fn with_rule<D: RuleConfig>(self, rule: D) -> HebbianConv2dConfig<D> {
        HebbianConv2dConfig {
            channels: self.channels,
            kernel_size: self.kernel_size,
            stride: self.stride,
            padding: self.padding,
            padding_mode: self.padding_mode,
            unit_patches: self.unit_patches,
            rule,
            initializer: self.initializer,
            step: self.step,
        }
    }

    /// Sets the [initializer](Self::initializer).
    pub fn with_initializer(mut self, initializer: Initializer) -> Self {
        self.initializer = initializer;
        self
    }

    /// Sets the [step](Self::step).
    pub fn with_step(mut self, step: MaxNormalizedConfig) -> Self {
        self.step = step;
        self
    }

    /// The number of synapses of a unit.
    pub fn visible(&self) -> usize {
        self.channels[0] * self.kernel_size[0] * self.kernel_size[1]
    }

    /// The height and width of the maps of images of this height and width.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where a size or a stride is 0, where the kernel is larger than the padded
    /// images, or where reflect padding is not smaller than the images.
    pub fn output_size(&self, image: [usize; 2]) -> Result<[usize; 2], SettingError> {
        self.check()?;
        let windows = self.windows();
        if let Ok(fitting) = patches::check(windows, image) {
            return Ok(fitting);
        }
        let [height, width] = image;
        let [tall, wide] = self.padding;
        let reflects = self.padding_mode == PaddingMode::Reflect;
        if reflects && (tall >= height || wide >= width) {
            let allowed =
                format!("below the size of the images, {height} x {width}, to be reflected");
            return Err(SettingError::new(
                "padding",
                format!("{tall} x {wide}"),
                allowed,
            ));
        }
        let [rows, columns] = self.kernel_size;
        let allowed = format!(
            "at most that of the padded images, {} x {}",
            height + 2 * tall,
            width + 2 * wide
        );
        Err(SettingError::new(
            "kernel_size",
            format!("{rows} x {columns}"),
            allowed,
        ))
    }

    /// Refuses a size or a stride of 0.
    fn check(&self) -> Result<(), SettingError> {
        let [channels, units] = self.channels;
        let [rows, columns] = self.kernel_size;
        let [down, across] = self.stride;
        let positive = |field, value| require(value > 0, field, value, "at least 1");
        positive("channels", channels)?;
        positive("units", units)?;
        positive("kernel_size", rows.min(columns))?;
        positive("stride", down.min(across))
    }

    fn windows(&self) -> Windows {
        Windows {
            kernel: self.kernel_size,
            stride: self.stride,
            padding: self.padding,
            border: self.padding_mode,
        }
    }

    /// Makes the layer with a rule of your own in place of the configured one.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where a size or a stride is 0, where there are more than 65,535 units on
    /// wgpu, Vulkan, CUDA or another runtime of CubeCL, or where the rule refuses the sizes or the
    /// step its settings.
    pub fn init_with<R: LocalRule>(
        &self,
        rule: R,
        device: &Device,
    ) -> Result<HebbianConv2d<R>, SettingError> {
        self.check()?;
        let [channels, units] = self.channels;
        let [rows, columns] = self.kernel_size;
        let most = most_units(device);
        let allowed = format!("at most {most} on this device");
        require(units <= most, "units", units, &allowed)?;
        rule.check(self.visible(), units)?;
        let weight = self.initializer.init_with(
            [units, channels, rows, columns],
            Some(self.visible()),
            Some(units * rows * columns),
            device,
        );
        Ok(HebbianConv2d {
            weight: weight.set_require_grad(false),
            learning: Param::from_bool(true),
            rule,
            step: self.step.build()?,
            windows: self.windows(),
            unit_patches: self.unit_patches,
        })
    }
}

impl<C: RuleConfig> HebbianConv2dConfig<C> {
    /// Makes the layer.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of the rule or the step that is out of range or does
    /// not fit the sizes.
    pub fn init(&self, device: &Device) -> Result<HebbianConv2d<C::Rule>, SettingError> {
        self.init_with(self.rule.init()?, device)
    }

    /// Makes the layer with the weights of a convolution, on its device: learn by backpropagation
    /// first, then locally. [`to_conv2d`](HebbianConv2d::to_conv2d) is the way back. The
    /// [initializer](Self::initializer) is not used.
    ///
    /// # Errors
    ///
    /// As of [`init`](Self::init), and where the convolution has other sizes, other padding, groups,
    /// dilation or a bias, which the rules know nothing of.
    pub fn init_from_conv2d(&self, conv: &Conv2d) -> Result<HebbianConv2d<C::Rule>, SettingError> {
        let weight = conv.weight.val();
        require(conv.groups == 1, "groups", conv.groups, "1")?;
        let [units, channels, rows, columns] = weight.dims();
        let same = |field, own: [usize; 2], of: [usize; 2]| {
            let allowed = format!("{of:?}, as in the convolution");
            require(own == of, field, format!("{own:?}"), &allowed)
        };
        same("channels", self.channels, [channels, units])?;
        same("kernel_size", self.kernel_size, [rows, columns])?;
        same("stride", self.stride, conv.stride)?;
        same("padding", self.padding, padding_of(conv)?)?;
        let plain = conv.dilation == [1, 1];
        require(plain, "dilation", format!("{:?}", conv.dilation), "[1, 1]")?;
        let allowed = "false in the convolution: a HebbianConv2d has none";
        require(conv.bias.is_none(), "bias", "true", allowed)?;
        let mut layer = self.init(&weight.device())?;
        layer.set_synapses(weight.without_autodiff());
        Ok(layer)
    }
}

/// What a convolution adds above and below an image, and on its left and right.
fn padding_of(conv: &Conv2d) -> Result<[usize; 2], SettingError> {
    let [rows, columns] = conv.kernel_size;
    match conv.padding {
        PaddingConfig2d::Valid => Ok([0, 0]),
        PaddingConfig2d::Explicit(top, left, bottom, right) if top == bottom && left == right => {
            Ok([top, left])
        }
        // Past a stride of 1 it goes by the size of the image.
        PaddingConfig2d::Same if conv.stride == [1, 1] && rows % 2 == 1 && columns % 2 == 1 => {
            Ok([rows / 2, columns / 2])
        }
        _ => Err(SettingError::new(
            "padding",
            format!("{:?}", conv.padding),
            "the same on opposite sides of every image in the convolution",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::conv::Conv2dConfig;
    use burn::tensor::{Distribution, Tensor, Tolerance};

    fn message<T>(refused: Result<T, SettingError>) -> String {
        refused.err().unwrap().to_string()
    }

    #[test]
    fn images_that_the_windows_do_not_fit_are_refused_by_name() {
        let config = HebbianConv2dConfig::new([1, 8], [5, 3]).with_padding([0, 1]);
        assert_eq!(config.output_size([5, 9]).unwrap(), [1, 9]);
        assert_eq!(
            message(config.output_size([4, 9])),
            "kernel_size = 5 x 3 is not allowed: it must be at most that of the padded images, 4 x 11"
        );
        let config = config
            .with_padding_mode(PaddingMode::Reflect)
            .with_padding([2, 2]);
        assert_eq!(
            message(config.output_size([6, 2])),
            "padding = 2 x 2 is not allowed: it must be below the size of the images, 6 x 2, to be \
             reflected"
        );
    }

    #[test]
    fn sizes_are_checked() {
        let device = Device::default();
        let field = |config: HebbianConv2dConfig| config.init(&device).unwrap_err().field();
        let config = HebbianConv2dConfig::new;
        assert_eq!(field(config([0, 9], [3, 3])), "channels");
        assert_eq!(field(config([1, 0], [3, 3])), "units");
        assert_eq!(field(config([1, 9], [3, 0])), "kernel_size");
        assert_eq!(field(config([1, 9], [3, 3]).with_stride([0, 1])), "stride");
        assert_eq!(field(config([1, 6], [3, 3])), "k");
    }

    #[test]
    fn sizes_of_0_make_no_output() {
        let field = |config: HebbianConv2dConfig| config.output_size([8, 8]).unwrap_err().field();
        let config = HebbianConv2dConfig::new;
        assert_eq!(field(config([1, 9], [0, 3])), "kernel_size");
        assert_eq!(field(config([1, 9], [3, 3]).with_stride([0, 1])), "stride");
        assert_eq!(field(config([1, 9], [3, 3]).with_stride([1, 0])), "stride");
    }

    #[test]
    fn a_convolution_goes_there_and_back() {
        let device = Device::default().autodiff();
        let conv = Conv2dConfig::new([2, 8], [3, 4])
            .with_stride([2, 1])
            .with_padding(PaddingConfig2d::Explicit(1, 2, 1, 2))
            .with_bias(false)
            .init(&device);
        let layer = HebbianConv2dConfig::new([2, 8], [3, 4])
            .with_stride([2, 1])
            .with_padding([1, 2])
            .init_from_conv2d(&conv)
            .unwrap();
        let images = Tensor::<4>::random([3, 2, 7, 6], Distribution::Default, &device);
        let expected = conv.forward(images.clone()).into_data();
        for output in [
            layer.forward(images.clone()),
            layer.to_conv2d().forward(images.clone()),
        ] {
            output
                .into_data()
                .assert_approx_eq::<f32>(&expected, Tolerance::default());
        }
    }

    #[test]
    fn the_padding_of_a_convolution_is_the_layers_or_is_refused() {
        use PaddingConfig2d::{Explicit, Same, Valid};
        let device = Device::default();
        let conv = |padding| {
            Conv2dConfig::new([2, 8], [3, 5])
                .with_padding(padding)
                .with_bias(false)
        };
        let layer = |padding| HebbianConv2dConfig::new([2, 8], [3, 5]).with_padding(padding);
        let refused = |padding, conv: Conv2dConfig| {
            let layer = layer(padding).with_stride(conv.stride);
            message(layer.init_from_conv2d(&conv.init(&device)))
        };
        for (padding, of_the_conv, wanted) in [
            ([0, 0], Same, "[1, 2]"),
            ([0, 0], Explicit(1, 2, 1, 2), "[1, 2]"),
            ([2, 1], Explicit(1, 2, 1, 2), "[1, 2]"),
            ([1, 2], Valid, "[0, 0]"),
        ] {
            assert_eq!(
                refused(padding, conv(of_the_conv)),
                format!(
                    "padding = {padding:?} is not allowed: it must be {wanted}, as in the \
                     convolution"
                )
            );
        }
        assert_eq!(
            refused([0, 0], conv(Explicit(0, 0, 1, 0))),
            "padding = Explicit(0, 0, 1, 0) is not allowed: it must be the same on opposite sides \
             of every image in the convolution"
        );
        let with_stride = refused([1, 2], conv(Same).with_stride([2, 2]));
        assert!(with_stride.starts_with("padding = Same"), "{with_stride}");

        let same = conv(Same).init(&device);
        let layer = layer([1, 2]).init_from_conv2d(&same).unwrap();
        let images = Tensor::<4>::random([3, 2, 7, 6], Distribution::Default, &device);
        let expected = same.forward(images.clone()).into_data();
        let output = layer.forward(images).into_data();
        output.assert_approx_eq::<f32>(&expected, Tolerance::default());
    }

    #[test]
    fn a_convolution_that_does_not_fit_is_refused() {
        let device = Device::default();
        let refused = |conv: Conv2dConfig| {
            let conv = conv.init(&device);
            message(HebbianConv2dConfig::new([4, 8], [3, 3]).init_from_conv2d(&conv))
        };
        let conv = || Conv2dConfig::new([4, 8], [3, 3]).with_bias(false);
        assert_eq!(
            refused(conv().with_groups(2)),
            "groups = 2 is not allowed: it must be 1"
        );
        assert_eq!(
            refused(conv().with_stride([2, 1])),
            "stride = [1, 1] is not allowed: it must be [2, 1], as in the convolution"
        );
        assert_eq!(
            refused(conv().with_bias(true)),
            "bias = true is not allowed: it must be false in the convolution: a HebbianConv2d has none"
        );
    }
}

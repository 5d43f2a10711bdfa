//! Settings of the linear layer that learns by a local rule.

use burn::config::Config;
use burn::module::Param;
use burn::nn::{Initializer, Linear};
use burn::tensor::Device;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::HebbianLinear;
use crate::error::require;
use crate::kernel::most_units;
use crate::rule::{KrotovHopfieldConfig, LocalRule, RuleConfig};
use crate::{MaxNormalizedConfig, SettingError};

/// Settings of a [`HebbianLinear`] layer.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use burn_hebbian::{HebbianLinearConfig, KrotovHopfieldConfig};
///
/// let device = Device::default();
/// let mut layer = HebbianLinearConfig::new(16, 10)
///     .with_rule(KrotovHopfieldConfig::new().with_p(2.0).with_k(2))
///     .init(&device)?;
/// let images = Tensor::<2>::random([8, 16], Distribution::Default, &device);
///
/// let hidden = layer.forward(images.clone()); // W v, as of any linear layer
/// assert_eq!(hidden.dims(), [8, 10]);
/// layer = layer.learn(images, 0.04); // one step of the rule: no labels, no autodiff
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HebbianLinearConfig<C = KrotovHopfieldConfig> {
    /// The number of visible units: the size of an input.
    pub visible: usize,
    /// The number of hidden units: the size of an output.
    pub hidden: usize,
    /// The settings of the rule. Defaults to those of [`KrotovHopfieldConfig`].
    pub rule: C,
    /// The start of the synapses. Defaults to the normal distribution N(0, 1) of the paper;
    /// Glorot-like and uniform(0, 1) starts are known to fail.
    pub initializer: Initializer,
    /// The settings of a step, for [`learn`](HebbianLinear::learn) and a learner in place; in Burn's
    /// loop the optimizer has its own. Defaults to one rate for all units.
    #[serde(default = "MaxNormalizedConfig::new")]
    pub step: MaxNormalizedConfig,
}

// `#[derive(Config)]` takes no generics, so the trait is implemented by hand.
impl<C: core::fmt::Debug + Serialize + DeserializeOwned> Config for HebbianLinearConfig<C> {}

impl HebbianLinearConfig {
    /// A layer of `hidden` units, each connected to all `visible` units.
    pub fn new(visible: usize, hidden: usize) -> Self {
        Self {
            visible,
            hidden,
            rule: KrotovHopfieldConfig::new(),
            initializer: Initializer::Normal {
                mean: 0.0,
                std: 1.0,
            },
            step: MaxNormalizedConfig::new(),
        }
    }
}

impl<C> HebbianLinearConfig<C> {
    /// Sets the [rule](Self::rule).
    pub fn with_rule<D: RuleConfig>(self, rule: D) -> HebbianLinearConfig<D> {
        HebbianLinearConfig {
            visible: self.visible,
            hidden: self.hidden,
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

    /// Makes the layer with a rule of your own in place of the configured one.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where a size is 0, where there are more than 65,535 hidden units on wgpu,
    /// Vulkan, CUDA or another runtime of CubeCL, or where the rule refuses the sizes or the step its
    /// settings.
    pub fn init_with<R: LocalRule>(
        &self,
        rule: R,
        device: &Device,
    ) -> Result<HebbianLinear<R>, SettingError> {
        require(self.visible > 0, "visible", self.visible, "at least 1")?;
        require(self.hidden > 0, "hidden", self.hidden, "at least 1")?;
        let most = most_units(device);
        require(
            self.hidden <= most,
            "hidden",
            self.hidden,
            &format!("at most {most} on this device"),
        )?;
        rule.check(self.visible, self.hidden)?;
        Ok(HebbianLinear {
            weight: self
                .initializer
                .init_with(
                    [self.hidden, self.visible],
                    Some(self.visible),
                    Some(self.hidden),
                    device,
                )
                .set_require_grad(false),
            learning: Param::from_bool(true),
            rule,
            step: self.step.build()?,
        })
    }
}

impl<C: RuleConfig> HebbianLinearConfig<C> {
    /// Makes the layer.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of the rule or the step that is out of range or does
    /// not fit the sizes.
    pub fn init(&self, device: &Device) -> Result<HebbianLinear<C::Rule>, SettingError> {
        self.init_with(self.rule.init()?, device)
    }

    /// Makes the layer with the weights of a linear one, on its device: learn by backpropagation
    /// first, then locally. [`to_linear`](HebbianLinear::to_linear) is the way back.
    ///
    /// The weights are transposed, for Burn's [`Linear`] keeps them as `[visible, hidden]`. The
    /// [initializer](Self::initializer) is not used.
    ///
    /// # Errors
    ///
    /// As of [`init`](Self::init), and where the linear layer has other sizes or a bias, which the
    /// rules know nothing of.
    pub fn init_from_linear(
        &self,
        linear: &Linear,
    ) -> Result<HebbianLinear<C::Rule>, SettingError> {
        let weight = linear.weight.val();
        let [visible, hidden] = weight.dims();
        let of_the_linear = |size| format!("{size}, as in the linear layer");
        require(
            self.visible == visible,
            "visible",
            self.visible,
            &of_the_linear(visible),
        )?;
        require(
            self.hidden == hidden,
            "hidden",
            self.hidden,
            &of_the_linear(hidden),
        )?;
        require(
            linear.bias.is_none(),
            "bias",
            "true",
            "false in the linear layer: a HebbianLinear has none",
        )?;
        let mut layer = self.init(&weight.device())?;
        layer.set_synapses(weight.without_autodiff().transpose());
        Ok(layer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LateralInhibitionConfig;
    use burn::nn::LinearConfig;
    use burn::tensor::{Distribution, Tensor, Tolerance};

    #[test]
    fn a_config_survives_json_with_its_rule() {
        let config =
            HebbianLinearConfig::new(6, 9).with_rule(LateralInhibitionConfig::new().with_p(2.5));
        let json = serde_json::to_string(&config).unwrap();
        let back: HebbianLinearConfig<LateralInhibitionConfig> =
            serde_json::from_str(&json).unwrap();
        assert_eq!(back.rule, config.rule);
        assert_eq!((back.visible, back.hidden), (6, 9));
    }

    #[test]
    fn sizes_are_checked() {
        let device = Device::default();
        let field = |config: HebbianLinearConfig| config.init(&device).unwrap_err().field();
        assert_eq!(field(HebbianLinearConfig::new(0, 9)), "visible");
        assert_eq!(field(HebbianLinearConfig::new(6, 0)), "hidden");
        assert_eq!(field(HebbianLinearConfig::new(6, 6)), "k");
    }

    #[test]
    fn every_initializer_starts_a_layer() {
        let device = Device::default();
        device.seed(5);
        let gain = 1.0;
        for initializer in [
            Initializer::XavierUniform { gain },
            Initializer::XavierNormal { gain },
            Initializer::KaimingNormal {
                gain,
                fan_out_only: false,
            },
            Initializer::KaimingUniform {
                gain,
                fan_out_only: true,
            },
            Initializer::Orthogonal { gain },
        ] {
            let config = HebbianLinearConfig::new(300, 20).with_initializer(initializer.clone());
            let synapses = config.init(&device).unwrap().synapses();
            let size = synapses.square().mean().into_scalar::<f64>().sqrt();
            // The fan of Kaiming's first is the number of inputs, 300, of its second that of units.
            let expected = match initializer {
                Initializer::KaimingNormal { .. } => (1.0f64 / 300.0).sqrt(),
                Initializer::KaimingUniform { .. } => (1.0f64 / 20.0).sqrt(),
                Initializer::Orthogonal { .. } => (1.0f64 / 300.0).sqrt(),
                _ => (2.0f64 / 320.0).sqrt(),
            };
            let ratio = size / expected;
            assert!((0.93..1.07).contains(&ratio), "{initializer:?}: {ratio}");
        }
    }

    #[test]
    fn a_linear_layer_goes_there_and_back() {
        let device = Device::default().autodiff();
        // Square, where a transposed weight would fit too.
        let linear = LinearConfig::new(8, 8).with_bias(false).init(&device);
        let layer = HebbianLinearConfig::new(8, 8)
            .init_from_linear(&linear)
            .unwrap();
        let input = Tensor::<2>::random([3, 8], Distribution::Default, &device);
        let expected = linear.forward(input.clone()).into_data();
        for output in [
            layer.forward(input.clone()),
            layer.to_linear().forward(input),
        ] {
            output
                .into_data()
                .assert_approx_eq::<f32>(&expected, Tolerance::default());
        }
    }

    #[test]
    fn a_linear_layer_that_does_not_fit_is_refused() {
        let device = Device::default();
        let message = |config: LinearConfig| {
            let linear = config.init(&device);
            let refused = HebbianLinearConfig::new(8, 9).init_from_linear(&linear);
            refused.unwrap_err().to_string()
        };
        assert_eq!(
            message(LinearConfig::new(9, 8).with_bias(false)),
            "visible = 8 is not allowed: it must be 9, as in the linear layer"
        );
        assert_eq!(
            message(LinearConfig::new(8, 9)),
            "bias = true is not allowed: it must be false in the linear layer: a HebbianLinear has \
             none"
        );
    }
}

//! `h = W v`: a linear layer whose synapses learn by a local rule.

use burn::config::Config;
use burn::module::{Content, DisplaySettings, Flag, Module, ModuleDisplay, Param};
use burn::nn::Initializer;
use burn::optim::GradientsParams;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, assert_shape};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::SettingError;
use crate::error::require;
use crate::nn::InPlaceLearner;
use crate::rule::{KrotovHopfield, KrotovHopfieldConfig, LocalRule, LocalUpdate, RuleConfig};

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
        }
    }

    /// Sets the [initializer](Self::initializer).
    pub fn with_initializer(mut self, initializer: Initializer) -> Self {
        self.initializer = initializer;
        self
    }

    /// Makes the layer with a rule of your own in place of the configured one.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where a size is 0 or the rule refuses the sizes.
    pub fn init_with<R: LocalRule>(
        &self,
        rule: R,
        device: &Device,
    ) -> Result<HebbianLinear<R>, SettingError> {
        require(self.visible > 0, "visible", self.visible, "at least 1")?;
        require(self.hidden > 0, "hidden", self.hidden, "at least 1")?;
        rule.check(self.visible, self.hidden)?;
        Ok(HebbianLinear {
            weight: self
                .initializer
                .init([self.hidden, self.visible], device)
                .set_require_grad(false),
            learning: Param::from_bool(true),
            rule,
        })
    }
}

impl<C: RuleConfig> HebbianLinearConfig<C> {
    /// Makes the layer.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of the rule that is out of range or does not fit
    /// the sizes.
    pub fn init(&self, device: &Device) -> Result<HebbianLinear<C::Rule>, SettingError> {
        self.init_with(self.rule.init()?, device)
    }
}

/// Applies `h = W v` and learns `W` by a [local rule](LocalRule), outside autodiff.
///
/// A drop-in beside [`Linear`](burn::nn::Linear). The synapses never join the autodiff graph, yet
/// gradients flow through the layer to its input. Learning happens only where it is asked for:
/// with [`learn`](Self::learn), or with [`register_update`](Self::register_update) inside a Burn
/// training loop. [`freeze`](Module::freeze) switches it off and [`unfreeze`](Module::unfreeze) on
/// again, for the layer or any model that holds it.
///
/// Made by [`HebbianLinearConfig`].
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct HebbianLinear<R: LocalRule = KrotovHopfield> {
    /// The synapses W, `[hidden, visible]`: one row is what one hidden unit looks for. (Burn's
    /// `Linear` stores the transpose; the rule reads and changes rows.)
    pub weight: Param<Tensor<2>>,
    /// Whether the layer learns. On by default; off in a [frozen](Module::freeze) or a
    /// [validation](Module::valid) module.
    pub learning: Param<Flag>,
    #[module(skip)]
    pub(super) rule: R,
}

impl<R: LocalRule> HebbianLinear<R> {
    /// Applies the forward pass, the plain product `W v`.
    ///
    /// The rule ranks units by another, p-weighted product; features of the trained layer are made
    /// of this one.
    ///
    /// # Shapes
    ///
    /// - input: `[..., visible]`
    /// - output: `[..., hidden]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        // Detached, and not only created without gradients: `unfreeze` asks every float parameter
        // of a model to require them.
        let weight = self.weight.val().detach();
        let [_, visible] = weight.dims();
        assert_shape!(input, [.., visible]);
        linear(input, weight.transpose(), None)
    }

    /// The raw change of the synapses for a batch, summed over its examples, and who won. The
    /// layer itself stays as it is.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, visible]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn local_update(&self, input: Tensor<2>) -> LocalUpdate {
        let synapses = self.synapses();
        let [_, visible] = synapses.dims();
        assert_shape!(input, [_, visible]);
        self.rule.update(synapses, input.without_autodiff())
    }

    /// Learns from a batch: `W <- W + rate dW / max |dW|`, with one maximum over the whole matrix.
    ///
    /// For many steps use an [`InPlaceLearner`], which keeps what this has to prepare each time. A
    /// batch with a value that is not finite changes nothing; the learner can say so.
    ///
    /// The layer is returned unchanged where its [learning](Self::learning) is switched off, as it
    /// is in the model that `SupervisedTraining` returns: call [`train`](Module::train) on that first.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, visible]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn learn(self, input: Tensor<2>, rate: f64) -> Self {
        if !self.learning.is_enabled() {
            return self;
        }
        let mut learner = InPlaceLearner::new(self);
        learner.step(input, rate);
        learner.into_layer()
    }

    /// Puts an update where Burn's optimizers look for a gradient, as `-dW`, so that descending
    /// it learns.
    ///
    /// Call it in a [`TrainStep`](burn::train::TrainStep) beside the gradients of the other
    /// parameters. Burn sums what several batches or devices register, and the
    /// [max-normalised step](crate::MaxNormalized) divides after the sum, so accumulation and
    /// several devices give the step of one large batch. Nothing is registered where
    /// [learning](Self::learning) is switched off.
    ///
    /// # Panics
    ///
    /// Panics under Burn's distributed data-parallel strategy, which synchronises gradients inside
    /// the backward pass and would let the replicas drift apart. Use the multi-device strategy.
    pub fn register_update(&self, gradients: &mut GradientsParams, update: LocalUpdate) {
        let weight = self.weight.val();
        assert!(
            // Only a tensor on an autodiff device can be asked whether it is distributed.
            !(weight.device().is_autodiff() && weight.is_distributed()),
            "HebbianLinear: distributed data-parallel training never sees a local update; use \
             ExecutionStrategy::MultiDevice instead"
        );
        if self.learning.is_enabled() {
            gradients.register(self.weight.id, update.change.neg());
        }
    }

    /// The quantity that the rule drives to 1 in every unit that keeps learning, `[hidden]`: for
    /// the Krotov-Hopfield rule `sum_i |W_mu,i|^p / R^p`.
    pub fn norms(&self) -> Tensor<1> {
        self.rule.norms(self.synapses())
    }

    /// The synapses W off the autodiff graph, `[hidden, visible]`.
    pub fn synapses(&self) -> Tensor<2> {
        self.weight.val().without_autodiff()
    }

    /// The rule that the layer learns by.
    pub fn rule(&self) -> &R {
        &self.rule
    }
}

impl<R: LocalRule> ModuleDisplay for HebbianLinear<R> {
    fn custom_settings(&self) -> Option<DisplaySettings> {
        DisplaySettings::new()
            .with_new_line_after_attribute(false)
            .optional()
    }

    fn custom_content(&self, content: Content) -> Option<Content> {
        let [hidden, visible] = self.weight.shape().dims();
        content
            .add("visible", &visible)
            .add("hidden", &hidden)
            .add_debug_attribute("rule", &self.rule)
            .add("learning", &self.learning)
            .optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LateralInhibitionConfig;
    use burn::tensor::{Distribution, TensorData, Tolerance};

    fn layer(device: &Device) -> HebbianLinear {
        HebbianLinearConfig::new(6, 9).init(device).unwrap()
    }

    fn images(device: &Device) -> Tensor<2> {
        Tensor::random([4, 6], Distribution::Default, device)
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 6, got 5")]
    fn a_wrong_input_panics_as_linear_does() {
        let device = Device::default();
        layer(&device).forward(Tensor::<2>::zeros([2, 5], &device));
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 6, got 5")]
    fn a_wrong_batch_panics_as_linear_does() {
        let device = Device::default();
        layer(&device).local_update(Tensor::zeros([2, 5], &device));
    }

    #[test]
    fn forward_is_the_plain_product_for_any_rank() {
        let device = Device::default();
        let layer = layer(&device);
        let input = Tensor::<3>::random([2, 3, 6], Distribution::Default, &device);
        let expected = input
            .clone()
            .reshape([6, 6])
            .matmul(layer.synapses().transpose());
        layer
            .forward(input)
            .reshape([6, 9])
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }

    #[test]
    fn gradients_pass_through_but_never_reach_the_synapses() {
        let device = Device::default().autodiff();
        let layer = layer(&device).unfreeze();
        let input = images(&device).require_grad();
        let gradients = layer.forward(input.clone()).sum().backward();
        let expected = layer.synapses().sum_dim(0).expand([4, 6]);
        input
            .grad(&gradients)
            .unwrap()
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
        assert!(layer.weight.val().grad(&gradients).is_none());
    }

    #[test]
    fn learning_is_one_normalised_step_of_the_update() {
        let device = Device::default();
        let layer = layer(&device);
        let (before, images) = (layer.synapses(), images(&device));
        let change = layer.local_update(images.clone()).change;
        let largest = change.clone().abs().max().into_scalar::<f32>();
        let expected = before + change * (0.05 / largest);
        layer
            .learn(images, 0.05)
            .synapses()
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }

    #[test]
    fn learning_by_hand_leaves_a_layer_that_an_optimizer_can_step() {
        // The step off the autodiff device must be taken back: Burn's optimizers refuse a parameter
        // without an autodiff state.
        let device = Device::default().autodiff();
        let layer = layer(&device).learn(images(&device), 0.05);
        let before: Vec<f32> = layer.synapses().into_data().iter().collect();
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images(&device)));
        let mut optimizer = crate::MaxNormalizedConfig::new().init().unwrap();
        let after = optimizer.step(0.05, layer, gradients).synapses();
        let after: Vec<f32> = after.into_data().iter().collect();
        assert_ne!(after, before);
    }

    #[test]
    fn one_switch_turns_learning_off_and_on() {
        let device = Device::default().autodiff();
        let layer = layer(&device).freeze();
        let before = layer.synapses().into_data();
        let layer = layer.learn(images(&device), 0.05);
        assert_eq!(layer.synapses().into_data(), before);
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images(&device)));
        assert!(gradients.is_empty());

        let layer = layer.unfreeze().learn(images(&device), 0.05);
        assert_ne!(layer.synapses().into_data(), before);
        assert!(!layer.valid().learning.is_enabled());
        assert!(layer.valid().train().learning.is_enabled());
    }

    #[test]
    fn a_record_brings_the_synapses_back() {
        let device = Device::default();
        let trained = layer(&device).learn(images(&device), 0.05);
        let bytes = trained.clone().into_record().into_bytes().unwrap();
        let record = burn::store::ModuleRecord::from_bytes(bytes).unwrap();
        let loaded = layer(&device).load_record(record);
        assert_eq!(
            loaded.synapses().into_data(),
            trained.synapses().into_data()
        );
    }

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
    fn the_layer_shows_itself() {
        let shown = layer(&Device::default()).to_string();
        assert_eq!(
            shown,
            "HebbianLinear {visible: 6, hidden: 9, rule: KrotovHopfield { p: 3.0, k: 7, delta: \
             0.4, radius: 1.0 }, learning: enabled, params: 54}"
        );
    }

    #[test]
    fn a_blank_image_changes_nothing() {
        let device = Device::default();
        let update = layer(&device).local_update(Tensor::zeros([3, 6], &device));
        assert_eq!(
            update.change.into_data(),
            TensorData::zeros::<f32, _>([9, 6])
        );
    }
}

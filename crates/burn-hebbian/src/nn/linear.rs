//! `h = W v`: a linear layer whose synapses learn by a local rule.

use burn::module::{Content, DisplaySettings, Flag, Module, ModuleDisplay, Param};
use burn::nn::Linear;
use burn::optim::GradientsParams;
use burn::tensor::module::linear;
use burn::tensor::{Int, Tensor, assert_shape};

use super::plastic::{in_context_of, register, replace};
use crate::SettingError;
use crate::optim::MaxNormalized;
use crate::rule::{KrotovHopfield, LocalRule, LocalUpdate};
use crate::step::{Synapses, assert_rate};

/// Applies `h = W v` and learns `W` by a [local rule](LocalRule), outside autodiff.
///
/// A drop-in beside [`Linear`](burn::nn::Linear). The synapses never join the autodiff graph, yet
/// gradients flow through the layer to its input. Learning happens only where it is asked for:
/// with [`learn`](Self::learn) or [`learn_in_place`](Self::learn_in_place), or with
/// [`register_update`](Self::register_update) inside a Burn training loop.
///
/// [`freeze`](Module::freeze) and [`freeze_group`](Module::freeze_group) switch
/// [learning](Self::learning) off and [`unfreeze`](Module::unfreeze) on again, for the layer or any
/// model that holds it; so do [`valid`](Module::valid) and [`train`](Module::train).
/// [`no_grad`](Module::no_grad) is about gradients, which the synapses have none of, and leaves the
/// switch as it is. Records do not hold it: a frozen layer that is loaded into a new one learns again.
///
/// Made by [`HebbianLinearConfig`](super::HebbianLinearConfig).
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
    #[module(skip)]
    pub(super) step: MaxNormalized,
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
    /// - input: `[..., visible]`
    /// - change: `[hidden, visible]`
    /// - winners: `[examples]`, the product of the leading axes of the input
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn local_update<const D: usize>(&self, input: Tensor<D>) -> LocalUpdate {
        let synapses = self.synapses();
        let [_, visible] = synapses.dims();
        self.rule.update(synapses, examples(input, visible))
    }

    /// The unit that responds most strongly to each example.
    ///
    /// # Shapes
    ///
    /// - input: `[..., visible]`
    /// - output: `[examples]`, the product of the leading axes of the input
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`.
    pub fn winners<const D: usize>(&self, input: Tensor<D>) -> Tensor<1, Int> {
        let synapses = self.synapses();
        let [_, visible] = synapses.dims();
        self.rule.winners(synapses, examples(input, visible))
    }

    /// Learns from a batch and returns the layer; see [`learn_in_place`](Self::learn_in_place), which
    /// does the same to a layer in the field of a struct.
    ///
    /// # Shapes
    ///
    /// - input: `[..., visible]`
    ///
    /// # Panics
    ///
    /// As of [`learn_in_place`](Self::learn_in_place).
    pub fn learn<const D: usize>(mut self, input: Tensor<D>, rate: f64) -> Self {
        self.learn_in_place(input, rate);
        self
    }

    /// Learns from a batch, `W <- W + rate dW / max |dW|` with one maximum over the whole matrix,
    /// and returns the winner of each example.
    ///
    /// For many steps use an [`InPlaceLearner`](super::InPlaceLearner), which keeps what this has to
    /// prepare each time. A batch with a value that is not finite changes nothing; the learner can
    /// say so.
    ///
    /// Nothing changes where [learning](Self::learning) is switched off, as it is in the model that
    /// `SupervisedTraining` returns: call [`train`](Module::train) on that first.
    ///
    /// # Shapes
    ///
    /// - input: `[..., visible]`
    /// - output: `[examples]`, the product of the leading axes of the input
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `input` is not `visible`, or if `rate` is not finite.
    pub fn learn_in_place<const D: usize>(
        &mut self,
        input: Tensor<D>,
        rate: f64,
    ) -> Tensor<1, Int> {
        if !self.learning.is_enabled() {
            return self.winners(input);
        }
        let weight = self.synapses();
        let [_, visible] = weight.dims();
        let examples = examples(input, visible);
        assert_rate(rate);
        // Whoever steps in place holds the only tensor.
        self.set_synapses(Tensor::zeros([1, 1], &weight.device()));
        let (synapses, winners) =
            Synapses::new(weight).step(&self.rule, examples, self.step.at(rate));
        self.set_synapses(synapses.into_weight());
        winners
    }

    /// Puts an update where Burn's optimizers look for a gradient, as `-dW`, so that descending
    /// it learns.
    ///
    /// Call it in a `TrainStep` beside the gradients of the other parameters, and give the layer's
    /// parameter group a [`MaxNormalized`](crate::MaxNormalized) optimizer. Several updates of one
    /// step, as of a layer that is used twice, are summed. Burn sums what several batches or devices
    /// register, and the optimizer divides after the sum, so accumulation and several devices give
    /// the step of one large batch. Nothing is registered where [learning](Self::learning) is
    /// switched off.
    ///
    /// The update travels as one row, `[1, hidden * visible]`. Another optimizer than
    /// `MaxNormalized`, which a forgotten group would hand it to, takes it for a gradient and panics
    /// with Burn's message about incompatible shapes, where it would have ruined the synapses.
    ///
    /// # Panics
    ///
    /// Panics where the layer is on a device without autodiff, whose parameters Burn's optimizers
    /// refuse: call [`train`](Module::train) on the model first. Panics under Burn's distributed
    /// data-parallel strategy, which synchronises gradients inside the backward pass and would let
    /// the replicas drift apart: use the multi-device strategy.
    pub fn register_update(&self, gradients: &mut GradientsParams, update: LocalUpdate) {
        register(
            "HebbianLinear",
            &self.weight,
            &self.learning,
            gradients,
            update,
        );
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

    /// The same layer with other synapses, such as a start at examples.
    ///
    /// # Shapes
    ///
    /// - synapses: `[hidden, visible]`
    ///
    /// # Panics
    ///
    /// Panics if `synapses` have another shape.
    pub fn with_synapses(mut self, synapses: Tensor<2>) -> Self {
        let [hidden, visible] = self.weight.shape().dims();
        assert_shape!(synapses, [hidden, visible]);
        let synapses = synapses.without_autodiff();
        self.set_synapses(synapses.to_device(&self.synapses().device()));
        self
    }

    /// The same synapses, to learn by another rule of this kind from now on.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the rule refuses a layer of this size.
    pub fn with_rule(mut self, rule: R) -> Result<Self, SettingError> {
        let [hidden, visible] = self.weight.shape().dims();
        rule.check(visible, hidden)?;
        self.rule = rule;
        Ok(self)
    }

    /// Burn's linear layer with these weights, without a bias and on the same device: learn
    /// locally first, then fine-tune by backpropagation. Its weight, `[visible, hidden]`, requires
    /// gradients. [`init_from_linear`](super::HebbianLinearConfig::init_from_linear) is the way back.
    pub fn to_linear(&self) -> Linear {
        let weight = in_context_of(&self.weight.val(), self.synapses().transpose());
        Linear {
            weight: Param::from_tensor(weight),
            bias: None,
        }
    }

    /// Gives the parameter other synapses, `[hidden, visible]` off autodiff.
    pub(super) fn set_synapses(&mut self, synapses: Tensor<2>) {
        replace(&mut self.weight, synapses);
    }
}

/// The examples of an input `[..., visible]` as rows, off autodiff.
///
/// # Panics
///
/// Panics if the last axis is not `visible`.
pub(super) fn examples<const D: usize>(input: Tensor<D>, visible: usize) -> Tensor<2> {
    assert_shape!(input, [.., visible]);
    let count = input.dims()[..D - 1].iter().product();
    input.without_autodiff().reshape([count, visible])
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
    use crate::nn::values;
    use crate::{HebbianLinearConfig, KrotovHopfieldConfig, MaxNormalizedConfig};
    use burn::module::ParamGroup;
    use burn::optim::AdamConfig;
    use burn::tensor::{Device, Distribution, TensorData, Tolerance};

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
        layer(&device).local_update(Tensor::<2>::zeros([2, 5], &device));
    }

    #[test]
    fn other_synapses_and_another_rule_take_the_place_of_the_old_ones() {
        let device = Device::default().autodiff();
        let start = Tensor::<2>::ones([9, 6], &device.clone().inner());
        let layer = layer(&device).with_synapses(start.clone());
        assert_eq!(layer.synapses().into_data(), start.into_data());
        assert!(layer.weight.val().is_autodiff());

        let rule = |k| KrotovHopfieldConfig::new().with_k(k).init().unwrap();
        let layer = layer.with_rule(rule(9)).unwrap();
        assert_eq!(layer.rule().config().k, 9);
        let refused = layer.with_rule(rule(10)).unwrap_err().to_string();
        assert!(refused.starts_with("k = 10 is not allowed"), "{refused}");
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 6, got 5")]
    fn synapses_of_another_shape() {
        let device = Device::default();
        layer(&device).with_synapses(Tensor::zeros([9, 5], &device));
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
        let before = values(layer.synapses());
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images(&device)));
        let mut optimizer = MaxNormalizedConfig::new().init().unwrap();
        let after = optimizer.step(0.05, layer, gradients).synapses();
        assert_ne!(values(after), before);
    }

    #[test]
    fn an_input_of_any_rank_is_a_batch_of_its_examples() {
        let device = Device::default();
        let layer = layer(&device);
        let input = Tensor::<4>::random([2, 1, 3, 6], Distribution::Default, &device);
        let flat = input.clone().reshape([6, 6]);
        let (found, expected) = (
            layer.local_update(input.clone()),
            layer.local_update(flat.clone()),
        );
        assert_eq!(found.change.into_data(), expected.change.into_data());
        assert_eq!(found.winners.to_data(), expected.winners.into_data());
        let winners = layer.winners(input.clone());
        assert_eq!(winners.into_data(), found.winners.into_data());
        let (found, expected) = (layer.clone().learn(input, 0.05), layer.learn(flat, 0.05));
        assert_eq!(
            found.synapses().into_data(),
            expected.synapses().into_data()
        );
    }

    #[test]
    fn one_example_needs_no_batch() {
        let device = Device::default();
        let layer = layer(&device);
        let example = images(&device).narrow(0, 0, 1);
        let alone = layer.local_update(example.clone().squeeze_dim::<1>(0));
        let expected = layer.local_update(example);
        assert_eq!(alone.change.into_data(), expected.change.into_data());
    }

    #[test]
    fn a_layer_in_a_field_learns_where_it_is() {
        struct Model {
            hidden: HebbianLinear,
        }
        let device = Device::default();
        let mut model = Model {
            hidden: layer(&device),
        };
        let (images, before) = (images(&device), model.hidden.clone());
        let winners = model.hidden.learn_in_place(images.clone(), 0.05);
        let expected = before.winners(images.clone());
        assert_eq!(winners.into_data(), expected.into_data());
        let expected = before.learn(images, 0.05);
        assert_eq!(
            model.hidden.synapses().into_data(),
            expected.synapses().into_data()
        );
    }

    #[test]
    fn the_checkpointing_strategy_of_the_device_outlasts_learning() {
        let device = Device::default().autodiff().gradient_checkpointing();
        let layer = layer(&device).learn(images(&device), 0.05);
        assert_eq!(
            layer.weight.val().gradient_checkpointing_strategy(),
            device.gradient_checkpointing_strategy()
        );
        // Burn refuses operations on tensors of different strategies.
        let input = images(&device).require_grad();
        let gradients = layer.forward(input.clone()).sum().backward();
        assert!(input.grad(&gradients).is_some());
    }

    #[test]
    #[should_panic(expected = "a learning rate must be finite, got NaN")]
    fn a_rate_that_is_not_finite_is_refused() {
        let device = Device::default();
        layer(&device).learn(images(&device), f64::NAN);
    }

    #[test]
    fn a_rate_that_is_refused_costs_no_synapse() {
        let device = Device::default();
        let (mut layer, images) = (layer(&device), images(&device));
        let before = values(layer.synapses());
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            layer.learn_in_place(images.clone(), f64::NAN);
        }));
        assert!(refused.is_err());
        assert_eq!(values(layer.synapses()), before);

        let mut learner = crate::InPlaceLearner::new(layer);
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            learner.step(images, f64::NAN);
        }));
        assert!(refused.is_err());
        assert_eq!(values(learner.layer().synapses()), before);
    }

    #[test]
    fn a_linear_layer_made_of_it_trains() {
        let device = Device::default().autodiff();
        let linear = layer(&device).to_linear();
        let before = values(linear.weight.val());
        let loss = linear.forward(images(&device)).square().sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &linear);
        let linear = AdamConfig::new().init().step(0.01, linear, gradients);
        assert_ne!(values(linear.weight.val()), before);
    }

    #[test]
    fn updates_of_one_step_are_summed() {
        let device = Device::default().autodiff();
        let layer = layer(&device);
        let (first, second) = (images(&device), images(&device));
        let mut gradients = GradientsParams::new();
        for images in [first.clone(), second.clone()] {
            layer.register_update(&mut gradients, layer.local_update(images));
        }
        let change = |images| layer.local_update(images).change;
        let expected = (change(first) + change(second)).neg().reshape([1, 54]);
        let found = gradients.remove::<2>(layer.weight.id).unwrap();
        found
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }

    #[test]
    #[should_panic(expected = "incompatible shapes")]
    fn an_optimizer_that_is_not_for_updates_cannot_take_one() {
        let device = Device::default().autodiff();
        // Square, so that the update would fit as it is.
        let layer = HebbianLinearConfig::new(9, 9).init(&device).unwrap();
        let images = Tensor::<2>::random([4, 9], Distribution::Default, &device);
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images));
        // The group is forgotten: no parameter has this name.
        let group = ParamGroup::from_predicate("hiden");
        let mut optimizer = AdamConfig::new().init().with_group(
            group,
            MaxNormalizedConfig::new().build().unwrap(),
            None,
        );
        optimizer.step(0.01, layer, gradients);
    }

    #[test]
    #[should_panic(expected = "call train() on the model before training")]
    fn a_layer_on_a_plain_device_is_told_what_to_do() {
        let device = Device::default();
        let layer = layer(&device);
        let update = layer.local_update(images(&device));
        layer.register_update(&mut GradientsParams::new(), update);
    }

    #[test]
    fn a_layer_from_a_plain_device_trains_after_train() {
        let device = Device::default();
        let layer = layer(&device).train();
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images(&device)));
        assert_eq!(gradients.len(), 1);
    }

    #[test]
    fn one_switch_turns_learning_off_and_on() {
        let device = Device::default().autodiff();
        let layer = layer(&device).freeze();
        let before = values(layer.synapses());
        let layer = layer.learn(images(&device), 0.05);
        assert_eq!(values(layer.synapses()), before);
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(images(&device)));
        assert!(gradients.is_empty());

        let layer = layer.unfreeze().learn(images(&device), 0.05);
        assert_ne!(values(layer.synapses()), before);
        assert!(!layer.valid().learning.is_enabled());
        assert!(layer.valid().train().learning.is_enabled());
        assert!(layer.clone().no_grad().learning.is_enabled());
        let group = ParamGroup::from_predicate("learning");
        assert!(!layer.freeze_group(group).learning.is_enabled());
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
    fn the_layer_shows_itself() {
        let shown = layer(&Device::default()).to_string();
        assert_eq!(
            shown,
            "HebbianLinear {visible: 6, hidden: 9, rule: KrotovHopfield { config: \
             KrotovHopfieldConfig { p: 3.0, k: 7, delta: 0.4, radius: 1.0 } }, learning: enabled, \
             params: 54}"
        );
    }

    #[test]
    fn a_blank_image_changes_nothing() {
        let device = Device::default();
        let update = layer(&device).local_update(Tensor::<2>::zeros([3, 6], &device));
        assert_eq!(
            update.change.into_data(),
            TensorData::zeros::<f32, _>([9, 6])
        );
    }
}

//! `h = W x` at each place of an image: a convolution whose synapses learn by a local rule.

use burn::module::{Content, DisplaySettings, Flag, Module, ModuleDisplay, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor, assert_shape};

use super::layout::{channels_first, channels_last};
use super::patches::{CHECKED, patches};
use super::plastic::{in_context_of, register, replace};
use super::unit_length;
use crate::kernel::{PaddingMode, Windows};
use crate::optim::MaxNormalized;
use crate::rule::{KrotovHopfield, LocalRule, LocalUpdate};
use crate::step::{Notes, Synapses, assert_rate};

/// Applies `h = W x` to the windows x of an image and learns `W` by a [local rule](LocalRule),
/// outside autodiff.
///
/// A drop-in beside [`Conv2d`]. All units compete at each place of each image; the places share the
/// synapses, and their changes are summed. The rule sees windows as rows and knows nothing of
/// images, so each one works here as it does in [`HebbianLinear`](super::HebbianLinear), of which
/// all that is said about learning, freezing and records holds for this layer too. Gradients flow
/// through it to its input.
///
/// Maps lie in memory channel by channel at each place; a layer of this crate that follows takes
/// them as they are.
///
/// Made by [`HebbianConv2dConfig`](super::HebbianConv2dConfig).
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct HebbianConv2d<R: LocalRule = KrotovHopfield> {
    /// The synapses W, `[units, channels, kernel rows, kernel columns]`, as those of [`Conv2d`].
    pub weight: Param<Tensor<4>>,
    /// Whether the layer learns. On by default; off in a [frozen](Module::freeze) or a
    /// [validation](Module::valid) module.
    pub learning: Param<Flag>,
    #[module(skip)]
    pub(super) rule: R,
    #[module(skip)]
    pub(super) step: MaxNormalized,
    #[module(skip)]
    pub(super) windows: Windows,
    #[module(skip)]
    pub(super) unit_patches: bool,
}

/// What a layer made of a batch by the synapses that it had before it learned from it.
#[derive(Clone, Debug)]
pub struct Responses {
    /// The output, `[n, units, height, width]`.
    pub output: Tensor<4>,
    /// The unit that responded most strongly at each place, `[n * height * width]`: image, then row,
    /// then column.
    pub winners: Tensor<1, Int>,
}

/// What the units see of a batch, and how they respond.
pub(super) struct Sight {
    /// `[places, visible]`, in the order of the patches.
    patches: Tensor<2>,
    /// `u = W x`, `[places, units]`.
    products: Tensor<2>,
    /// Images, rows, columns and units of the maps.
    shape: [usize; 4],
}

impl Sight {
    /// The maps, `[n, rows, columns, units]`.
    pub fn maps(&self) -> Tensor<4> {
        self.products.clone().reshape(self.shape)
    }
}

impl<R: LocalRule> HebbianConv2d<R> {
    /// Applies the forward pass, the plain product `W x` at each place.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    /// - output: `[n, units, height', width']`
    ///
    /// # Panics
    ///
    /// Panics if `images` have other channels, or are smaller than the kernel or reflect padding
    /// allows.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        // Detached, and not only created without gradients: `unfreeze` asks every float parameter
        // of a model to require them.
        let weight = if images.is_autodiff() {
            self.weight.val().detach()
        } else {
            self.weight.val().without_autodiff()
        };
        channels_first(self.see(images, weight).maps())
    }

    /// The raw change of the synapses for a batch, summed over its places, and who won. The layer
    /// itself stays as it is.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    /// - change: `[units, channels * kernel rows * kernel columns]`
    /// - winners: `[n * height' * width']`
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward).
    pub fn local_update(&self, images: Tensor<4>) -> LocalUpdate {
        self.update_of(self.look(images))
    }

    /// The unit that responds most strongly at each place.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    /// - output: `[n * height' * width']`
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward).
    pub fn winners(&self, images: Tensor<4>) -> Tensor<1, Int> {
        self.rule
            .winners(self.rows(), self.patches(images.without_autodiff()))
    }

    /// Learns from a batch and returns the layer; see [`learn_in_place`](Self::learn_in_place), which
    /// does the same to a layer in the field of a struct.
    ///
    /// # Panics
    ///
    /// As of [`learn_in_place`](Self::learn_in_place).
    pub fn learn(mut self, images: Tensor<4>, rate: f64) -> Self {
        self.learn_in_place(images, rate);
        self
    }

    /// Learns from a batch, `W_mu <- W_mu + rate_mu dW_mu / max |dW|` with one maximum over the whole
    /// matrix, and returns what the layer made of it before.
    ///
    /// A batch with a value that is not finite changes nothing. Nothing changes where
    /// [learning](Self::learning) is switched off.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward), or if `rate` is not finite.
    pub fn learn_in_place(&mut self, images: Tensor<4>, rate: f64) -> Responses {
        let sight = self.look(images);
        let output = channels_first(sight.maps());
        let winners = if self.learning.is_enabled() {
            self.learn_from(sight, rate, &mut Notes::default())
        } else {
            self.winner_of(sight)
        };
        Responses { output, winners }
    }

    /// Puts an update where Burn's optimizers look for a gradient; see
    /// [`HebbianLinear::register_update`](super::HebbianLinear::register_update).
    ///
    /// # Panics
    ///
    /// Panics where the layer is on a device without autodiff, or under Burn's distributed
    /// data-parallel strategy.
    pub fn register_update(&self, gradients: &mut GradientsParams, update: LocalUpdate) {
        register(
            "HebbianConv2d",
            &self.weight,
            &self.learning,
            gradients,
            update,
        );
    }

    /// The quantity that the rule drives to 1 in every unit that keeps learning, `[units]`.
    pub fn norms(&self) -> Tensor<1> {
        self.rule.norms(self.rows())
    }

    /// The synapses W off the autodiff graph, `[units, channels * kernel rows * kernel columns]`.
    pub fn synapses(&self) -> Tensor<2> {
        let weight = self.weight.val().without_autodiff();
        let [units, visible] = self.sizes();
        weight.reshape([units, visible])
    }

    /// The rule that the layer learns by.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// Burn's convolution with these weights, without a bias and on the same device: learn locally
    /// first, then fine-tune by backpropagation. Its weight requires gradients.
    /// [`init_from_conv2d`](super::HebbianConv2dConfig::init_from_conv2d) is the way back.
    ///
    /// # Panics
    ///
    /// Panics where the layer pads by reflection or scales its patches, which Burn's convolution
    /// cannot.
    pub fn to_conv2d(&self) -> Conv2d {
        let Windows {
            kernel,
            stride,
            padding: [tall, wide],
            border,
        } = self.windows;
        assert!(
            (border == PaddingMode::Zeros || [tall, wide] == [0, 0]) && !self.unit_patches,
            "to_conv2d: Burn's Conv2d pads with zeros and does not scale patches"
        );
        let [units, channels, _, _] = self.weight.dims();
        let config = Conv2dConfig::new([channels, units], kernel)
            .with_stride(stride)
            .with_padding(PaddingConfig2d::Explicit(tall, wide, tall, wide))
            .with_bias(false);
        let weight = in_context_of(&self.weight.val(), self.weight.val().without_autodiff());
        Conv2d {
            weight: Param::from_tensor(weight),
            ..config.init(&self.weight.device())
        }
    }

    /// The number of units, and of synapses of each.
    fn sizes(&self) -> [usize; 2] {
        let [units, channels, rows, columns] = self.weight.dims();
        [units, channels * rows * columns]
    }

    /// What the units see of images off autodiff.
    pub(super) fn look(&self, images: Tensor<4>) -> Sight {
        let weight = self.weight.val().without_autodiff();
        self.see(images.without_autodiff(), weight)
    }

    fn see(&self, images: Tensor<4>, weight: Tensor<4>) -> Sight {
        let [n, _, height, width] = images.dims();
        let [units, _] = self.sizes();
        let patches = self.patches(images);
        let [rows, columns] = self.windows.counts([height, width]).expect(CHECKED);
        Sight {
            products: patches.clone().matmul(self.in_rows(weight).transpose()),
            patches,
            shape: [n, rows, columns, units],
        }
    }

    fn patches(&self, images: Tensor<4>) -> Tensor<2> {
        let [_, channels, _, _] = self.weight.dims();
        assert_shape!(images, [_, channels, _, _]);
        let patches = patches(images, self.windows);
        if self.unit_patches {
            unit_length(patches)
        } else {
            patches
        }
    }

    /// The change and the winners for what was seen.
    pub(super) fn update_of(&self, sight: Sight) -> LocalUpdate {
        let Sight {
            patches, products, ..
        } = sight;
        let update = self.rule.update_given(self.rows(), patches, products);
        let [units, visible] = self.sizes();
        let [_, channels, rows, columns] = self.weight.dims();
        let change = update.change.reshape([units, rows, columns, channels]);
        let change = channels_first(change).reshape([units, visible]);
        LocalUpdate { change, ..update }
    }

    /// Who won, for what was seen.
    pub(super) fn winner_of(&self, sight: Sight) -> Tensor<1, Int> {
        self.rule.winners(self.rows(), sight.patches)
    }

    /// Learns from what was seen, and tells who won.
    pub(super) fn learn_from(
        &mut self,
        sight: Sight,
        rate: f64,
        notes: &mut Notes,
    ) -> Tensor<1, Int> {
        assert_rate(rate);
        let [units, channels, kernel_rows, kernel_columns] = self.weight.dims();
        let rows = self.rows();
        // Whoever steps in place holds the only tensor.
        self.set_synapses(Tensor::zeros([1, 1, 1, 1], &rows.device()));
        let Sight {
            patches, products, ..
        } = sight;
        let synapses = Synapses::noting(rows, std::mem::take(notes));
        let step = self.step.at(rate);
        let (synapses, winners) = synapses.step_given(&self.rule, patches, products, step);
        let (rows, noted) = synapses.into_parts();
        *notes = noted;
        let weight = rows.reshape([units, kernel_rows, kernel_columns, channels]);
        self.set_synapses(channels_first(weight));
        winners
    }

    /// The synapses in the order of the patches, `[units, kernel rows * kernel columns * channels]`.
    fn rows(&self) -> Tensor<2> {
        self.in_rows(self.weight.val().without_autodiff())
    }

    /// A weight of this layer in that order.
    fn in_rows(&self, weight: Tensor<4>) -> Tensor<2> {
        channels_last(weight).reshape(self.sizes())
    }

    /// Gives the parameter other synapses, `[units, channels, kernel rows, kernel columns]` off
    /// autodiff.
    pub(super) fn set_synapses(&mut self, synapses: Tensor<4>) {
        replace(&mut self.weight, synapses);
    }
}

impl<R: LocalRule> ModuleDisplay for HebbianConv2d<R> {
    fn custom_settings(&self) -> Option<DisplaySettings> {
        DisplaySettings::new()
            .with_new_line_after_attribute(false)
            .optional()
    }

    fn custom_content(&self, content: Content) -> Option<Content> {
        let [units, channels, _, _] = self.weight.shape().dims();
        let Windows {
            kernel,
            stride,
            padding,
            border,
        } = self.windows;
        content
            .add("channels", &channels)
            .add("units", &units)
            .add_debug_attribute("kernel_size", &kernel)
            .add_debug_attribute("stride", &stride)
            .add_debug_attribute("padding", &padding)
            .add_debug_attribute("padding_mode", &border)
            .add("unit_patches", &self.unit_patches)
            .add_debug_attribute("rule", &self.rule)
            .add("learning", &self.learning)
            .optional()
    }
}

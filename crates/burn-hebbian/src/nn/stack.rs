//! Blocks upon blocks, each learning from what the one below makes of an image.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{HebbianBlock, HebbianBlockConfig, HebbianConv2d};
use crate::SettingError;
use crate::error::require;
use crate::rule::{KrotovHopfieldConfig, LocalRule, RuleConfig};
use crate::step::Notes;

/// Settings of a [`HebbianStack`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HebbianStackConfig<C = KrotovHopfieldConfig> {
    /// The blocks, from the image up.
    pub blocks: Vec<HebbianBlockConfig<C>>,
}

// `#[derive(Config)]` takes no generics, so the trait is implemented by hand.
impl<C: core::fmt::Debug + Serialize + DeserializeOwned> Config for HebbianStackConfig<C> {}

impl<C> HebbianStackConfig<C> {
    /// A network of these blocks, from the image up.
    pub fn new(blocks: Vec<HebbianBlockConfig<C>>) -> Self {
        Self { blocks }
    }

    /// Units, height and width of the output for images `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where there is no block, where the channels of a block are not those of what
    /// it sees, or where its windows do not fit.
    pub fn output_size(&self, image: [usize; 3]) -> Result<[usize; 3], SettingError> {
        self.check()?;
        check_channels(&self.blocks[0], image[0])?;
        let mut blocks = self.blocks.iter();
        blocks.try_fold(image, |[_, rows, columns], block| {
            let [rows, columns] = block.output_size([rows, columns])?;
            Ok([block.conv.channels[1], rows, columns])
        })
    }

    /// Refuses a stack of no blocks, and a block that sees other channels than the one below makes.
    fn check(&self) -> Result<(), SettingError> {
        let count = self.blocks.len();
        require(count > 0, "blocks", count, "at least 1")?;
        let mut pairs = self.blocks.windows(2);
        pairs.try_for_each(|pair| check_channels(&pair[1], pair[0].conv.channels[1]))
    }
}

/// Refuses a block that sees other channels than these.
fn check_channels<C>(block: &HebbianBlockConfig<C>, channels: usize) -> Result<(), SettingError> {
    let [expected, _] = block.conv.channels;
    let allowed = format!("{channels}, as the images or the block below have them");
    require(expected == channels, "channels", expected, &allowed)
}

impl<C: RuleConfig> HebbianStackConfig<C> {
    /// Makes the network.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where there is no block, where a block sees other channels than the one
    /// below makes, or for the first setting of a block that is out of range.
    pub fn init(
        &self,
        device: &Device,
    ) -> Result<HebbianStack<HebbianConv2d<C::Rule>>, SettingError> {
        self.check()?;
        let blocks = self.blocks.iter().map(|block| block.init(device));
        Ok(HebbianStack {
            blocks: blocks.collect::<Result<_, _>>()?,
        })
    }
}

/// Blocks that learn locally, from the image up: nothing crosses from one to another but what it
/// makes of the images.
///
/// All learn at once, or one after the other: [freeze](Module::freeze) the blocks that are not to
/// learn. Journé et al. 2023, [arXiv:2209.11883](https://arxiv.org/abs/2209.11883), report both. Made
/// by [`HebbianStackConfig`].
///
/// ```
/// use burn::nn::Initializer;
/// use burn::tensor::{Device, Distribution, Tensor};
/// use burn_hebbian::{
///     HebbianBlockConfig, HebbianConv2dConfig, HebbianStackConfig, MaxNormalizedConfig, PaddingMode,
///     PoolKind, PoolingConfig, SoftCompetitionConfig, TriangleConfig,
/// };
///
/// let device = Device::default();
/// device.seed(1);
/// let block = |channels, units| {
///     // A unit starts with a length of about 25.
///     let std = 25.0 / (9.0 * channels as f64).sqrt();
///     let conv = HebbianConv2dConfig::new([channels, units], [3, 3])
///         .with_padding([1, 1])
///         .with_padding_mode(PaddingMode::Reflect)
///         .with_rule(SoftCompetitionConfig::new())
///         .with_step(MaxNormalizedConfig::new().with_rate_power(0.5))
///         .with_initializer(Initializer::Normal { mean: 0.0, std });
///     let pooling = PoolingConfig::new(PoolKind::Max, [2, 2], [2, 2]);
///     HebbianBlockConfig::new(conv, TriangleConfig::new(), pooling)
/// };
/// let config = HebbianStackConfig::new(vec![block(1, 8), block(8, 16)]);
/// assert_eq!(config.output_size([1, 8, 8])?, [16, 2, 2]);
///
/// let mut stack = config.init(&device)?;
/// for _ in 0..10 {
///     let images = Tensor::<4>::random([10, 1, 8, 8], Distribution::Default, &device);
///     let winners = stack.learn_in_place(images, &[0.08, 0.01]);
///     assert_eq!(winners[0].as_ref().unwrap().dims(), [10 * 8 * 8]);
/// }
/// // The lengths are on their way to 1.
/// let lengths = stack.blocks[0].conv.norms().sqrt();
/// assert!(lengths.mean().into_scalar::<f32>() < 25.0);
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
#[derive(Module, Debug)]
pub struct HebbianStack<L = HebbianConv2d> {
    /// The blocks, from the image up.
    pub blocks: Vec<HebbianBlock<L>>,
}

impl<R: LocalRule> HebbianStack<HebbianConv2d<R>> {
    /// Applies the forward pass, by the running statistics: the features of the images.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    /// - output: `[n, units, height', width']`
    ///
    /// # Panics
    ///
    /// Panics if `images` have other channels or do not fit the windows.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let blocks = self.blocks.iter();
        blocks.fold(images, |images, block| block.forward(images))
    }

    /// Applies the forward pass by the statistics of this batch, and notes them in the running ones:
    /// all that filters need that do not learn.
    ///
    /// # Shapes
    ///
    /// As of [`forward`](Self::forward).
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward).
    pub fn observe(&self, images: Tensor<4>) -> Tensor<4> {
        let blocks = self.blocks.iter();
        blocks.fold(images, |images, block| block.observe(images))
    }

    /// Learns from a batch, at one rate for each block, and returns who won at each place of each
    /// block, or `None` for a block that is frozen. Each block learns from what the one below makes of the images by the synapses that it
    /// had before. Frozen blocks pass on what they make of them; those above the last that learns are
    /// left out.
    ///
    /// # Shapes
    ///
    /// - images: `[n, channels, height, width]`
    /// - output, for each block: `[n * height' * width']`
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward), if there is not one rate for each block, or if a rate is not
    /// finite.
    pub fn learn_in_place(
        &mut self,
        images: Tensor<4>,
        rates: &[f64],
    ) -> Vec<Option<Tensor<1, Int>>> {
        let mut notes = vec![Notes::default(); self.blocks.len()];
        self.learn_noting(images, rates, &mut notes)
    }

    /// Learns, and notes the step and the fault of each block.
    pub(crate) fn learn_noting(
        &mut self,
        images: Tensor<4>,
        rates: &[f64],
        notes: &mut [Notes],
    ) -> Vec<Option<Tensor<1, Int>>> {
        let count = self.blocks.len();
        assert_eq!(rates.len(), count, "HebbianStack: one rate for each block");
        let mut winners = vec![None; count];
        let Some(last) = self.blocks.iter().rposition(HebbianBlock::learns) else {
            return winners;
        };
        let mut images = images;
        for (place, block) in self.blocks[..=last].iter_mut().enumerate() {
            images = if block.learns() {
                let told = block.learn_noting(images, rates[place], &mut notes[place]);
                winners[place] = Some(told.winners);
                told.output
            } else {
                block.forward(images)
            };
        }
        winners
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HebbianConv2dConfig, PoolKind, PoolingConfig, TriangleConfig};

    #[test]
    fn blocks_that_make_no_stack_are_refused() {
        let block = |channels| {
            let conv = HebbianConv2dConfig::new(channels, [3, 3]).with_padding([1, 1]);
            let pooling = PoolingConfig::new(PoolKind::Max, [2, 2], [2, 2]);
            HebbianBlockConfig::new(conv, TriangleConfig::new(), pooling)
        };
        let refused = |blocks: Vec<HebbianBlockConfig>| {
            let stack = HebbianStackConfig::new(blocks).init(&Device::default());
            stack.err().unwrap().to_string()
        };
        assert_eq!(
            refused(vec![]),
            "blocks = 0 is not allowed: it must be at least 1"
        );
        assert_eq!(
            refused(vec![block([1, 8]), block([16, 9])]),
            "channels = 16 is not allowed: it must be 8, as the images or the block below have them"
        );
        let chained = HebbianStackConfig::new(vec![block([1, 8]), block([8, 9])]);
        assert!(chained.init(&Device::default()).is_ok());
    }
}

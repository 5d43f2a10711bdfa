//! Batch norm, convolution, triangle, pooling: a block of a network that learns locally.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::conv2d::Sight;
use super::layout::channels_first;
use super::{
    HebbianConv2d, HebbianConv2dConfig, PlainBatchNorm, PlainBatchNormConfig, Pooling,
    PoolingConfig, Responses, Triangle, TriangleConfig,
};
use crate::SettingError;
use crate::kernel::{self, Pool};
use crate::rule::{KrotovHopfieldConfig, LocalRule, LocalUpdate, RuleConfig};
use crate::step::Notes;

/// Settings of a [`HebbianBlock`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HebbianBlockConfig<C = KrotovHopfieldConfig> {
    /// The convolution.
    pub conv: HebbianConv2dConfig<C>,
    /// The activation.
    pub activation: TriangleConfig,
    /// The pooling.
    pub pooling: PoolingConfig,
}

// `#[derive(Config)]` takes no generics, so the trait is implemented by hand.
impl<C: core::fmt::Debug + Serialize + DeserializeOwned> Config for HebbianBlockConfig<C> {}

impl<C> HebbianBlockConfig<C> {
    /// A block of these parts.
    pub fn new(
        conv: HebbianConv2dConfig<C>,
        activation: TriangleConfig,
        pooling: PoolingConfig,
    ) -> Self {
        Self {
            conv,
            activation,
            pooling,
        }
    }

    /// The height and width of the output for images of this height and width.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the kernel or the pooling window does not fit.
    pub fn output_size(&self, image: [usize; 2]) -> Result<[usize; 2], SettingError> {
        self.pooling.output_size(self.conv.output_size(image)?)
    }
}

impl<C: RuleConfig> HebbianBlockConfig<C> {
    /// Makes the block.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of a part that is out of range.
    pub fn init(
        &self,
        device: &Device,
    ) -> Result<HebbianBlock<HebbianConv2d<C::Rule>>, SettingError> {
        Ok(HebbianBlock {
            norm: PlainBatchNormConfig::new(self.conv.channels[0]).init(device)?,
            conv: self.conv.init(device)?,
            activation: self.activation.init()?,
            pooling: self.pooling.init()?,
        })
    }
}

/// A block of the network of Journé et al. 2023,
/// [arXiv:2209.11883](https://arxiv.org/abs/2209.11883): batch norm without scale and shift, a
/// convolution that learns by a local rule, the triangle activation, pooling.
///
/// Where it learns from a batch, the batch norm goes by that batch and notes it in its running
/// statistics; [`forward`](Self::forward) goes by those, and so does a block whose convolution does not
/// [learn](HebbianConv2d::learning). Made by [`HebbianBlockConfig`].
#[derive(Module, Debug)]
pub struct HebbianBlock<L = HebbianConv2d> {
    /// The batch norm of the input.
    pub norm: PlainBatchNorm,
    /// The convolution, which learns.
    pub conv: L,
    /// The activation.
    pub activation: Triangle,
    /// The pooling.
    pub pooling: Pooling,
}

impl<R: LocalRule> HebbianBlock<HebbianConv2d<R>> {
    /// Applies the forward pass, by the running statistics.
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
        let normalised = self.norm.forward(images);
        if normalised.is_autodiff() {
            let maps = self.conv.forward(normalised);
            let [_, _, rows, columns] = maps.dims();
            self.assert_pooling_fits([rows, columns]);
            self.pooling.forward(self.activation.forward(maps))
        } else {
            self.speak(&self.conv.look(normalised))
        }
    }

    /// Applies the forward pass by the statistics of this batch, and notes them in the running ones.
    /// Filters that do not learn need it too.
    ///
    /// # Shapes
    ///
    /// As of [`forward`](Self::forward).
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward).
    pub fn observe(&self, images: Tensor<4>) -> Tensor<4> {
        let images = images.without_autodiff();
        self.speak(&self.conv.look(self.norm.observe(images)))
    }

    /// Learns from a batch, and returns what the block made of it by the synapses it had before.
    ///
    /// Where the convolution's [learning](HebbianConv2d::learning) is switched off, this is
    /// [`forward`](Self::forward), and who wins.
    ///
    /// # Shapes
    ///
    /// As of [`forward`](Self::forward).
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward), or if `rate` is not finite.
    pub fn learn_in_place(&mut self, images: Tensor<4>, rate: f64) -> Responses {
        self.learn_noting(images, rate, &mut Notes::default())
    }

    /// Learns, and notes the step and its fault.
    pub(crate) fn learn_noting(
        &mut self,
        images: Tensor<4>,
        rate: f64,
        notes: &mut Notes,
    ) -> Responses {
        let sight = self.look(images);
        let output = self.speak(&sight);
        let winners = if self.learns() {
            self.conv.learn_from(sight, rate, notes)
        } else {
            self.conv.winner_of(sight)
        };
        Responses { output, winners }
    }

    /// The output for a batch, and the raw change of the synapses, for a `TrainStep` that
    /// [registers](HebbianConv2d::register_update) it. The batch is noted in the running statistics.
    ///
    /// # Shapes
    ///
    /// - output: `[n, units, height', width']`
    /// - change, winners: as of [`HebbianConv2d::local_update`]
    ///
    /// # Panics
    ///
    /// As of [`forward`](Self::forward).
    pub fn local_update(&self, images: Tensor<4>) -> (Tensor<4>, LocalUpdate) {
        let sight = self.look(images);
        let output = self.speak(&sight);
        (output, self.conv.update_of(sight))
    }

    /// Whether the block learns.
    pub fn learns(&self) -> bool {
        self.conv.learning.is_enabled()
    }

    fn look(&self, images: Tensor<4>) -> Sight {
        let images = images.without_autodiff();
        self.conv.look(if self.learns() {
            self.norm.observe(images)
        } else {
            self.norm.forward(images)
        })
    }

    /// What the block hands on.
    fn speak(&self, sight: &Sight) -> Tensor<4> {
        let maps = sight.maps();
        let [_, rows, columns, _] = maps.dims();
        self.assert_pooling_fits([rows, columns]);
        if kernel::is_host_float(&maps) {
            let pooled = kernel::triangle_pool(maps, self.activation.power, self.pooling.pool);
            channels_first(pooled)
        } else {
            let maps = self.activation.forward(channels_first(maps));
            self.pooling.forward(maps)
        }
    }

    /// Refuses maps that the window of the pooling does not fit.
    fn assert_pooling_fits(&self, map: [usize; 2]) {
        let Pool {
            kernel: [rows, columns],
            padding: [tall, wide],
            ..
        } = self.pooling.pool;
        let [height, width] = map;
        assert!(
            self.pooling.pool.counts(map).is_some(),
            "HebbianBlock: a pooling window of {rows} x {columns} does not fit maps of {height} x \
             {width} with a padding of {tall} x {wide}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PoolKind;

    /// A window of 4 x 4 on maps of 2 x 2.
    fn pool_too_much(device: &Device) {
        let conv = HebbianConv2dConfig::new([1, 8], [3, 3]).with_padding([1, 1]);
        let pooling = PoolingConfig::new(PoolKind::Max, [4, 4], [2, 2]);
        let config = HebbianBlockConfig::new(conv, TriangleConfig::new(), pooling);
        let block = config.init(device).unwrap();
        block.forward(Tensor::zeros([1, 1, 2, 2], device));
    }

    #[test]
    #[should_panic(
        expected = "HebbianBlock: a pooling window of 4 x 4 does not fit maps of 2 x 2 with a padding of 0 x 0"
    )]
    fn a_pooling_window_larger_than_the_maps() {
        pool_too_much(&Device::default());
    }

    #[test]
    #[should_panic(
        expected = "HebbianBlock: a pooling window of 4 x 4 does not fit maps of 2 x 2 with a padding of 0 x 0"
    )]
    fn a_pooling_window_larger_than_the_maps_under_autodiff() {
        pool_too_much(&Device::default().autodiff());
    }
}

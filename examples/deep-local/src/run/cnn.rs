//! The same network for backpropagation: what is local in a block is what Burn has instead.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use burn_hebbian::train::Labelled;
use burn_hebbian::{Objective, Pooling, SettingError};

use crate::settings::Settings;

/// The network of a run with batch norm that scales and shifts, and the rectifier for the triangle.
#[derive(Module, Debug)]
pub(crate) struct Cnn {
    blocks: Vec<CnnBlock>,
    dropout: Dropout,
    readout: Linear,
}

#[derive(Module, Debug)]
struct CnnBlock {
    norm: BatchNorm,
    conv: Conv2d,
    padding: usize,
    pooling: Pooling,
}

impl Cnn {
    /// The network with Burn's default start.
    pub fn new(settings: &Settings, classes: usize, device: &Device) -> Result<Self, SettingError> {
        let blocks = (0..settings.blocks()).map(|block| {
            let (channels, kernel) = (settings.channels_of(block), settings.kernels[block]);
            Ok(CnnBlock {
                norm: BatchNormConfig::new(channels).init(device),
                conv: Conv2dConfig::new([channels, settings.units_of(block)], [kernel, kernel])
                    .with_bias(false)
                    .init(device),
                padding: settings.padding_of(block),
                pooling: settings.poolings[block].config().init()?,
            })
        });
        let features = settings.features()?.iter().product();
        Ok(Self {
            blocks: blocks.collect::<Result<_, SettingError>>()?,
            dropout: DropoutConfig::new(settings.dropout).init(),
            readout: LinearConfig::new(features, classes).init(device),
        })
    }

    /// The outputs of the classes, `[batch, classes]`, for images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let maps = self
            .blocks
            .iter()
            .fold(images, |maps, block| block.forward(maps));
        let features = maps.flatten(1, 3);
        self.readout.forward(self.dropout.forward(features))
    }

    fn classify(&self, batch: Labelled<4>) -> ClassificationOutput {
        let outputs = self.forward(batch.inputs);
        Objective::CrossEntropy.judge(outputs, batch.labels)
    }
}

impl CnnBlock {
    fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let border = (self.padding, self.padding);
        let padded = self
            .norm
            .forward(images)
            .pad([border, border], PadMode::Reflect);
        self.pooling.forward(relu(self.conv.forward(padded)))
    }
}

impl TrainStep for Cnn {
    type Input = Labelled<4>;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled<4>) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Cnn {
    type Input = Labelled<4>;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled<4>) -> ClassificationOutput {
        self.classify(batch)
    }
}

#[cfg(all(test, feature = "flex"))] // Other backends take minutes.
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule, preset};
    use image_sets::ImageSet;

    #[test]
    fn the_network_fits_every_data_set() {
        let device = Device::flex();
        for dataset in ImageSet::ALL {
            let mut settings = preset(dataset, Preset::Quick, Rule::Soft);
            settings.width = 1.0 / 48.0;
            let cnn = Cnn::new(&settings, 10, &device).unwrap();
            let shape = dataset.shape();
            let images = Tensor::zeros([2, shape.channels, shape.height, shape.width], &device);
            assert_eq!(cnn.forward(images).dims(), [2, 10]);
        }
    }
}

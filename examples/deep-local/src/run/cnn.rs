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
use image_runs::export::Array;
use image_sets::ImageShape;

use super::local::Stack;
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
    /// The network for images of this shape, with Burn's default start.
    pub fn new(
        settings: &Settings,
        image: ImageShape,
        classes: usize,
        device: &Device,
    ) -> Result<Self, SettingError> {
        let blocks = (0..settings.blocks()).map(|block| {
            let (channels, kernel) = (settings.channels_of(block, image), settings.kernels[block]);
            Ok(CnnBlock {
                norm: BatchNormConfig::new(channels).init(device),
                conv: Conv2dConfig::new([channels, settings.units_of(block)], [kernel, kernel])
                    .with_bias(false)
                    .init(device),
                padding: settings.padding_of(block),
                pooling: settings.poolings[block].config().init()?,
            })
        });
        let features = settings.features(image)?.iter().product();
        Ok(Self {
            blocks: blocks.collect::<Result<_, SettingError>>()?,
            dropout: DropoutConfig::new(settings.dropout).init(),
            readout: LinearConfig::new(features, classes).init(device),
        })
    }

    /// The network with the filters of `stack`, as large on the whole as its own were: the batch norm above
    /// them makes the scale of a block of no matter, but the steps of an optimizer go by it.
    pub fn with_filters(mut self, stack: &Stack) -> Self {
        let size = |weight: Tensor<4>| weight.square().mean().sqrt().reshape([1, 1, 1, 1]);
        for (block, local) in self.blocks.iter_mut().zip(&stack.blocks) {
            let learned = local.conv.weight.val().without_autodiff();
            let own = block.conv.weight.clone();
            block.conv.weight = own.map(|own| {
                let factor = size(own.without_autodiff()) / size(learned.clone());
                (learned * factor).autodiff().require_grad()
            });
        }
        self
    }

    /// The outputs of the classes, `[batch, classes]`, for images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.classes_of(self.features(images))
    }

    /// What the blocks make of images, `[batch, units * height' * width']`.
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        let blocks = self.blocks.iter();
        let maps = blocks.fold(images, |maps, block| block.forward(maps));
        maps.flatten(1, 3)
    }

    /// The outputs of the classes for features.
    pub fn classes_of(&self, features: Tensor<2>) -> Tensor<2> {
        self.readout.forward(self.dropout.forward(features))
    }

    /// Its arrays, whose names begin with that of the `network`.
    pub fn arrays(&self, network: &str) -> Vec<Array> {
        let blocks = (1..).zip(&self.blocks).flat_map(|(number, block)| {
            let name = |part| format!("{network}.block{number}.{part}");
            let norm = &block.norm;
            [
                Array::new(name("kernel"), block.conv.weight.val()),
                Array::new(name("mean"), norm.running_mean.value_sync()),
                Array::new(name("variance"), norm.running_var.value_sync()),
                Array::new(name("scale"), norm.gamma.val()),
                Array::new(name("shift"), norm.beta.val()),
            ]
        });
        blocks
            .chain(readout_arrays(network, &self.readout))
            .collect()
    }

    fn classify(&self, batch: Labelled<4>) -> ClassificationOutput {
        let outputs = self.forward(batch.inputs);
        Objective::CrossEntropy.judge(outputs, batch.labels)
    }
}

/// The arrays of a readout.
pub(crate) fn readout_arrays(network: &str, readout: &Linear) -> [Array; 2] {
    let bias = readout.bias.as_ref().expect("a readout has a bias");
    [
        Array::new(
            format!("{network}.readout.weight"),
            readout.weight.val().transpose(),
        ),
        Array::new(format!("{network}.readout.bias"), bias.val()),
    ]
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
    fn learned_filters_take_the_place_of_random_ones_at_their_size() {
        let device = Device::flex();
        let settings = preset(ImageSet::Digits, Preset::Quick, Rule::Soft);
        let image = ImageSet::Digits.shape();
        let stack = settings.stack(image).init(&device).unwrap();
        let random = Cnn::new(&settings, image, 10, &device.clone().autodiff()).unwrap();
        let tuned = random.clone().with_filters(&stack);
        let values = |weight: Tensor<4>| -> Vec<f32> { weight.into_data().iter().collect() };
        let square = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
        for ((random, tuned), local) in random.blocks.iter().zip(&tuned.blocks).zip(&stack.blocks) {
            let [before, after, learned] = [
                values(random.conv.weight.val()),
                values(tuned.conv.weight.val()),
                values(local.conv.weight.val()),
            ];
            let factor = after[0] / learned[0];
            let same = after.iter().zip(&learned);
            assert!(same.clone().all(|(a, b)| (a - factor * b).abs() < 1e-6));
            assert!((square(&after) / square(&before) - 1.0).abs() < 1e-4);
            assert!(tuned.conv.weight.val().is_require_grad());
            assert_eq!(tuned.conv.weight.id, random.conv.weight.id);
        }
    }

    #[test]
    fn the_network_fits_every_data_set() {
        let device = Device::flex();
        for dataset in ImageSet::ALL {
            let mut settings = preset(dataset, Preset::Quick, Rule::Soft);
            settings.width = 1.0 / 48.0;
            let shape = dataset.shape();
            let cnn = Cnn::new(&settings, shape, 10, &device).unwrap();
            let images = Tensor::zeros([2, shape.channels, shape.height, shape.width], &device);
            assert_eq!(cnn.forward(images).dims(), [2, 10]);
        }
    }
}

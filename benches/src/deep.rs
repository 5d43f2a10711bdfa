//! The local step of a deep network, in units of its six matrix products.
//!
//! The network is that of Journé et al. 2023, [arXiv:2209.11883](https://arxiv.org/abs/2209.11883),
//! for CIFAR-10: three blocks at full width, all learning at once, ten images to a batch.

use std::hint::black_box;
use std::path::Path;

use burn::nn::Initializer;
use burn::tensor::{Device, Distribution, Tensor};
use burn_hebbian::{
    HebbianBlock, HebbianBlockConfig, HebbianConv2d, HebbianConv2dConfig, HebbianStackConfig,
    MaxNormalizedConfig, PaddingMode, PoolKind, PoolingConfig, SoftCompetition,
    SoftCompetitionConfig, TriangleConfig,
};
use image_sets::ImageSet;
use serde::Serialize;

use crate::timing::medians;
use crate::workload::{batches, endless, published};

const BATCH: usize = 10;

/// Images to draw batches from.
const IMAGES: usize = 1_000;

const IMAGE: [usize; 3] = [3, 32, 32];

/// Turns of each operation, which takes up to some hundred milliseconds.
const TURNS: usize = 10;

/// The rate of each block.
const RATES: [f64; 3] = [0.08, 0.005, 0.01];

type Block = HebbianBlock<HebbianConv2d<SoftCompetition>>;
type Operation = Box<dyn FnMut()>;

/// The median time of the whole, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Milliseconds {
    /// The six bare products, one after the other.
    pub products: f64,
    /// The local step of the three blocks.
    pub step: f64,
}

/// The median time of each part of a block, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BlockMilliseconds {
    /// The bare product of the windows with the synapses.
    pub forward_product: f64,
    /// The bare product of the units' responses with the windows.
    pub change_product: f64,
    /// Batch norm by the statistics of the batch.
    pub batch_norm: f64,
    /// The windows of a normalised batch as rows, and their product with the synapses.
    pub convolution: f64,
    /// Batch norm, convolution, triangle, pooling.
    pub forward: f64,
    /// The same, and the competition, the change and the step.
    pub learn: f64,
}

impl BlockMilliseconds {
    /// Both products.
    pub fn products(&self) -> f64 {
        self.forward_product + self.change_product
    }
}

/// What was measured, and on which images.
pub struct Measured {
    /// Where the images are from.
    pub images: &'static str,
    /// The whole.
    pub whole: Milliseconds,
    /// Block by block.
    pub blocks: [BlockMilliseconds; 3],
}

/// Measures the step, its products and its parts, in turn: on CIFAR-10, or where it is not found, on
/// noise.
pub fn measure(data_dir: Option<&Path>, device: &Device) -> Measured {
    device.seed(0);
    let [channels, height, width] = IMAGE;
    let (name, images) = match published(ImageSet::Cifar10, data_dir, device) {
        Some((name, images)) => (name, images.narrow(0, 0, IMAGES)),
        None => {
            let shape = [IMAGES, channels * height * width];
            let noise = Tensor::random(shape, Distribution::Default, device);
            ("synthetic", noise)
        }
    };
    let images = images.reshape([IMAGES, channels, height, width]);
    let mut seen = batches(&images, BATCH);

    let mut stack = network().init(device).expect("the settings are allowed");
    let mut operands = Vec::new();
    let mut parts = Vec::new();
    let mut next = endless(seen.clone());
    for (block, rate) in stack.blocks.iter().zip(RATES) {
        let both = Operands::of(block, &seen[0]);
        parts.extend(both.operations());
        operands.push(both);
        parts.extend(operations(block, rate, &seen));
        seen = seen.into_iter().map(|batch| block.observe(batch)).collect();
    }
    let products = move || {
        for both in &operands {
            both.forward();
            both.change();
        }
    };
    let step = move || drop(stack.learn_in_place(next(), &RATES));
    let mut all: Vec<Operation> = vec![Box::new(products), Box::new(step)];
    all.extend(parts);

    let times = medians(&mut all, TURNS, device);
    let of_block = |block: usize| {
        let (_, times) = times.split_at(2 + 6 * block);
        BlockMilliseconds {
            forward_product: times[0],
            change_product: times[1],
            batch_norm: times[2],
            convolution: times[3],
            forward: times[4],
            learn: times[5],
        }
    };
    Measured {
        images: name,
        whole: Milliseconds {
            products: times[0],
            step: times[1],
        },
        blocks: [0, 1, 2].map(of_block),
    }
}

fn network() -> HebbianStackConfig<SoftCompetitionConfig> {
    let max = PoolingConfig::new(PoolKind::Max, [4, 4], [2, 2]).with_padding([1, 1]);
    let average = PoolingConfig::new(PoolKind::Average, [2, 2], [2, 2]);
    HebbianStackConfig::new(vec![
        block([3, 96], 5, 1.0, 0.7, max.clone()),
        block([96, 384], 3, 0.65, 1.4, max),
        block([384, 1536], 3, 0.25, 1.0, average),
    ])
}

/// A block whose units start with a length of about 25.
fn block(
    channels: [usize; 2],
    kernel: usize,
    inverse_temperature: f64,
    power: f64,
    pooling: PoolingConfig,
) -> HebbianBlockConfig<SoftCompetitionConfig> {
    let fan_in = channels[0] * kernel * kernel;
    let start = Initializer::Normal {
        mean: 0.0,
        std: 25.0 / (fan_in as f64).sqrt(),
    };
    let rule = SoftCompetitionConfig::new().with_inverse_temperature(inverse_temperature);
    let conv = HebbianConv2dConfig::new(channels, [kernel, kernel])
        .with_padding([kernel / 2, kernel / 2])
        .with_padding_mode(PaddingMode::Reflect)
        .with_rule(rule)
        .with_step(MaxNormalizedConfig::new().with_rate_power(0.5))
        .with_initializer(start);
    HebbianBlockConfig::new(conv, TriangleConfig::new().with_power(power), pooling)
}

/// What the two products of a block are made of.
#[derive(Clone)]
struct Operands {
    /// `[windows, visible]`
    windows: Tensor<2>,
    /// `[units, visible]`
    synapses: Tensor<2>,
    /// `[windows, units]`
    responses: Tensor<2>,
}

impl Operands {
    /// Of the shapes that `block` multiplies for `images`.
    fn of(block: &Block, images: &Tensor<4>) -> Self {
        let synapses = block.conv.synapses();
        let [n, units, height, width] = block.conv.forward(images.clone()).dims();
        let [_, visible] = synapses.dims();
        let count = n * height * width;
        let random = |shape| Tensor::random(shape, Distribution::Default, &images.device());
        Self {
            windows: random([count, visible]),
            responses: random([count, units]),
            synapses,
        }
    }

    fn forward(&self) {
        let strengths = self.synapses.clone().transpose();
        drop(black_box(self.windows.clone().matmul(strengths)));
    }

    fn change(&self) {
        let responses = self.responses.clone().transpose();
        drop(black_box(responses.matmul(self.windows.clone())));
    }

    fn operations(&self) -> [Operation; 2] {
        let (first, second) = (self.clone(), self.clone());
        [
            Box::new(move || first.forward()),
            Box::new(move || second.change()),
        ]
    }
}

/// The parts of a block on batches of what it sees.
fn operations(block: &Block, rate: f64, seen: &[Tensor<4>]) -> [Operation; 4] {
    let normalised = seen.iter().map(|batch| block.norm.observe(batch.clone()));
    let mut normalised = endless(normalised.collect());
    let [mut to_norm, mut to_forward, mut to_learn] = [(); 3].map(|()| endless(seen.to_vec()));
    let [norm, conv, forward, mut learn] = [(); 4].map(|()| block.clone());
    [
        Box::new(move || drop(black_box(norm.norm.observe(to_norm())))),
        Box::new(move || drop(black_box(conv.conv.forward(normalised())))),
        Box::new(move || drop(black_box(forward.observe(to_forward())))),
        Box::new(move || drop(black_box(learn.learn_in_place(to_learn(), rate)))),
    ]
}

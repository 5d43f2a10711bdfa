//! The pieces of a convolutional network against literal loops over indices, on sizes that fit no
//! block.

use burn::tensor::Tensor;
use burn_hebbian::{
    AnyRuleConfig, HebbianBlock, HebbianBlockConfig, HebbianConv2d, HebbianConv2dConfig, LocalRule,
    MaxNormalizedConfig, PaddingMode, PoolKind, PoolingConfig, RuleConfig, SoftCompetition,
    SoftCompetitionConfig, TriangleConfig, WinnerForm, WinnerTakeAllConfig,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::devices::{self, Floats};
use crate::loops::{self, Border, Maps, Pool, Rows, Rule, Window};

const SEEDS: std::ops::Range<u64> = 0..24;

const RATE: f64 = 0.05;

/// Images, weights and settings of a random case.
#[derive(Debug)]
struct Case {
    seed: u64,
    images: Maps,
    weights: Rows,
    window: Window,
    border: Border,
    t: f64,
    power: f64,
    pool: Pool,
    pooling: Window,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |low: usize, high: usize| rng.random_range(low..high);
        let shape = [below(1, 4), below(1, 5), below(5, 10), below(5, 10)];
        let window = Window {
            kernel: [below(1, 6), below(1, 6)],
            stride: [below(1, 4), below(1, 4)],
            padding: [below(0, 4), below(0, 4)],
        };
        let border = [Border::Zeros, Border::Reflect][below(0, 2)];
        let units = below(2, 40);
        // A pooling of the maps, each of which has at least two rows and columns with padding.
        let [down, across] = window.outputs([shape[2], shape[3]]);
        let kernel = [below(2, 5).min(down + 1), below(2, 5).min(across + 1)];
        let pooling = Window {
            kernel,
            stride: [below(1, 4), below(1, 4)],
            padding: [kernel[0] / 2, kernel[1] / 2],
        };
        let pool = [Pool::Max, Pool::Average][below(0, 2)];
        let power = [0.7, 1.0, 1.4, 2.5][below(0, 4)];
        let t = [0.25, 1.0, 4.0][below(0, 3)];
        let mut numbers = |count: usize, size: f64| -> Vec<f64> {
            (0..count).map(|_| rng.random_range(-size..size)).collect()
        };
        let images = Maps {
            shape,
            values: numbers(shape.iter().product(), 2.0),
        };
        let inputs = shape[1] * window.kernel[0] * window.kernel[1];
        let size = 6.0 / (inputs as f64).sqrt();
        Self {
            seed,
            images,
            weights: (0..units).map(|_| numbers(inputs, size)).collect(),
            window,
            border,
            t,
            power,
            pool,
            pooling,
        }
    }

    fn convolution<C: RuleConfig>(&self, rule: C) -> HebbianConv2dConfig<C> {
        let [_, channels, _, _] = self.images.shape;
        HebbianConv2dConfig::new([channels, self.weights.len()], self.window.kernel)
            .with_stride(self.window.stride)
            .with_padding(self.window.padding)
            .with_padding_mode(match self.border {
                Border::Zeros => PaddingMode::Zeros,
                Border::Reflect => PaddingMode::Reflect,
            })
            .with_rule(rule)
            .with_step(MaxNormalizedConfig::new().with_rate_power(0.5))
    }

    fn soft(&self) -> SoftCompetitionConfig {
        SoftCompetitionConfig::new().with_inverse_temperature(self.t)
    }

    fn give_weights<R: LocalRule>(&self, conv: &mut HebbianConv2d<R>, floats: &Floats) {
        let weights = floats.tensor(conv.weight.dims(), &self.weights.concat());
        conv.weight = conv.weight.clone().map(|_| weights);
    }

    fn block(&self, floats: &Floats) -> HebbianBlock<HebbianConv2d<SoftCompetition>> {
        let kind = match self.pool {
            Pool::Max => PoolKind::Max,
            Pool::Average => PoolKind::Average,
        };
        let pooling = PoolingConfig::new(kind, self.pooling.kernel, self.pooling.stride)
            .with_padding(self.pooling.padding);
        let activation = TriangleConfig::new().with_power(self.power);
        let config = HebbianBlockConfig::new(self.convolution(self.soft()), activation, pooling);
        let mut block = config.init(&floats.device).unwrap();
        self.give_weights(&mut block.conv, floats);
        floats.cast(&mut block.norm);
        block
    }

    /// The images that the convolution sees as rows.
    fn patches(&self, images: &Maps) -> Rows {
        images.patches(self.window, self.border)
    }

    /// The maps of the units.
    fn maps(&self, images: &Maps) -> Maps {
        let [count, _, height, width] = images.shape;
        let [down, across] = self.window.outputs([height, width]);
        let products = loops::products(&self.weights, &self.patches(images));
        Maps::from_rows(&products, [count, down, across])
    }
}

fn tensor(maps: &Maps, floats: &Floats) -> Tensor<4> {
    floats.tensor(maps.shape, &maps.values)
}

/// Every random case in every type of float on every backend.
fn cases() -> impl Iterator<Item = (Floats, Case)> {
    devices::floats()
        .into_iter()
        .flat_map(|floats| SEEDS.map(move |seed| (floats.clone(), Case::new(seed))))
}

#[test]
fn a_convolution_is_that_of_the_loop_and_learns_as_it_does() {
    for (floats, case) in cases() {
        let rule = case.soft();
        let t = case.t;
        let hard = |form| AnyRuleConfig::WinnerTakeAll(WinnerTakeAllConfig::new().with_form(form));
        let all = AnyRuleConfig::Soft(rule.clone().with_anti_hebbian(false));
        for (config, rule) in [
            (
                AnyRuleConfig::Soft(rule),
                Rule::Soft {
                    t,
                    anti_hebbian: true,
                },
            ),
            (
                all,
                Rule::Soft {
                    t,
                    anti_hebbian: false,
                },
            ),
            (hard(WinnerForm::Plain), Rule::Plain),
            (hard(WinnerForm::Oja), Rule::Oja),
            (hard(WinnerForm::Instar), Rule::Instar),
        ] {
            let what = |of: &str| format!("{of} of {rule:?} in seed {}", case.seed);
            let mut layer = case.convolution(config).init(&floats.device).unwrap();
            case.give_weights(&mut layer, &floats);
            let images = tensor(&case.images, &floats);
            let maps = case.maps(&case.images);
            let output = layer.forward(images.clone());
            assert_eq!(output.dims(), maps.shape, "{}", what("shape"));
            floats.assert_are(output, &maps.values, &what("output"));

            let change = loops::update(&case.weights, &case.patches(&case.images), rule);
            let update = layer.local_update(images.clone());
            floats.assert_are(update.change, &change.concat(), &what("change"));
            let expected = loops::step(&case.weights, &change, RATE, 0.5);
            let responses = layer.learn_in_place(images, RATE);
            floats.assert_are(responses.output, &maps.values, &what("output of learning"));
            floats.assert_are(layer.synapses(), &expected.concat(), &what("weights"));
        }
    }
}

#[test]
fn a_block_is_that_of_the_loop_and_learns_as_it_does() {
    for (floats, case) in cases() {
        let what = |of: &str| format!("{of} in seed {}", case.seed);
        let rule = Rule::Soft {
            t: case.t,
            anti_hebbian: true,
        };
        let (normalised, means, variances) = case.images.batch_norm(1e-5);
        let maps = case.maps(&normalised).triangle(case.power);
        let output = maps.pool(case.pool, case.pooling);
        let change = loops::update(&case.weights, &case.patches(&normalised), rule);
        let expected = loops::step(&case.weights, &change, RATE, 0.5);

        let mut block = case.block(&floats);
        let responses = block.learn_in_place(tensor(&case.images, &floats), RATE);
        assert_eq!(responses.output.dims(), output.shape, "{}", what("shape"));
        floats.assert_are(responses.output, &output.values, &what("output"));
        floats.assert_are(block.conv.synapses(), &expected.concat(), &what("weights"));
        let running: Vec<f64> = means.iter().map(|mean| 0.1 * mean).collect();
        let found = block.norm.running_mean.value_sync();
        floats.assert_are(found, &running, &what("running mean"));
        let running: Vec<f64> = variances.iter().map(|var| 0.9 + 0.1 * var).collect();
        let found = block.norm.running_var.value_sync();
        floats.assert_are(found, &running, &what("running variance"));
    }
}

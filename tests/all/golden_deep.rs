//! Soft competition, winner-take-all and convolutions against golden vectors in float64.

use burn::tensor::{Int, Tensor};
use burn_hebbian::rule::currents;
use burn_hebbian::{
    HebbianBlockConfig, HebbianConv2dConfig, HebbianLinearConfig, KrotovHopfieldConfig,
    LocalUpdate, MaxNormalizedConfig, PaddingMode, PlainBatchNormConfig, PoolKind, PoolingConfig,
    RectifiedPowerConfig, RuleConfig, SoftCompetitionConfig, TriangleConfig, WinnerForm,
    WinnerTakeAllConfig, unit_length,
};
use serde::Deserialize;

use crate::devices::{self, Floats};
use crate::golden;
use crate::loops::{self, Border, Maps, Window};

/// Numbers in lists of any depth.
#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    One(f64),
    Many(Vec<Numbers>),
}

impl Numbers {
    fn flat(&self) -> Vec<f64> {
        match self {
            Self::One(number) => vec![*number],
            Self::Many(numbers) => numbers.iter().flat_map(Self::flat).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Case {
    name: String,
    rule: String,
    units: usize,
    /// Examples and visible units; or images, channels, height and width.
    inputs_shape: Vec<usize>,
    /// 0 where the layer is dense.
    kernel: usize,
    stride: usize,
    padding: usize,
    padding_mode: String,
    t_invert: f64,
    anti_hebbian: bool,
    lr: f64,
    power_lr: f64,
    weights: Numbers,
    steps: Vec<Step>,
    #[serde(flatten)]
    krotov_hopfield: Option<KrotovHopfieldCase>,
    triangle_power: Option<f64>,
}

#[derive(Deserialize)]
struct KrotovHopfieldCase {
    p: f64,
    k: usize,
    delta: f64,
    radius: f64,
    power_n: f64,
}

#[derive(Deserialize)]
struct Step {
    inputs: Numbers,
    currents: Vec<Vec<f64>>,
    features: Option<Numbers>,
    raw_update: Numbers,
    weights_after: Numbers,
    #[serde(flatten)]
    block: Option<BlockStep>,
}

/// What a block makes of a batch.
#[derive(Deserialize)]
struct BlockStep {
    batch_mean: Vec<f64>,
    batch_var_unbiased: Vec<f64>,
    normalised: Numbers,
    output_max_4_2_1: Numbers,
    output_avg_4_2_1: Numbers,
}

fn cases() -> Vec<Case> {
    golden::cases("BURN_HEBBIAN_GOLDEN_DEEP", "golden-deep")
}

/// `[images height width, units]` of `[images, units, height, width]`.
fn rows(maps: Tensor<4>) -> Tensor<2> {
    let [images, units, height, width] = maps.dims();
    // No permutation: see `nn/layout.rs`.
    maps.swap_dims(1, 2)
        .swap_dims(2, 3)
        .reshape([images * height * width, units])
}

impl Case {
    fn step(&self) -> MaxNormalizedConfig {
        MaxNormalizedConfig::new().with_rate_power(self.power_lr)
    }

    fn soft_competition(&self) -> SoftCompetitionConfig {
        SoftCompetitionConfig::new()
            .with_inverse_temperature(self.t_invert)
            .with_anti_hebbian(self.anti_hebbian)
    }

    fn krotov_hopfield(&self) -> KrotovHopfieldConfig {
        let settings = self.krotov_hopfield.as_ref().expect("settings of the rule");
        KrotovHopfieldConfig::new()
            .with_p(settings.p)
            .with_k(settings.k)
            .with_delta(settings.delta)
            .with_radius(settings.radius)
    }

    fn images_shape(&self) -> [usize; 4] {
        let shape = self.inputs_shape.as_slice();
        shape.try_into().expect("images have four axes")
    }

    fn convolution<C: RuleConfig>(&self, rule: C) -> HebbianConv2dConfig<C> {
        let [_, channels, _, _] = self.images_shape();
        let mode = match self.padding_mode.as_str() {
            "reflect" => PaddingMode::Reflect,
            "zeros" => PaddingMode::Zeros,
            other => panic!("{}: padding mode {other}", self.name),
        };
        HebbianConv2dConfig::new([channels, self.units], [self.kernel; 2])
            .with_stride([self.stride; 2])
            .with_padding([self.padding; 2])
            .with_padding_mode(mode)
            .with_unit_patches(self.krotov_hopfield.is_some())
            .with_rule(rule)
            .with_step(self.step())
    }

    /// Every step of the case by this rule, each from the golden weights before it.
    fn check<C: RuleConfig + Clone>(&self, rule: C, floats: &Floats) {
        let mut weights = self.weights.flat();
        for (number, step) in self.steps.iter().enumerate() {
            let what = |of: &str| format!("{}, step {number}: {of}", self.name);
            if self.kernel == 0 {
                self.check_dense(rule.clone(), &weights, step, floats, &what);
            } else {
                self.check_convolution(rule.clone(), &weights, step, floats, &what);
            }
            weights = step.weights_after.flat();
        }
    }

    fn check_dense<C: RuleConfig>(
        &self,
        rule: C,
        weights: &[f64],
        step: &Step,
        floats: &Floats,
        what: &impl Fn(&str) -> String,
    ) {
        let [batch, visible] = self.inputs_shape[..] else {
            panic!("{}: the inputs are no rows", self.name);
        };
        let mut layer = HebbianLinearConfig::new(visible, self.units)
            .with_rule(rule)
            .with_step(self.step())
            .init(&floats.device)
            .unwrap();
        let weights = floats.tensor([self.units, visible], weights);
        layer.weight = layer.weight.map(|_| weights);
        let inputs = floats.tensor([batch, visible], &step.inputs.flat());

        let products = layer.forward(inputs.clone());
        floats.assert_are(products, &step.currents.concat(), &what("currents"));
        step.check_update(layer.local_update(inputs.clone()), floats, what);
        let learned = layer.clone().learn(inputs.clone(), self.lr).synapses();
        floats.assert_are(learned, &step.weights_after.flat(), &what("weights"));
        let winners = layer.learn_in_place(inputs, self.lr);
        step.check_winners(winners, what);
        let synapses = layer.synapses();
        floats.assert_are(synapses, &step.weights_after.flat(), &what("in place"));
    }

    fn check_convolution<C: RuleConfig>(
        &self,
        rule: C,
        weights: &[f64],
        step: &Step,
        floats: &Floats,
        what: &impl Fn(&str) -> String,
    ) {
        let mut layer = self.convolution(rule).init(&floats.device).unwrap();
        let weights = floats.tensor(layer.weight.dims(), weights);
        layer.weight = layer.weight.map(|_| weights);
        let images = match &step.block {
            Some(block) => block.normalised.flat(),
            None => step.inputs.flat(),
        };
        let inputs = floats.tensor(self.images_shape(), &images);

        let products = rows(layer.forward(inputs.clone()));
        if let (Some(settings), Some(features)) = (&self.krotov_hopfield, &step.features) {
            let activation = RectifiedPowerConfig::new(settings.power_n).init().unwrap();
            let found = activation.forward(products);
            floats.assert_are(found, &features.flat(), &what("features"));
            let images = Maps {
                shape: self.images_shape(),
                values: images,
            };
            let window = Window {
                kernel: [self.kernel; 2],
                stride: [self.stride; 2],
                padding: [self.padding; 2],
            };
            let patches = images.patches(window, Border::Zeros);
            let shape = [patches.len(), patches[0].len()];
            let patches = unit_length(floats.tensor(shape, &patches.concat()));
            let found = currents(layer.synapses(), patches, settings.p);
            floats.assert_are(found, &step.currents.concat(), &what("currents"));
        } else {
            floats.assert_are(products, &step.currents.concat(), &what("currents"));
        }
        step.check_update(layer.local_update(inputs.clone()), floats, what);
        let learned = layer.clone().learn(inputs.clone(), self.lr).synapses();
        floats.assert_are(learned, &step.weights_after.flat(), &what("weights"));
        let before = layer.forward(inputs.clone()).into_data();
        let responses = layer.learn_in_place(inputs, self.lr);
        assert_eq!(responses.output.into_data(), before, "{}", what("output"));
        step.check_winners(responses.winners, what);
        let synapses = layer.synapses();
        floats.assert_are(synapses, &step.weights_after.flat(), &what("in place"));
    }
}

impl Step {
    fn check_update(&self, update: LocalUpdate, floats: &Floats, what: &impl Fn(&str) -> String) {
        floats.assert_are(update.change, &self.raw_update.flat(), &what("update"));
        self.check_winners(update.winners, what);
    }

    fn check_winners(&self, winners: Tensor<1, Int>, what: &impl Fn(&str) -> String) {
        let winners: Vec<i64> = winners.into_data().iter().collect();
        assert_eq!(winners.len(), self.currents.len(), "{}", what("winners"));
        for (row, (winner, currents)) in winners.iter().zip(&self.currents).enumerate() {
            // All currents of a blank example are equal: any unit may win.
            if currents.iter().any(|current| *current != 0.0) {
                let expected = loops::winner(currents) as i64;
                assert_eq!(*winner, expected, "{}, row {row}", what("winner"));
            }
        }
    }
}

#[test]
fn every_step_is_the_golden_one() {
    for floats in devices::floats() {
        for case in cases() {
            let winner_takes_all = |form| WinnerTakeAllConfig::new().with_form(form);
            match case.rule.as_str() {
                "soft" => case.check(case.soft_competition(), &floats),
                "plain" => case.check(winner_takes_all(WinnerForm::Plain), &floats),
                "oja" => case.check(winner_takes_all(WinnerForm::Oja), &floats),
                "instar" => case.check(winner_takes_all(WinnerForm::Instar), &floats),
                "kh" => case.check(case.krotov_hopfield(), &floats),
                other => panic!("{}: rule {other}", case.name),
            }
        }
    }
}

#[test]
fn a_block_and_its_parts_are_the_golden_ones() {
    for floats in devices::floats() {
        for case in cases() {
            if let Some(power) = case.triangle_power {
                case.check_parts(power, &floats);
                case.check_blocks(power, &floats);
            }
        }
    }
}

fn activation(power: f64) -> TriangleConfig {
    TriangleConfig::new().with_power(power)
}

/// The two poolings that the vectors show.
fn poolings() -> [PoolingConfig; 2] {
    [PoolKind::Max, PoolKind::Average]
        .map(|kind| PoolingConfig::new(kind, [4, 4], [2, 2]).with_padding([1, 1]))
}

impl BlockStep {
    /// What the two [`poolings`] make of the batch.
    fn outputs(&self) -> [Vec<f64>; 2] {
        [self.output_max_4_2_1.flat(), self.output_avg_4_2_1.flat()]
    }
}

impl Case {
    fn check_parts(&self, power: f64, floats: &Floats) {
        let shape = self.images_shape();
        let [images, channels, height, width] = shape;
        let mut norm = PlainBatchNormConfig::new(channels)
            .init(&floats.device)
            .unwrap();
        floats.cast(&mut norm);
        let mut running_mean = vec![0.0; channels];
        let mut running_variance = vec![1.0; channels];
        for (number, step) in self.steps.iter().enumerate() {
            let what = |of: &str| format!("{}, step {number}: {of}", self.name);
            let golden = step.block.as_ref().expect("a block has its outputs");
            let inputs = floats.tensor(shape, &step.inputs.flat());
            let normalised = norm.observe(inputs.clone());
            floats.assert_are(normalised, &golden.normalised.flat(), &what("batch norm"));
            for channel in 0..channels {
                let note = |running: &mut f64, batch| *running = 0.9 * *running + 0.1 * batch;
                note(&mut running_mean[channel], golden.batch_mean[channel]);
                note(
                    &mut running_variance[channel],
                    golden.batch_var_unbiased[channel],
                );
            }
            let pixels = step.inputs.flat().into_iter().enumerate();
            let expected: Vec<f64> = pixels
                .map(|(index, pixel)| {
                    let channel = index / (height * width) % channels;
                    (pixel - running_mean[channel]) / (running_variance[channel] + 1e-5).sqrt()
                })
                .collect();
            floats.assert_are(norm.forward(inputs), &expected, &what("running statistics"));

            let currents = Maps::from_rows(&step.currents, [images, height, width]);
            let currents = floats.tensor(currents.shape, &currents.values);
            let activities = activation(power).init().unwrap().forward(currents);
            for (pooling, expected) in poolings().iter().zip(golden.outputs()) {
                let output = pooling.init().unwrap().forward(activities.clone());
                floats.assert_are(output, &expected, &what(&format!("{pooling:?}")));
            }
        }
    }

    fn check_blocks(&self, power: f64, floats: &Floats) {
        for (index, pooling) in poolings().into_iter().enumerate() {
            let convolution = self.convolution(self.soft_competition());
            let mut block = HebbianBlockConfig::new(convolution, activation(power), pooling)
                .init(&floats.device)
                .unwrap();
            floats.cast(&mut block.norm);
            let shape = block.conv.weight.dims();
            let mut weights = self.weights.flat();
            for (number, step) in self.steps.iter().enumerate() {
                let what = |of: &str| format!("{}, block, step {number}: {of}", self.name);
                let golden = step.block.as_ref().expect("a block has its outputs");
                let before = floats.tensor(shape, &weights);
                block.conv.weight = block.conv.weight.map(|_| before);
                let inputs = floats.tensor(self.images_shape(), &step.inputs.flat());
                let (output, update) = block.local_update(inputs.clone());
                let expected = &golden.outputs()[index];
                floats.assert_are(output, expected, &what("output"));
                step.check_update(update, floats, &what);
                let responses = block.learn_in_place(inputs, self.lr);
                floats.assert_are(responses.output, expected, &what("output of learning"));
                step.check_winners(responses.winners, &what);
                weights = step.weights_after.flat();
                floats.assert_are(block.conv.synapses(), &weights, &what("weights"));
            }
        }
    }
}

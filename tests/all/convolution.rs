//! The convolution inside a user's network, in Burn's loop.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn::train::{
    ClassificationOutput, InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep,
};
use burn_hebbian::train::Labelled;
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianConv2d, HebbianConv2dConfig, MaxNormalizedConfig,
    Objective, PaddingMode, SoftCompetition, SoftCompetitionConfig, Triangle, TriangleConfig,
};
use burn_runs::Ui;
use image_sets::ImageSet;
use two_networks::loader::labelled;

use crate::devices::{self, entries};

const BATCH: usize = 20;
const EPOCHS: usize = 8;

/// A network as Burn's examples write it, but for its convolution, which learns by a local rule
/// while Adam trains the classifier.
#[derive(Module, Debug)]
struct Network {
    norm: BatchNorm,
    conv: HebbianConv2d<SoftCompetition>,
    activation: Triangle,
    pool: MaxPool2d,
    readout: Linear,
}

impl Network {
    fn new(device: &Device) -> Self {
        let conv = HebbianConv2dConfig::new([1, 24], [3, 3])
            .with_padding([1, 1])
            .with_padding_mode(PaddingMode::Reflect)
            .with_rule(SoftCompetitionConfig::new())
            .with_initializer(Initializer::Normal {
                mean: 0.0,
                std: 2.0,
            });
        let mut conv = conv.init(device).unwrap();
        let mut readout = LinearConfig::new(24 * 4 * 4, 10).init(device);
        // From numbers of its own: the seed of a device is shared with the tests that run beside.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let filters = devices::normal(&mut rng, 24 * 9);
        let filters = devices::matrix(24, 9, filters, device) * 2.0;
        conv.weight = conv.weight.map(|_| filters.reshape([24, 1, 3, 3]));
        let bound = 1.0 / f32::sqrt(24.0 * 4.0 * 4.0);
        let weights = devices::uniform(&mut rng, 24 * 16 * 10, -bound, bound);
        let weights = devices::matrix(24 * 16, 10, weights, device);
        readout.weight = readout.weight.map(|_| weights.require_grad());
        let biases = devices::uniform(&mut rng, 10, -bound, bound);
        let biases = Tensor::from_data(&biases[..], device);
        readout.bias = readout.bias.map(|bias| bias.map(|_| biases.require_grad()));
        Self {
            norm: BatchNormConfig::new(1).init(device),
            conv,
            activation: TriangleConfig::new().init().unwrap(),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            readout,
        }
    }

    /// The mean length of the units.
    fn length(&self) -> f32 {
        self.conv.norms().sqrt().mean().into_scalar()
    }

    /// The images `[n, 1, 8, 8]` that the convolution sees, of rows of pixels.
    fn look(&self, rows: Tensor<2>) -> Tensor<4> {
        self.norm.forward(rows.reshape([-1, 1, 8, 8]))
    }

    fn classify(&self, images: Tensor<4>, labels: Tensor<1, Int>) -> ClassificationOutput {
        let maps = self.activation.forward(self.conv.forward(images));
        let features = self.pool.forward(maps).flatten::<2>(1, 3);
        Objective::CrossEntropy.judge(self.readout.forward(features), labels)
    }
}

impl TrainStep for Network {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let images = self.look(batch.inputs);
        let update = self.conv.local_update(images.clone());
        let item = self.classify(images, batch.labels);
        let mut grads = GradientsParams::from_grads(item.loss.backward(), self);
        self.conv.register_update(&mut grads, update);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Network {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(self.look(batch.inputs), batch.labels)
    }
}

/// The network after training on the digits, and its test error in percent.
fn train(network: Network, device: &Device) -> (Network, f64) {
    let digits = ImageSet::Digits.load(None).unwrap();
    let data = |(inputs, labels)| Labelled::new(inputs, labels);
    let [train, test] = [&digits.train, &digits.test].map(|set| data(set.to_tensors(device)));
    let steps = train.inputs.dims()[0].div_ceil(BATCH);
    let conv = ParamGroup::from_predicate("conv");
    let local = MaxNormalizedConfig::new().with_rate_power(0.5).build();
    let optimizer = AdamConfig::new().init();
    let optimizer = optimizer.with_group(conv.clone(), local.unwrap(), None);
    let falling = EpochLinearLrSchedulerConfig::new(0.1, EPOCHS, steps);
    let rates = ModuleLrScheduler::new(3e-3).with_group(conv, falling.init().unwrap());

    let directory = tempfile::tempdir().unwrap();
    let shuffled = Arc::new(labelled(&train, BATCH).shuffled(0));
    let result = SupervisedTraining::new(directory.path(), shuffled, Arc::new(labelled(&test, 90)))
        .with_application_logger(None)
        .renderer(Ui::None.renderer(Default::default(), "test", 0))
        .num_epochs(EPOCHS)
        .launch(Learner::new(network, optimizer, rates));
    assert!(result.error.is_none(), "{:?}", result.error);
    let model = result.model;
    let judged = model.classify(model.look(test.inputs.inner()), test.labels.inner());
    let classes = judged.output.argmax(1).squeeze_dim(1);
    let wrong = classes.not_equal(judged.targets).int().float();
    (model, 100.0 * wrong.mean().into_scalar::<f64>())
}

#[test]
fn one_run_trains_the_convolution_by_its_rule_and_the_classifier_by_adam() {
    let device = devices::first().autodiff();
    let network = Network::new(&device);
    let mut random = network.clone();
    random.conv = random.conv.freeze();
    let start = network.length();

    let (learned, error) = train(network, &device);
    let (frozen, error_of_random) = train(random, &device);
    println!(
        "length {start} -> {}, error {error} % and {error_of_random} %",
        learned.length()
    );
    assert_eq!(frozen.length(), start);
    assert!(
        (learned.length() - 1.0).abs() < 0.3 * (start - 1.0),
        "{}",
        learned.length()
    );
    assert!(
        error < 5.0 && error < error_of_random,
        "{error} % and {error_of_random} %"
    );
}

#[test]
fn the_optimizer_takes_the_step_of_learn() {
    let device = devices::first().autodiff();
    let batch = Tensor::<4>::random([3, 1, 8, 8], Distribution::Default, &device);
    for rate_power in [0.0, 0.5] {
        let step = MaxNormalizedConfig::new().with_rate_power(rate_power);
        let layer = HebbianConv2dConfig::new([1, 12], [3, 2])
            .with_rule(SoftCompetitionConfig::new())
            .with_step(step.clone())
            .init(&device)
            .unwrap();
        let expected = layer.clone().learn(batch.clone(), 0.05).synapses();
        let mut gradients = GradientsParams::new();
        layer.register_update(&mut gradients, layer.local_update(batch.clone()));
        let mut optimizer: ModuleOptimizer = step.init().unwrap();
        let found = optimizer.step(0.05, layer, gradients).synapses();
        devices::assert_close(&entries(found), &entries(expected), 1e-5, "weights");
    }
}

#[test]
fn gradients_pass_through_to_the_images() {
    // As through Burn's convolution with the same weights.
    let device = devices::first().autodiff();
    let layer = HebbianConv2dConfig::new([2, 8], [3, 3])
        .with_stride([2, 1])
        .with_padding([1, 0])
        .init(&device)
        .unwrap();
    let batch = Tensor::<4>::random([2, 2, 7, 6], Distribution::Default, &device);
    let slope = |output: &dyn Fn(Tensor<4>) -> Tensor<4>| {
        let images = batch.clone().detach().require_grad();
        let loss = output(images.clone()).square().sum();
        let slope = images.grad(&loss.backward()).expect("a gradient");
        entries(slope.flatten::<2>(1, 3))
    };
    let expected = slope(&|images| layer.to_conv2d().forward(images));
    devices::assert_close(
        &slope(&|images| layer.forward(images)),
        &expected,
        1e-5,
        "slopes",
    );
}

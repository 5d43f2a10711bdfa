//! What is measured, and the ratios that it is read by.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use backprop_mlp::{BackpropMlp, BackpropMlpConfig};
use burn::tensor::{Device, Tensor};
use burn::train::{Learner, SupervisedTraining, TrainStep, TrainingStrategy};
use burn_hebbian::train::{DeadUnitsMetric, InPlaceStrategy, Labelled, WinsPerUnitMetric};
use burn_hebbian::{
    FusedAdamConfig, HebbianLinear, HebbianLinearConfig, InPlaceLearner, MaxNormalizedConfig,
};
use burn_runs::Ui;
use serde::Serialize;
use two_networks::loader::unlabelled;

use crate::shape::Shape;
use crate::timing::{TURNS, median, medians};
use crate::workload::Workload;

const RATE: f64 = 0.02;

/// Up to this share of values that are not 0 the step takes its sparse path.
const DENSEST_SPARSE: f64 = 0.4;

/// The median time of each operation, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Milliseconds {
    /// The bare matrix product of a batch with the synapses.
    pub matmul: f64,
    /// The whole step on the images as they are.
    pub step: f64,
    /// The whole step on images without a 0.
    pub dense_step: f64,
    /// The whole step on images that are mostly 0.
    pub sparse_step: f64,
    /// The step through a Burn optimizer, with a dense pseudo-gradient.
    pub optimizer_step: f64,
    /// The step inside `SupervisedTraining`, loader and metrics included.
    pub loop_step: f64,
    /// The step of the end-to-end network with Adam.
    pub baseline_step: f64,
    /// The same without Adam.
    pub baseline_slopes: f64,
}

/// What the targets speak of.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ratios {
    /// The whole step over the bare product.
    pub step_over_matmul: f64,
    /// The same on images without a 0.
    pub dense_step_over_matmul: f64,
    /// The same on images that are mostly 0.
    pub sparse_step_over_matmul: f64,
    /// The step through a Burn optimizer over the bare product.
    pub optimizer_step_over_matmul: f64,
    /// The step inside `SupervisedTraining` over the bare step.
    pub loop_over_step: f64,
    /// The step of the end-to-end network over the bare product.
    pub baseline_over_matmul: f64,
}

impl Ratios {
    /// The ratios of one run.
    pub fn of(times: &Milliseconds) -> Self {
        Self {
            step_over_matmul: times.step / times.matmul,
            dense_step_over_matmul: times.dense_step / times.matmul,
            sparse_step_over_matmul: times.sparse_step / times.matmul,
            optimizer_step_over_matmul: times.optimizer_step / times.matmul,
            loop_over_step: times.loop_step / times.step,
            baseline_over_matmul: times.baseline_step / times.matmul,
        }
    }
}

/// An operation that is measured.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Operation {
    /// The bare matrix product of a batch with the synapses.
    Matmul,
    /// The whole step on the images as they are.
    Step,
    /// The whole step on images without a 0.
    DenseStep,
    /// The whole step on images that are mostly 0.
    SparseStep,
    /// The step through a Burn optimizer, with a dense pseudo-gradient.
    OptimizerStep,
    /// The step of the end-to-end network with Adam.
    BaselineStep,
    /// The same without Adam: forward and backward.
    BaselineSlopes,
}

impl Operation {
    /// All of them, in the order in which they take turns.
    pub const ALL: [Self; 7] = [
        Self::Matmul,
        Self::Step,
        Self::DenseStep,
        Self::SparseStep,
        Self::OptimizerStep,
        Self::BaselineStep,
        Self::BaselineSlopes,
    ];

    /// As in [`Milliseconds`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Matmul => "matmul",
            Self::Step => "step",
            Self::DenseStep => "dense_step",
            Self::SparseStep => "sparse_step",
            Self::OptimizerStep => "optimizer_step",
            Self::BaselineStep => "baseline_step",
            Self::BaselineSlopes => "baseline_slopes",
        }
    }

    /// Does it once with each call, batch after batch.
    pub fn prepare(self, workload: &Workload, device: &Device) -> Box<dyn FnMut()> {
        let in_place = |images: &Tensor<2>| {
            let mut learner = InPlaceLearner::new(layer(workload, device));
            let mut batch = workload.batches(images);
            Box::new(move || drop(learner.step(batch(), RATE)))
        };
        match self {
            Self::Matmul => {
                let transposed = layer(workload, device).synapses().transpose();
                let mut batch = workload.batches(&workload.images);
                Box::new(move || drop(black_box(batch().matmul(transposed.clone()))))
            }
            Self::Step => in_place(&workload.images),
            Self::DenseStep => in_place(&workload.dense()),
            Self::SparseStep => in_place(&workload.sparse()),
            Self::OptimizerStep => Box::new(optimizer_step(workload, device)),
            Self::BaselineStep => Box::new(baseline_step(workload, device)),
            Self::BaselineSlopes => Box::new(baseline_slopes(workload, device)),
        }
    }

    /// The multiply-adds of its matrix products.
    pub fn multiply_adds(self, workload: &Workload) -> f64 {
        let Shape {
            visible,
            hidden,
            batch,
        } = workload.shape;
        let all = (visible * hidden * batch) as f64;
        match self {
            Self::Matmul | Self::DenseStep => all,
            // The sparse product skips what is 0.
            Self::Step | Self::OptimizerStep if workload.density <= DENSEST_SPARSE => {
                workload.density * all
            }
            Self::Step | Self::OptimizerStep => all,
            Self::SparseStep => workload.sparse_density() * all,
            // Forward, and back to the weights; those of ten classes are few.
            Self::BaselineStep | Self::BaselineSlopes => 2.0 * all,
        }
    }
}

fn layer(workload: &Workload, device: &Device) -> HebbianLinear {
    HebbianLinearConfig::new(workload.shape.visible, workload.shape.hidden)
        .init(device)
        .expect("2000 units are more than 7")
}

/// Measures all of them, in turn.
pub fn measure(workload: &Workload, device: &Device) -> Milliseconds {
    let mut operations = Operation::ALL.map(|operation| operation.prepare(workload, device));
    let medians = medians(&mut operations, TURNS, device);
    Milliseconds {
        matmul: medians[0],
        step: medians[1],
        dense_step: medians[2],
        sparse_step: medians[3],
        optimizer_step: medians[4],
        loop_step: loop_step(workload, device),
        baseline_step: medians[5],
        baseline_slopes: medians[6],
    }
}

/// The bare product and the whole step, in milliseconds.
pub fn product_and_step(workload: &Workload, device: &Device) -> [f64; 2] {
    let mut operations =
        [Operation::Matmul, Operation::Step].map(|operation| operation.prepare(workload, device));
    let medians = medians(&mut operations, TURNS, device);
    [medians[0], medians[1]]
}

fn optimizer_step(workload: &Workload, device: &Device) -> impl FnMut() + use<> {
    let mut optimizer = MaxNormalizedConfig::new()
        .init()
        .expect("the defaults are allowed");
    let mut layer = Some(layer(workload, &device.clone().autodiff()));
    let mut batch = workload.batches(&workload.images);
    move || {
        layer = layer.take().map(|layer| {
            let step = TrainStep::step(&layer, batch());
            optimizer.step(RATE, layer, step.grads)
        });
    }
}

fn baseline_step(workload: &Workload, device: &Device) -> impl FnMut() + use<> {
    let mut optimizer = FusedAdamConfig::new().init();
    let (network, mut batch) = baseline(workload, device);
    let mut network = Some(network);
    move || {
        network = network.take().map(|network| {
            let step = TrainStep::step(&network, batch());
            optimizer.step(1e-3, network, step.grads)
        });
    }
}

fn baseline_slopes(workload: &Workload, device: &Device) -> impl FnMut() + use<> {
    let (network, mut batch) = baseline(workload, device);
    move || drop(black_box(TrainStep::step(&network, batch())))
}

/// The end-to-end network and its endless batches.
fn baseline(
    workload: &Workload,
    device: &Device,
) -> (BackpropMlp, impl FnMut() -> Labelled + use<>) {
    let shape = workload.shape;
    let network = BackpropMlpConfig::new(shape.visible, shape.hidden, 10)
        .init(&device.clone().autodiff())
        .expect("the sizes are above 0");
    let mut inputs = workload.batches(&workload.images);
    let labels = workload.labels.clone().narrow(0, 0, shape.batch);
    let batch = move || Labelled {
        inputs: inputs().autodiff(),
        labels: labels.clone(),
    };
    (network, batch)
}

/// What more epochs cost more, for each step of them.
fn loop_step(workload: &Workload, device: &Device) -> f64 {
    let few = train(workload, device, 1);
    let differences = (0..3).map(|_| {
        let (seconds, steps) = train(workload, device, 4);
        (seconds - few.0) * 1e3 / (steps - few.1) as f64
    });
    median(differences.collect())
}

/// Seconds and steps of a training.
fn train(workload: &Workload, device: &Device, epochs: usize) -> (f64, usize) {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let autodiff = device.clone().autodiff();
    let data = Labelled {
        inputs: workload.images.clone(),
        labels: workload.labels.clone(),
    };
    let loader = unlabelled(&data, workload.shape.batch).shuffled(0);
    let steps = epochs * loader.batches();
    let one = Labelled {
        inputs: data.inputs.narrow(0, 0, 1),
        labels: data.labels.narrow(0, 0, 1),
    };
    let strategy = InPlaceStrategy::new(autodiff.clone());
    let optimizer = MaxNormalizedConfig::new()
        .init()
        .expect("the defaults are allowed");
    let training = SupervisedTraining::new(
        directory.path(),
        Arc::new(loader),
        Arc::new(unlabelled(&one, 1)),
    )
    .num_epochs(epochs)
    .with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)))
    .with_application_logger(None)
    .renderer(Ui::None.renderer(Default::default(), "bench", 0))
    .metric_train_numeric(DeadUnitsMetric::new())
    .metric_train(WinsPerUnitMetric::new());
    let learner = Learner::new(layer(workload, &autodiff), optimizer, RATE);
    let started = Instant::now();
    let result = training.launch(learner);
    assert!(
        result.error.is_none(),
        "the training of the benchmark failed"
    );
    device.sync().expect("the device works");
    (started.elapsed().as_secs_f64(), steps)
}

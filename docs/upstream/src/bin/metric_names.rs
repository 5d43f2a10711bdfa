//! Two metrics of one name are taken for one.
//!
//! Expected: two metrics, or an error when the second is registered.
//! Happens: the values of both go to one log, the dashboard draws them as one line, and a strategy
//! that asks for the metric gets whichever was written last.
//! Cause: `MetricWrapper::new` (burn-train, `metric/processor/metrics.rs`) makes the `MetricId` of
//! the name, and `register_definition` takes a second one of that name for the other split of the
//! first. That names should be unique is said by `Metric::name`, but Burn's own metrics do not
//! heed it: `AccuracyMetric` has one name with and without a pad token, as here.
//! Mend: panic in `register_train_metric` and its three siblings if that split has the name
//! already, and let Burn's metrics be renamed (`with_name`).

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor};
use burn::train::metric::AccuracyMetric;
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{
    ClassificationOutput, InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep,
};

#[derive(Module, Debug)]
struct Model {
    weight: Param<Tensor<1>>,
}

impl TrainStep for Model {
    type Input = ();
    type Output = ClassificationOutput;
    fn step(&self, _: ()) -> TrainOutput<ClassificationOutput> {
        let grads = GradientsParams::new();
        let item = InferenceStep::step(self, ());
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Model {
    type Input = ();
    type Output = ClassificationOutput;
    // The targets are the classes 0 and 1, and both times class 1 is guessed.
    fn step(&self, _: ()) -> ClassificationOutput {
        let device = Device::flex();
        let guesses = Tensor::from_data([[0.0, 1.0], [0.0, 1.0]], &device);
        let targets = Tensor::from_data([0, 1], &device);
        ClassificationOutput::new(Tensor::zeros([1], &device), guesses, targets)
    }
}

struct Nothing;

impl Batcher<(), ()> for Nothing {
    fn batch(&self, _: Vec<()>, _: &Device) {}
}

fn main() {
    let directory = std::env::temp_dir().join(format!("burn-names-{}", std::process::id()));
    let weight = Tensor::zeros([1], &Device::flex().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    let items = || DataLoaderBuilder::new(Nothing).build(InMemDataset::new(vec![()]));
    SupervisedTraining::new(&directory, items(), items())
        .with_application_logger(None)
        .renderer(Box::new(CliMetricsRenderer::new()))
        .metric_valid_numeric(AccuracyMetric::new())
        .metric_valid_numeric(AccuracyMetric::new().with_pad_token(0))
        .launch(Learner::new(model, SgdConfig::new().init(), 0.1));
    let log = std::fs::read_to_string(directory.join("valid/epoch-1/Accuracy.log")).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let values: Vec<_> = log.lines().filter(|line| line.ends_with("final")).collect();
    if values.len() == 1 {
        println!("mended: the log has one value an epoch: {values:?}");
        std::process::exit(1);
    }
    println!("shown: the log of one metric has two values for epoch 1: {values:?}");
}

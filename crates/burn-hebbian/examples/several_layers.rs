//! Two layers of one model learn by the local rule in Burn's `SupervisedTraining`, each at a rate and
//! a decay of its own, with metrics of each.
//!
//! `cargo run --release -p burn-hebbian --example several_layers`

use std::error::Error;

use burn::data::dataloader::DataLoaderBuilder;
use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::InMemDataset;
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Distribution, ExecutionError, Int, Tensor};
use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::{Adaptor, MetricDefinition};
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};
use burn::train::{InferenceStep, ItemLazy, Learner, SupervisedTraining, TrainOutput, TrainStep};
use burn_hebbian::train::{ConvergedUnitsMetric, DeadUnitsMetric, NormsInput, WinnersInput};
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinear, HebbianLinearConfig, KrotovHopfieldConfig,
    MaxNormalizedConfig, RectifiedPower, RectifiedPowerConfig, unit_length,
};

const PIXELS: usize = 64;
const HIDDEN: [usize; 2] = [60, 50];
const PATTERNS: usize = 40;
const IMAGES: usize = 4000;
const BATCH: usize = 100;
const EPOCHS: usize = 40;

#[derive(Module, Debug)]
struct Model {
    first: HebbianLinear,
    activation: RectifiedPower,
    second: HebbianLinear,
}

impl Model {
    /// What the second layer sees.
    fn between(&self, images: Tensor<2>) -> Tensor<2> {
        unit_length(self.activation.forward(self.first.forward(images)))
    }

    fn layers(&self, first: Tensor<1, Int>, second: Tensor<1, Int>) -> Layers {
        Layers {
            winners: WinnersInput::new(first, HIDDEN[0]).and(second, HIDDEN[1]),
            norms: NormsInput::new(self.first.norms()).and(self.second.norms()),
        }
    }
}

impl TrainStep for Model {
    type Input = Tensor<2>;
    type Output = Layers;

    fn step(&self, images: Tensor<2>) -> TrainOutput<Layers> {
        let first = self.first.local_update(images.clone());
        let second = self.second.local_update(self.between(images));
        let item = self.layers(first.winners.clone(), second.winners.clone());
        let mut grads = GradientsParams::new();
        self.first.register_update(&mut grads, first);
        self.second.register_update(&mut grads, second);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Model {
    type Input = Tensor<2>;
    type Output = Layers;

    fn step(&self, images: Tensor<2>) -> Layers {
        let first = self.first.winners(images.clone());
        let second = self.second.winners(self.between(images));
        self.layers(first, second)
    }
}

/// What a step tells the metrics of both layers.
#[derive(Clone, Debug)]
struct Layers {
    winners: WinnersInput,
    norms: NormsInput,
}

impl Adaptor<WinnersInput> for Layers {
    fn adapt(&self) -> WinnersInput {
        self.winners.clone()
    }
}

impl Adaptor<NormsInput> for Layers {
    fn adapt(&self) -> NormsInput {
        self.norms.clone()
    }
}

impl ItemLazy for Layers {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

/// Images to a batch.
struct Stack;

impl Batcher<Tensor<1>, Tensor<2>> for Stack {
    fn batch(&self, images: Vec<Tensor<1>>, device: &Device) -> Tensor<2> {
        Tensor::stack(images, 0).to_device(device)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default().autodiff();
    device.seed(1);
    let patterns = Tensor::random([PATTERNS, PIXELS], Distribution::Default, &device);
    let loader = |images: usize| {
        let images = examples(&patterns, images).iter_dim(0);
        let images = images.map(|image| image.squeeze_dim(0)).collect();
        let loader = DataLoaderBuilder::new(Stack).batch_size(BATCH).shuffle(1);
        loader
            .set_device(device.clone())
            .build(InMemDataset::new(images))
    };
    let (train, valid) = (loader(IMAGES), loader(1000));

    let rule = KrotovHopfieldConfig::new().with_k(2).with_delta(0.1);
    let layer = |visible, hidden| {
        let config = HebbianLinearConfig::new(visible, hidden).with_rule(rule.clone());
        config.init(&device)
    };
    let model = Model {
        first: layer(PIXELS, HIDDEN[0])?,
        activation: RectifiedPowerConfig::new(4.5).init()?,
        second: layer(HIDDEN[0], HIDDEN[1])?,
    };
    // The second layer learns from what the first one makes of the images, so the first is done in
    // half the time. After it the rate is 0.
    let rate =
        |initial, epochs| EpochLinearLrSchedulerConfig::new(initial, epochs, IMAGES / BATCH).init();
    let rates = ModuleLrScheduler::new(0.0)
        .with_group(ParamGroup::from_predicate("first"), rate(0.04, EPOCHS / 2)?)
        .with_group(ParamGroup::from_predicate("second"), rate(0.06, EPOCHS)?);

    let directory = std::env::temp_dir().join(format!("several_layers-{}", std::process::id()));
    let result = SupervisedTraining::new(&directory, train, valid)
        .metric_valid_numeric(DeadUnitsMetric::new().of_layer(0, "first"))
        .metric_valid_numeric(DeadUnitsMetric::new().of_layer(1, "second"))
        .metric_valid_numeric(ConvergedUnitsMetric::new().of_layer(0, "first"))
        .metric_valid_numeric(ConvergedUnitsMetric::new().of_layer(1, "second"))
        .with_application_logger(None)
        .num_epochs(EPOCHS)
        .renderer(Box::new(Quiet))
        .summary()
        .launch(Learner::new(
            model,
            MaxNormalizedConfig::new().init()?,
            rates,
        ));
    std::fs::remove_dir_all(&directory)?;
    for (name, layer) in [
        ("first", &result.model.first),
        ("second", &result.model.second),
    ] {
        let norm = layer.norms().mean().into_scalar::<f64>();
        println!("{name} layer: mean norm {norm:.2}");
        assert!(norm < 15.0, "the {name} layer stayed near its start");
    }
    Ok(())
}

/// Patterns that are drawn by chance, with noise, of unit length.
fn examples(patterns: &Tensor<2>, count: usize) -> Tensor<2> {
    let device = patterns.device();
    let chosen = Distribution::Uniform(0.0, PATTERNS as f64);
    let chosen = Tensor::<1, Int>::random([count], chosen, &device);
    let noise = Tensor::random([count, PIXELS], Distribution::Normal(0.0, 0.4), &device);
    unit_length(patterns.clone().select(0, chosen) + noise)
}

/// Leaves out the line that Burn prints for each batch.
struct Quiet;

impl MetricsRenderer for Quiet {
    fn manual_close(&mut self) {}
    fn register_metric(&mut self, _: MetricDefinition) {}
}

impl MetricsRendererTraining for Quiet {
    fn update_train(&mut self, _: MetricState) {}
    fn update_valid(&mut self, _: MetricState) {}
}

impl MetricsRendererEvaluation for Quiet {
    fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
}

impl TrainingProgressLogger for Quiet {
    fn start(&mut self, _: usize, _: usize, _: Option<usize>, _: Option<&str>) {}
    fn update_epoch(&mut self, _: usize) {}
    fn start_split(&mut self, _: &str, _: usize) {}
    fn update_split(&mut self, _: usize) {}
    fn end_split(&mut self) {}
    fn end(&mut self) {}
    fn log_event_training(&mut self, _: String) {}
}

impl EvaluationProgressLogger for Quiet {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

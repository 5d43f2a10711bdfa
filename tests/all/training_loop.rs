//! The layer inside a user's model, in Burn's loop: parameter groups, accumulation, checkpoints.

use std::sync::Arc;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use burn::train::checkpoint::KeepLastNCheckpoints;
use burn::train::{
    ClassificationOutput, InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep,
};
use burn_hebbian::train::Labelled;
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinear, KrotovHopfieldConfig, MaxNormalizedConfig,
    Objective, RectifiedPower, RectifiedPowerConfig,
};
use burn_runs::Ui;
use two_networks::loader::labelled;

use crate::devices::{self, entries};

/// A user's model: one layer learns by the local rule, the other by Adam, in one step.
#[derive(Module, Debug)]
struct Mixed {
    hidden: HebbianLinear,
    activation: RectifiedPower,
    readout: Linear,
}

impl Mixed {
    fn classify(&self, batch: Labelled) -> ClassificationOutput {
        let hidden = self.activation.forward(self.hidden.forward(batch.inputs));
        Objective::CrossEntropy.judge(self.readout.forward(hidden), batch.labels)
    }
}

impl TrainStep for Mixed {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let update = self.hidden.local_update(batch.inputs.clone());
        let item = self.classify(batch);
        let mut grads = GradientsParams::from_grads(item.loss.backward(), self);
        self.hidden.register_update(&mut grads, update);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Mixed {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(batch)
    }
}

const BATCH: usize = 8;
const COUNT: usize = 48;

fn model(device: &Device) -> Mixed {
    let (synapses, _) = devices::random_case(31, [10, 6, 1], device);
    let layer = devices::layer(synapses, KrotovHopfieldConfig::new().with_k(2));
    Mixed {
        hidden: layer,
        activation: RectifiedPowerConfig::new(2.0).init().unwrap(),
        readout: LinearConfig::new(10, 2).init(device),
    }
}

/// Bright left halves are one class, bright right halves the other.
fn data(device: &Device) -> Labelled {
    let (_, noise) = devices::random_case(32, [1, 6, COUNT], device);
    let classes: Vec<i64> = (0..COUNT as i64).map(|example| example % 2).collect();
    let side = |class: &i64| [1 - class, 1 - class, 1 - class, *class, *class, *class];
    let sides = classes
        .iter()
        .flat_map(side)
        .map(|pixel| pixel as f32)
        .collect();
    let labels = burn::tensor::TensorData::new(classes, [COUNT]);
    Labelled {
        inputs: devices::matrix(COUNT, 6, sides, device) + noise * 0.3,
        labels: Tensor::from_data(labels, device),
    }
}

fn optimizer() -> ModuleOptimizer {
    AdamConfig::new().init().with_group(
        ParamGroup::from_predicate("hidden"),
        MaxNormalizedConfig::new().build().unwrap(),
        None,
    )
}

fn scheduler(epochs: usize) -> ModuleLrScheduler {
    let hebbian = EpochLinearLrSchedulerConfig::new(0.05, epochs, COUNT / BATCH);
    ModuleLrScheduler::new(0.02).with_group(
        ParamGroup::from_predicate("hidden"),
        hebbian.init().unwrap(),
    )
}

fn training(directory: &std::path::Path, data: &Labelled) -> SupervisedTraining<Mixed> {
    let train = Arc::new(labelled(data, BATCH));
    let valid = Arc::new(labelled(data, COUNT));
    SupervisedTraining::new(directory, train, valid)
        .with_application_logger(None)
        .renderer(Ui::None.renderer(Default::default(), "test", 0))
}

#[test]
fn one_run_trains_both_layers_each_by_its_own_rule() {
    let directory = tempfile::tempdir().unwrap();
    let device = devices::first().autodiff();
    let (start, data) = (model(&device), data(&device));
    let before = entries(start.hidden.synapses());
    let result = training(directory.path(), &data)
        .num_epochs(20)
        .launch(Learner::new(start, optimizer(), scheduler(20)));
    let model = result.model;
    assert_ne!(entries(model.hidden.synapses()), before);
    let inputs = data.inputs.clone().inner();
    let labels = data.labels.clone().inner();
    let judged = model.classify(Labelled { inputs, labels });
    let wrong = judged
        .output
        .argmax(1)
        .squeeze_dim(1)
        .not_equal(judged.targets);
    assert_eq!(wrong.int().sum().into_scalar::<i64>(), 0);
}

#[test]
fn the_hidden_layer_learns_as_it_does_alone() {
    // Adam on the readout and the gradients that pass through must not touch the synapses.
    let directory = tempfile::tempdir().unwrap();
    let device = devices::first().autodiff();
    let (start, data) = (model(&device), data(&device));
    let mut alone = start.hidden.clone();
    for epoch in 0..3 {
        for batch in 0..COUNT / BATCH {
            let rows = batch * BATCH..(batch + 1) * BATCH;
            let rate = 0.05 * f64::from(3 - epoch) / 3.0;
            alone = alone.learn(data.inputs.clone().slice([rows]), rate);
        }
    }
    let result = training(directory.path(), &data)
        .num_epochs(3)
        .launch(Learner::new(start, optimizer(), scheduler(3)));
    let found = entries(result.model.hidden.synapses());
    devices::assert_close(&found, &entries(alone.synapses()), 1e-5, "synapses");
}

#[test]
fn accumulated_batches_give_the_step_of_one_large_batch() {
    let device = devices::first().autodiff();
    let (start, data) = (model(&device), data(&device));
    let run = |batch_size, accumulation| {
        let directory = tempfile::tempdir().unwrap();
        let train = Arc::new(labelled(&data, batch_size));
        let valid = Arc::new(labelled(&data, COUNT));
        let result = SupervisedTraining::new(directory.path(), train, valid)
            .with_application_logger(None)
            .renderer(Ui::None.renderer(Default::default(), "test", 0))
            .grads_accumulation(accumulation)
            .num_epochs(2)
            .launch(Learner::new(start.clone(), optimizer(), 0.05));
        entries(result.model.hidden.synapses())
    };
    devices::assert_close(&run(4, 4), &run(16, 1), 1e-4, "accumulated synapses");
}

#[test]
fn a_checkpoint_continues_as_if_nothing_had_happened() {
    let device = devices::first().autodiff();
    let (start, data) = (model(&device), data(&device));
    let launch = |directory: &std::path::Path, epochs, checkpoint: Option<usize>| {
        let mut training = training(directory, &data)
            .with_default_checkpointers()
            .with_checkpointing_strategy(KeepLastNCheckpoints::new(2))
            .num_epochs(epochs);
        if let Some(epoch) = checkpoint {
            training = training.checkpoint(epoch);
        }
        let result = training.launch(Learner::new(start.clone(), optimizer(), scheduler(6)));
        (
            entries(result.model.hidden.synapses()),
            entries(result.model.readout.weight.val()),
        )
    };
    let whole = tempfile::tempdir().unwrap();
    let parts = tempfile::tempdir().unwrap();
    let expected = launch(whole.path(), 6, None);
    launch(parts.path(), 3, None);
    assert_eq!(launch(parts.path(), 6, Some(3)), expected);
}

//! The default logger writes a line for each step.
//!
//! Expected: `experiment.log` holds what is worth reading after a training: its start, its epochs,
//! its warnings and errors.
//! Happens: it gets "Iteration 1", "Iteration 2" and so on, in a long training millions of lines,
//! among which the others are lost.
//! Cause: `log::info!("Iteration {iteration}")` in `SingleDeviceTrainEpoch::run` (burn-train,
//! `learner/supervised/strategies/single/epoch.rs`), and its like in `ddp/epoch.rs`;
//! `FileApplicationLoggerInstaller` takes all of level `info`.
//! Mend: `log::trace!`.

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor};
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep};

#[derive(Module, Debug)]
struct Model {
    weight: Param<Tensor<1>>,
}

impl TrainStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) -> TrainOutput<()> {
        let grads = GradientsParams::new();
        TrainOutput { grads, item: () }
    }
}

impl InferenceStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) {}
}

struct Nothing;

impl Batcher<(), ()> for Nothing {
    fn batch(&self, _: Vec<()>, _: &Device) {}
}

fn main() {
    let directory = std::env::temp_dir().join(format!("burn-log-{}", std::process::id()));
    let weight = Tensor::zeros([1], &Device::flex().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    let items = || DataLoaderBuilder::new(Nothing).build(InMemDataset::new(vec![(); 20]));
    SupervisedTraining::new(&directory, items(), items())
        .renderer(Box::new(CliMetricsRenderer::new()))
        .launch(Learner::new(model, SgdConfig::new().init(), 0.1));
    let log = std::fs::read_to_string(directory.join("experiment.log")).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let of_steps = log
        .lines()
        .filter(|line| line.contains("Iteration"))
        .count();
    let lines = format!("{of_steps} of {} lines", log.lines().count());
    if of_steps < 20 {
        println!("mended: no line a step: {lines}");
        std::process::exit(1);
    }
    println!("shown: 20 steps make {lines} of experiment.log");
}

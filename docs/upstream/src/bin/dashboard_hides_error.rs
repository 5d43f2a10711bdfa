//! The terminal dashboard makes a failed training look like a finished one.
//!
//! Expected: `LearningResult::error` and `::interrupted` say how a training ended, whatever shows
//! its progress.
//! Happens: with the dashboard both are always `None`; with the plain renderer they are right.
//! Cause: `on_train_end` of `TuiMetricsRendererWrapper` (burn-train, `renderer/tui/renderer.rs`)
//! calls `Interrupter::reset`. `SupervisedLearningStrategy::train` (`learner/supervised/
//! strategies/base.rs`) sends `LearnerEvent::End`, which leads there, and reads the interrupter
//! only afterwards.
//! Mend: read the interruption and the error before `LearnerEvent::End` is sent, or leave the
//! reset to whoever starts the next training. The render thread resets once more when it gets
//! `ProcessEnd`, at any time later; that one would have to go as well.

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor};
use burn::train::checkpoint::CheckpointerError;
use burn::train::renderer::{CliMetricsRenderer, MetricsRenderer, tui::TuiMetricsRendererWrapper};
use burn::train::{
    InferenceStep, Interrupter, Learner, SupervisedTraining, TrainOutput, TrainStep,
};

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

/// Whether a training that an error stopped says so.
fn says_so(renderer: impl FnOnce(Interrupter) -> Box<dyn MetricsRenderer>) -> bool {
    let weight = Tensor::zeros([1], &Device::flex().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    let items = || DataLoaderBuilder::new(Nothing).build(InMemDataset::new(vec![()]));
    let interrupter = Interrupter::new();
    // In place of an error from within: the loop stops at it in the same way.
    interrupter.fail(CheckpointerError::Unknown("the disk is full".to_string()));
    let training = SupervisedTraining::new(std::env::temp_dir(), items(), items())
        .with_application_logger(None)
        .with_interrupter(interrupter.clone())
        .renderer(renderer(interrupter));
    let learner = Learner::new(model, SgdConfig::new().init(), 0.1);
    training.launch(learner).error.is_some()
}

fn main() {
    assert!(says_so(|_| Box::new(CliMetricsRenderer::new())));
    // Without a terminal the dashboard's own thread panics here, which changes nothing.
    if says_so(|interrupter| Box::new(TuiMetricsRendererWrapper::new(interrupter, None))) {
        println!("mended: the error arrives with the dashboard too");
        std::process::exit(1);
    }
    println!("shown: the error arrives with the plain renderer and is lost with the dashboard");
}

//! The smallest change that puts the biological layer into an existing Burn model.
//!
//! [`before`] is a model as Burn's own examples write it; [`after`] is the same file with its
//! hidden layer swapped for a [`HebbianLinear`](burn_hebbian::HebbianLinear). Compare the two:
//! `diff examples/plug-in/src/before.rs examples/plug-in/src/after.rs`. Both train in one ordinary
//! `SupervisedTraining` run, here on the digits that are built in:
//! `cargo run --release -p plug-in`.
#![recursion_limit = "256"]

pub mod after;
pub mod before;

use std::error::Error;
use std::sync::Arc;

use backprop_mlp::Labelled;
use burn::tensor::{Device, Tensor};
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, InferenceStep, Interrupter, Learner, LearnerModel, SupervisedTraining,
    TrainStep,
};
use two_networks::data::{self, Dataset};
use two_networks::loader::DeviceLoader;
use two_networks::model::unit_length;
use two_networks::run::{Experiment, classification_error};
use two_networks::settings::{Preset, preset};
use two_networks::ui::Ui;

/// Trains a learner on the built-in digits for some epochs. Returns the model and its test error
/// in percent.
///
/// # Errors
///
/// Whatever stopped the training.
pub fn train<M>(
    learner: Learner<M>,
    forward: impl Fn(&M, Tensor<2>) -> Tensor<2>,
    epochs: usize,
    ui: Ui,
) -> Result<(M, f64), Box<dyn Error>>
where
    M: LearnerModel
        + TrainStep<Input = Labelled, Output = ClassificationOutput>
        + InferenceStep<Input = Labelled, Output = ClassificationOutput>,
{
    let digits = preset(Dataset::Digits, Preset::Quick);
    let device = learner.model().devices().swap_remove(0).inner();
    let images = Experiment::new(data::load(Dataset::Digits, None)?, &digits, &device)?;
    let images_of = |split: Labelled| Labelled {
        inputs: unit_length(split.inputs),
        labels: split.labels,
    };
    let (train, test) = (images_of(images.train), images_of(images.judge));
    let directory = tempfile::tempdir()?;
    let interrupter = Interrupter::new();
    let result = SupervisedTraining::new(
        directory.path(),
        Arc::new(DeviceLoader::labelled(&train, 20).shuffled(0)),
        Arc::new(DeviceLoader::labelled(&test, 360)),
    )
    .metrics((AccuracyMetric::new(), LossMetric::new()))
    .with_interrupter(interrupter.clone())
    .renderer(ui.renderer(interrupter, "plug-in", 0))
    .with_application_logger(None)
    .num_epochs(epochs)
    .launch(learner);
    if let Some(error) = result.error {
        return Err(error.to_string().into());
    }
    if result.interrupted.is_some() {
        return Err("the training was stopped".into());
    }
    let error = classification_error(&test, |images| forward(&result.model, images));
    Ok((result.model, error))
}

/// The device that the example runs on, with autodiff.
pub fn device() -> Device {
    Device::flex().autodiff()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_a_few_lines_and_both_models_learn() {
        let lines = |text: &str| text.lines().map(str::to_string).collect::<Vec<_>>();
        let (before, after) = (
            lines(include_str!("before.rs")),
            lines(include_str!("after.rs")),
        );
        let new = after.iter().filter(|line| !before.contains(line)).count();
        assert!(new <= 15, "{new} lines differ");

        let device = device();
        device.seed(0);
        let (_, error) = train(
            before::learner(&device).unwrap(),
            before::Model::forward,
            20,
            Ui::None,
        )
        .unwrap();
        assert!(error < 6.0, "before: {error} %");
        let (_, error) = train(
            after::learner(&device).unwrap(),
            after::Model::forward,
            20,
            Ui::None,
        )
        .unwrap();
        assert!(error < 8.0, "after: {error} %");
    }
}

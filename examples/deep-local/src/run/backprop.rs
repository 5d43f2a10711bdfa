//! The baseline: all weights of the same network learn by backpropagation.

use std::sync::Arc;
use std::time::Duration;

use burn::train::ExecutionStrategy;
use burn_hebbian::train::Labelled;
use image_runs::loader::labelled;
use image_runs::{Errors, RunError, classification_error};

use super::classifier::{self, Lessons};
use super::cnn::Cnn;
use super::stage::Stage;

/// Images at a time where nothing is learned.
const BATCH: usize = 100;

/// On how many images the error is followed from part to part of an epoch: enough for a curve, and a twentieth
/// of the time that the part takes.
const FOLLOWED: usize = 500;

/// What the baseline leaves behind.
pub(crate) struct Backprop {
    pub model: Cnn,
    pub errors: Errors,
    pub seconds: f64,
}

/// Trains the baseline until it has taken the `budget`, or else for all of its epochs.
pub(crate) fn train(stage: &Stage, budget: Option<Duration>) -> Result<Backprop, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let autodiff = experiment.device.clone().autodiff();
    let model = Cnn::new(settings, experiment.classes, &autodiff)?;
    let train = experiment.planes(&experiment.train);
    let judge = experiment.planes(&experiment.judge);
    let [count, ..] = judge.inputs.dims();
    let followed = count.min(FOLLOWED);
    let followed = Labelled {
        inputs: judge.inputs.clone().narrow(0, 0, followed),
        labels: judge.labels.clone().narrow(0, 0, followed),
    };
    let lessons = Lessons {
        stage: "backprop",
        shown: "backprop network",
        strategy: ExecutionStrategy::single(autodiff).into(),
        train: classifier::loader(stage, &train, settings.batch_size_backprop),
        valid: Arc::new(labelled(&followed, BATCH)),
        epochs: settings.epochs_backprop,
        rate: settings.learning_rate_backprop,
        halvings: &settings.halvings_backprop,
        budget,
        foundation: String::new(),
    };
    let (model, seconds) = classifier::train(stage, model, lessons)?;
    let error = |data| classification_error(data, BATCH, |images| model.forward(images));
    Ok(Backprop {
        errors: Errors::new(experiment, error(&train), error(&judge)),
        model,
        seconds,
    })
}

//! The baselines: all weights of the same network learn by backpropagation, from a random start or from the
//! filters that were learned locally.

use std::sync::Arc;
use std::time::Duration;

use burn::train::ExecutionStrategy;
use burn_hebbian::train::Labelled;
use image_runs::loader::labelled;
use image_runs::{Errors, RunError, classification_error};

use super::classifier::{self, Lessons};
use super::cnn::Cnn;
use super::local::Stack;
use super::stage::Stage;
use crate::report::BackpropResult;

/// Images at a time where nothing is learned.
const BATCH: usize = 100;

/// On how many images the error is followed from part to part of an epoch: enough for a curve, and a twentieth
/// of the time that the part takes.
const FOLLOWED: usize = 500;

/// What a training by backpropagation leaves behind.
pub(crate) struct Trained {
    pub model: Cnn,
    pub errors: Errors,
    pub seconds: f64,
}

impl Trained {
    /// How it ended.
    pub fn result(&self) -> BackpropResult {
        BackpropResult {
            train_error: self.errors.train,
            test_error: self.errors.test,
            validation_error: self.errors.validation,
            seconds: self.seconds,
        }
    }
}

/// Trains the network from a random start.
pub(crate) fn from_scratch(stage: &Stage, budget: Option<Duration>) -> Result<Trained, RunError> {
    let lesson = Lesson {
        name: "backprop",
        shown: "backprop network",
        foundation: String::new(),
    };
    train(stage, lesson, start(stage)?, budget)
}

/// Trains the network from the filters of `stack`, the weights with the sum `foundation`.
pub(crate) fn fine_tuned(
    stage: &Stage,
    stack: &Stack,
    foundation: String,
    budget: Option<Duration>,
) -> Result<Trained, RunError> {
    let lesson = Lesson {
        name: "fine-tuned",
        shown: "fine-tuned network",
        foundation,
    };
    train(stage, lesson, start(stage)?.with_filters(stack), budget)
}

/// A network with a random start.
fn start(stage: &Stage) -> Result<Cnn, RunError> {
    stage.seed();
    let autodiff = stage.experiment.device.clone().autodiff();
    Ok(Cnn::new(
        stage.settings,
        stage.image(),
        stage.experiment.classes,
        &autodiff,
    )?)
}

/// What tells one training from the other.
struct Lesson {
    name: &'static str,
    shown: &'static str,
    foundation: String,
}

/// Trains a network until it has taken the `budget`, or else for all of its epochs.
fn train(
    stage: &Stage,
    lesson: Lesson,
    model: Cnn,
    budget: Option<Duration>,
) -> Result<Trained, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let train = experiment.planes(&stage.labelled);
    let judge = experiment.planes(&experiment.judge);
    let [labels] = train.labels.dims();
    let [count] = judge.labels.dims();
    // A few labels would take most of their time for the curve.
    let followed = count.min(FOLLOWED).min(labels.div_ceil(4));
    let followed = Labelled {
        inputs: judge.inputs.clone().narrow(0, 0, followed),
        labels: judge.labels.clone().narrow(0, 0, followed),
    };
    let autodiff = experiment.device.clone().autodiff();
    let lessons = Lessons {
        stage: lesson.name,
        shown: lesson.shown,
        strategy: ExecutionStrategy::single(autodiff).into(),
        train: classifier::loader(stage, &train, settings.batch_size_backprop),
        valid: Arc::new(labelled(&followed, BATCH)),
        epochs: settings.epochs_backprop,
        rate: settings.learning_rate_backprop,
        halvings: &settings.halvings_backprop,
        budget,
        foundation: lesson.foundation,
    };
    let (model, seconds) = classifier::train(stage, model, lessons)?;
    let error = |data| classification_error(data, BATCH, |images| model.forward(images));
    Ok(Trained {
        errors: Errors::new(experiment, error(&train), error(&judge)),
        model,
        seconds,
    })
}

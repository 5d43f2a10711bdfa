//! The baseline: all weights of the same shape of network learn by backpropagation.

use backprop_mlp::BackpropMlp;
use image_runs::{EVALUATION_BATCH, Errors, RunError, classification_error};

use super::classifier::{self, Lessons};
use super::stage::Stage;
use crate::report::BackpropResult;

/// What the baseline leaves behind.
pub(crate) struct Backprop {
    pub model: BackpropMlp,
    pub errors: Errors,
    pub seconds: f64,
}

impl Backprop {
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

pub(crate) fn train(stage: &Stage) -> Result<Backprop, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let labelled = experiment.draw(&experiment.train, settings.labels, settings.seed)?;
    let model = settings
        .backprop_mlp(experiment.visible(), experiment.classes)
        .init(&experiment.device.clone().autodiff())?;
    let lessons = Lessons {
        stage: "backprop",
        shown: "backprop network",
        train: &labelled,
        judge: &experiment.judge,
        batch_size: settings.batch_size_backprop,
        epochs: settings.epochs_backprop,
        rates: &settings.learning_rates_backprop,
        foundation: String::new(),
    };
    let (model, seconds) = classifier::train(stage, model, &lessons)?;
    let error = |data| classification_error(data, EVALUATION_BATCH, |images| model.forward(images));
    let errors = Errors::new(experiment, error(&labelled), error(&experiment.judge));
    Ok(Backprop {
        model,
        errors,
        seconds,
    })
}

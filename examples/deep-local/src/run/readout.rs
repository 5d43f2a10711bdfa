//! The readout learns from the cached features.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{DType, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use burn_hebbian::Objective;
use burn_hebbian::train::Labelled;
use image_runs::{EVALUATION_BATCH, Errors, RunError, classification_error};

use super::classifier::{self, Lessons};
use super::features::Features;
use super::stage::Stage;

/// A linear classifier of float16 features, with dropout.
#[derive(Module, Debug)]
pub(crate) struct DropoutReadout {
    dropout: Dropout,
    linear: Linear,
    /// What the features are multiplied by.
    scale: f64,
}

impl DropoutReadout {
    /// The outputs of the classes, `[batch, classes]`, for features `[batch, features]`.
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let features = features.cast(DType::F32) * self.scale;
        self.linear.forward(self.dropout.forward(features))
    }

    /// The linear layer of features as the blocks make them: the scale goes into its weights.
    fn into_linear(self) -> Linear {
        let weight = self.linear.weight.val() * self.scale;
        Linear {
            weight: Param::initialized(self.linear.weight.id, weight),
            ..self.linear
        }
    }

    fn classify(&self, batch: Labelled) -> ClassificationOutput {
        let outputs = self.forward(batch.inputs);
        Objective::CrossEntropy.judge(outputs, batch.labels)
    }
}

impl TrainStep for DropoutReadout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for DropoutReadout {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// What the training of the readout leaves behind.
pub(crate) struct FinishedReadout {
    pub linear: Linear,
    pub errors: Errors,
    pub seconds: f64,
}

/// Trains a readout of `features`, which stand on weights with the sum `foundation`.
pub(crate) fn train(
    stage: &Stage,
    features: &Features,
    foundation: String,
) -> Result<FinishedReadout, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let [_, width] = features.train.inputs.dims();
    let scale = if settings.scale_features {
        1.0 / features.size.max(f64::from(f32::MIN_POSITIVE))
    } else {
        1.0
    };
    let readout = DropoutReadout {
        dropout: DropoutConfig::new(settings.dropout).init(),
        linear: LinearConfig::new(width, experiment.classes)
            .init(&experiment.device.clone().autodiff()),
        scale,
    };
    let lessons = Lessons {
        stage: "readout",
        shown: "readout",
        train: classifier::loader(stage, &features.train, settings.batch_size_readout),
        valid: Arc::new(image_runs::loader::labelled(
            &features.judge,
            EVALUATION_BATCH,
        )),
        epochs: settings.epochs_readout,
        rate: settings.learning_rate_readout,
        halvings: &settings.halvings,
        budget: None,
        foundation,
    };
    let (readout, seconds) = classifier::train(stage, readout, lessons)?;
    let error = |data| classification_error(data, EVALUATION_BATCH, |rows| readout.forward(rows));
    Ok(FinishedReadout {
        errors: Errors::new(experiment, error(&features.train), error(&features.judge)),
        linear: readout.into_linear(),
        seconds,
    })
}

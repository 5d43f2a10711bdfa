//! The readout learns from the cached features.

use std::sync::Arc;

use burn::module::Param;
use burn::nn::Linear;
use burn::train::TrainingStrategy;
use burn_hebbian::DropoutReadoutConfig;
use burn_hebbian::train::InPlaceStrategy;
use image_runs::loader::labelled;
use image_runs::{EVALUATION_BATCH, Errors, RunError, check_features, classification_error};

use super::classifier::{self, Lessons};
use super::features::Features;
use super::stage::Stage;

/// What the training of the readout leaves behind.
pub(crate) struct FinishedReadout {
    /// The readout of features as the blocks make them.
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
    let cause = format!("powers = {}", settings.powers);
    check_features("readout", &features.labelled.inputs, &cause)?;
    let autodiff = experiment.device.clone().autodiff();
    let [_, width] = features.labelled.inputs.dims();
    let readout = DropoutReadoutConfig::new(width, experiment.classes)
        .with_dropout(settings.dropout)
        .with_seed(settings.seed)
        .init(&autodiff)?;
    let lessons = Lessons {
        stage: "readout",
        shown: "readout",
        strategy: TrainingStrategy::Custom(Arc::new(InPlaceStrategy::new(autodiff))),
        train: classifier::loader(stage, &features.labelled, settings.batch_size_readout),
        valid: Arc::new(labelled(&features.judge, EVALUATION_BATCH)),
        epochs: settings.epochs_readout,
        rate: settings.learning_rate_readout,
        halvings: &settings.halvings,
        budget: None,
        foundation,
    };
    let (readout, seconds) = classifier::train(stage, readout, lessons)?;
    let error = |data| classification_error(data, EVALUATION_BATCH, |rows| readout.forward(rows));
    let linear = readout.to_linear();
    Ok(FinishedReadout {
        errors: Errors::new(
            experiment,
            error(&features.labelled),
            error(&features.judge),
        ),
        linear: Linear {
            // The factor of the features goes into the weights.
            weight: Param::from_tensor(linear.weight.val() / features.size),
            ..linear
        },
        seconds,
    })
}

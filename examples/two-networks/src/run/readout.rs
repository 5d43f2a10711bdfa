//! Stage 2: the readout learns from the activities of the finished hidden layer.

use burn::nn::Linear;
use burn::tensor::Tensor;
use burn_hebbian::{BiologicalNetwork, HebbianLinear, ReadoutConfig, RectifiedPower};
use burn_runs::checkpoint::sha256;
use image_runs::{EVALUATION_BATCH, Errors, RunError, check_features, classification_error};

use super::classifier::{self, Lessons};
use super::features::features;
use super::stage::Stage;

/// The name of the training in sentences.
const SHOWN: &str = "biological network, readout";

/// What stage 2 leaves behind.
pub(crate) struct FinishedReadout {
    linear: Linear,
    activation: RectifiedPower,
    /// The features of the judging images, as the readout sees them.
    pub features: Tensor<2>,
    pub errors: Errors,
    pub seconds: f64,
}

impl FinishedReadout {
    /// The whole network.
    pub fn network(self, hidden: HebbianLinear) -> BiologicalNetwork {
        BiologicalNetwork {
            centre: None,
            hidden,
            activation: self.activation,
            readout: self.linear,
        }
    }
}

/// Trains a readout of hidden units with `synapses`, `[hidden, visible]`.
pub(crate) fn train(stage: &Stage, synapses: &Tensor<2>) -> Result<FinishedReadout, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let activation = settings.rectified_power().init()?;
    let seen = features(&experiment.train, synapses, &activation);
    // All images tell how large a feature is, those without a label too. The finished readout takes the factors into
    // its weights.
    let sizes = settings.feature_scale.sizes(&seen.inputs);
    let mut train = experiment.draw(&seen, settings.labels, settings.seed)?;
    drop(seen);
    let mut judge = features(&experiment.judge, synapses, &activation);
    train.inputs = train.inputs / sizes.clone();
    judge.inputs = judge.inputs / sizes.clone();
    let (power, scale) = (settings.power, settings.feature_scale.name());
    let cause = format!("power = {power} and feature_scale = {scale}");
    check_features(SHOWN, &train.inputs, &cause)?;

    let [hidden, _] = synapses.dims();
    let readout = ReadoutConfig::new(hidden, experiment.classes)
        .with_objective(settings.objective_readout())
        .with_penalty(settings.penalty_readout)
        .init(&experiment.device.clone().autodiff())?;
    let lessons = Lessons {
        stage: "readout",
        shown: SHOWN,
        train: &train,
        judge: &judge,
        batch_size: settings.batch_size_readout,
        epochs: settings.epochs_readout,
        rates: &settings.learning_rates_readout,
        // A readout stands on the synapses to the bit.
        foundation: sha256(&[synapses.to_data().bytes()]),
    };
    let (readout, seconds) = classifier::train(stage, readout, &lessons)?;
    let error =
        |data| classification_error(data, EVALUATION_BATCH, |features| readout.forward(features));
    Ok(FinishedReadout {
        errors: Errors::new(experiment, error(&train), error(&judge)),
        linear: readout.into_linear(sizes),
        activation,
        features: judge.inputs,
        seconds,
    })
}

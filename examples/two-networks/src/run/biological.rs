//! The biological network: a hidden layer by the local rule, then a readout of it.

use burn::tensor::Tensor;
use burn_hebbian::KrotovHopfield;
use image_runs::RunError;

use super::hebbian::{self, Hebbian};
use super::readout::{self, FinishedReadout};
use super::stage::Stage;
use super::taken::Taken;
use crate::report::HebbianResult;

/// What both stages leave behind.
pub(super) struct Biological {
    pub hidden: Hebbian<KrotovHopfield>,
    pub readout: FinishedReadout,
}

/// Trains both stages; hidden units that are `taken` from an earlier run are not trained again.
pub(super) fn train(stage: &Stage, taken: Option<&Taken>) -> Result<Biological, RunError> {
    let config = stage.settings.hebbian_linear(stage.experiment.visible());
    let hidden = match taken {
        Some(taken) => hebbian::take(stage, &config, taken)?,
        None => hebbian::train(stage, &config)?,
    };
    let readout = readout::train(stage, &hidden.layer.synapses())?;
    Ok(Biological { hidden, readout })
}

impl Biological {
    /// The features of the judging images, as the readout sees them.
    pub fn features(&self) -> &Tensor<2> {
        &self.readout.features
    }

    /// How it ended, `dead_units` percent of its hidden units dead.
    pub fn result(&self, dead_units: f64) -> HebbianResult {
        let errors = self.readout.errors;
        HebbianResult {
            train_error: errors.train,
            test_error: errors.test,
            validation_error: errors.validation,
            converged: self.hidden.converged,
            dead_units,
            seconds_hebbian: self.hidden.seconds,
            seconds_readout: self.readout.seconds,
        }
    }
}

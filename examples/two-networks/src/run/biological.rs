//! The biological network: a hidden layer by the local rule, then a readout of it.

use burn::tensor::Tensor;
use burn_hebbian::{BiologicalNetwork, KrotovHopfield};
use image_runs::{Experiment, RunError};

use super::centre::centred;
use super::hebbian::{self, Hebbian};
use super::readout::{self, FinishedReadout};
use super::stage::Stage;
use super::taken::Taken;
use crate::report::HebbianResult;

/// What both stages leave behind.
pub(super) struct Biological {
    /// The images as it sees them.
    pub experiment: Experiment,
    /// What it subtracts from an image, `[visible]`.
    centre: Option<Tensor<1>>,
    pub hidden: Hebbian<KrotovHopfield>,
    pub readout: FinishedReadout,
}

/// Trains both stages; hidden units that are `taken` from an earlier run are not trained again.
pub(super) fn train(stage: &Stage, taken: Option<&Taken>) -> Result<Biological, RunError> {
    let mut experiment = stage.experiment.clone();
    let mut centre = None;
    if stage.settings.centre {
        let (seen, mean) = centred(&experiment);
        (experiment, centre) = (seen, Some(mean));
    }
    let stage = Stage {
        experiment: &experiment,
        run: stage.run.clone(),
        ..*stage
    };
    let config = stage.settings.hebbian_linear(experiment.visible());
    let hidden = match taken {
        Some(taken) => hebbian::take(&stage, &config, taken)?,
        None => hebbian::train(&stage, &config)?,
    };
    let readout = readout::train(&stage, &hidden.layer.synapses())?;
    Ok(Biological {
        experiment,
        centre,
        hidden,
        readout,
    })
}

impl Biological {
    /// The features of the judging images, as the readout sees them.
    pub fn features(&self) -> &Tensor<2> {
        &self.readout.features
    }

    /// The whole network.
    pub fn network(self) -> BiologicalNetwork {
        let mut network = self.readout.network(self.hidden.layer);
        if let Some(centre) = self.centre {
            network.set_centre(centre);
        }
        network
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

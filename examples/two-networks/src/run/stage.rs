//! What each training of a run is given.

use burn::tensor::Device;
use burn_runs::Run;
use image_runs::Experiment;

use crate::settings::Settings;

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    /// What to compute on; the images are on the first.
    pub devices: &'a [Device],
    pub run: Run,
}

impl Stage<'_> {
    /// Starts the random numbers of a training. Each has the same start, whatever was trained
    /// before it.
    pub fn seed(&self) {
        self.experiment.device.seed(self.settings.seed);
    }
}

//! What each training of a run is given.

use burn_runs::Run;
use image_runs::Experiment;

use crate::settings::Settings;

/// In how many parts a pass over the images is taken: one takes minutes, and a stop repeats what came
/// after the last part.
const PARTS: usize = 20;

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    pub run: Run,
}

impl Stage<'_> {
    /// Starts the random numbers of a training. Each has the same start, whatever was trained
    /// before it.
    pub fn seed(&self) {
        self.experiment.device.seed(self.settings.seed);
    }

    /// In how many parts the training of this name takes a pass over the images.
    pub fn parts_of(&self, name: &str) -> usize {
        let batch_size = match name {
            // Seconds for a pass, for it reads features that are there.
            "readout" => return 1,
            "backprop" => self.settings.batch_size_backprop,
            _ => self.settings.batch_size,
        };
        let batches = self.experiment.train_images.len() / batch_size;
        PARTS.min(batches.max(1))
    }
}

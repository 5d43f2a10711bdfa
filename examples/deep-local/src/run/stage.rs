//! What each training of a run is given.

use burn_runs::Run;
use image_runs::Experiment;
use image_runs::loader::Loader;

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
}

/// The number of parts that a pass with `batches` is taken in.
pub(crate) fn parts<O, const D: usize>(loader: &Loader<O, D>) -> usize {
    PARTS.min(loader.batches())
}

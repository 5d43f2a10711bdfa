//! What each training of a run is given.

use burn_hebbian::train::Labelled;
use burn_runs::Run;
use image_runs::Experiment;
use image_sets::ImageShape;

use crate::settings::Settings;

/// In how many parts a pass over the images is taken: one takes minutes, and a stop repeats what came
/// after the last part.
const PARTS: usize = 20;

/// The fewest images in a part of backpropagation, which follows its error after each.
const FEWEST: usize = 2500;

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    /// The images to learn from that have labels.
    pub labelled: Labelled,
    pub run: Run,
}

impl Stage<'_> {
    /// Starts the random numbers of a training. Each has the same start, whatever was trained
    /// before it.
    pub fn seed(&self) {
        self.experiment.device.seed(self.settings.seed);
    }

    /// The shape of an image.
    pub fn image(&self) -> ImageShape {
        self.experiment.train_images.shape
    }

    /// In how many parts the training of this name takes a pass over the images.
    pub fn parts_of(&self, name: &str) -> usize {
        let parts = match name {
            // Seconds for a pass, for it reads features that are there.
            "readout" => return 1,
            "backprop" | "fine-tuned" => {
                let [images] = self.labelled.labels.dims();
                images / FEWEST
            }
            _ => self.experiment.train_images.len() / self.settings.batch_size,
        };
        parts.clamp(1, PARTS)
    }
}

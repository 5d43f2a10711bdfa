//! What each training of a run is given.

use burn_hebbian::train::Labelled;
use burn_runs::Run;
use image_runs::Experiment;
use image_sets::ImageShape;

use crate::settings::Settings;

/// In how many parts a pass over the images is taken: one takes minutes, and a stop repeats what came
/// after the last part.
const PARTS: usize = 20;

/// The fewest images in a part of backpropagation.
const FEWEST: usize = 2500;

/// In how many parts each training takes a pass over its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    local: usize,
    backprop: usize,
}

impl Parts {
    /// Those of a run.
    pub fn new(experiment: &Experiment, labelled: &Labelled, settings: &Settings) -> Self {
        let [labels] = labelled.labels.dims();
        let steps = experiment.train_images.len() / settings.batch_size;
        Self {
            local: steps.clamp(1, PARTS),
            // Backpropagation follows its error after each.
            backprop: (labels / FEWEST).clamp(1, PARTS),
        }
    }

    /// Those of the training `stage`.
    pub fn of(self, stage: &str) -> usize {
        match stage {
            // Seconds for a pass, for it reads features that are there.
            "readout" => 1,
            "backprop" | "fine-tuned" => self.backprop,
            _ => self.local,
        }
    }
}

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    /// The images to learn from that have labels.
    pub labelled: Labelled,
    pub parts: Parts,
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
}

//! What each training of a run is given.

use burn::tensor::Device;
use burn::train::{ExecutionStrategy, LearnerModel, MultiDeviceOptim, TrainingStrategy};
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

    /// Burn's own steps, on all devices: each takes its share of every batch.
    pub fn strategy<M: LearnerModel>(&self) -> TrainingStrategy<M> {
        let devices = self.devices.iter().cloned().map(Device::autodiff);
        let mut devices: Vec<_> = devices.collect();
        let strategy = match devices.len() {
            1 => ExecutionStrategy::single(devices.remove(0)),
            _ => ExecutionStrategy::multi(devices, MultiDeviceOptim::OptimMainDevice),
        };
        strategy.into()
    }
}

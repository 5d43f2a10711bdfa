//! `eps = eps0 (1 - epoch / epochs)`: the paper's learning rate, constant within an epoch.

use burn::config::Config;
use burn::optim::LearningRate;
use burn::optim::lr_scheduler::{LrScheduler, LrSchedulerRecord};

use crate::SettingError;
use crate::error::{require, require_number};

/// Settings of [`EpochLinearLrScheduler`].
#[derive(Config, Debug, PartialEq)]
pub struct EpochLinearLrSchedulerConfig {
    /// The learning rate eps0 of the first epoch, above 0. The paper uses 0.04 for MNIST.
    pub initial: LearningRate,
    /// The number of epochs after which the rate is 0, at least 1.
    pub epochs: usize,
    /// The number of batches in an epoch, at least 1. With several devices, those of one device.
    pub batches_per_epoch: usize,
    /// The number of batches whose gradients are summed for one step, at least 1, as given to
    /// `SupervisedTraining::grads_accumulation`. Defaults to 1.
    #[config(default = 1)]
    pub accumulation: usize,
}

impl EpochLinearLrSchedulerConfig {
    /// Checks the settings and makes the scheduler.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    pub fn init(&self) -> Result<EpochLinearLrScheduler, SettingError> {
        require_number(self.initial > 0.0, "initial", self.initial, "above 0")?;
        require(self.epochs >= 1, "epochs", self.epochs, "at least 1")?;
        require(
            self.batches_per_epoch >= 1,
            "batches_per_epoch",
            self.batches_per_epoch,
            "at least 1",
        )?;
        require(
            self.accumulation >= 1,
            "accumulation",
            self.accumulation,
            "at least 1",
        )?;
        Ok(EpochLinearLrScheduler {
            initial: self.initial,
            epochs: self.epochs,
            // Burn also steps for what is left over at the end of an epoch.
            steps_per_epoch: self.batches_per_epoch.div_ceil(self.accumulation),
            steps: 0,
        })
    }
}

/// A learning rate that falls linearly to 0 from epoch to epoch and stays the same within one.
///
/// Burn asks its schedulers once for each step of the optimizer, which under gradient accumulation
/// is once for several batches; the paper's rate changes once per epoch. Made by
/// [`EpochLinearLrSchedulerConfig`].
#[derive(Clone, Debug)]
pub struct EpochLinearLrScheduler {
    initial: LearningRate,
    epochs: usize,
    steps_per_epoch: usize,
    steps: usize,
}

impl LrScheduler for EpochLinearLrScheduler {
    fn step(&mut self) -> LearningRate {
        let epoch = self.steps / self.steps_per_epoch;
        self.steps += 1;
        let remaining = self.epochs.saturating_sub(epoch);
        self.initial * remaining as f64 / self.epochs as f64
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar("steps", self.steps)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        if let Some(steps) = record.scalar("steps") {
            self.steps = steps;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler() -> EpochLinearLrScheduler {
        EpochLinearLrSchedulerConfig::new(0.04, 4, 3)
            .init()
            .unwrap()
    }

    #[test]
    fn the_rate_falls_by_epochs_and_ends_at_zero() {
        let mut scheduler = scheduler();
        let rates: Vec<f64> = (0..13).map(|_| scheduler.step()).collect();
        let expected = [
            0.04, 0.04, 0.04, 0.03, 0.03, 0.03, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01, 0.0,
        ];
        for (rate, expected) in rates.iter().zip(expected) {
            assert!((rate - expected).abs() < 1e-12, "{rates:?}");
        }
    }

    #[test]
    fn a_record_continues_where_it_was_made() {
        let mut original = scheduler();
        for _ in 0..7 {
            original.step();
        }
        let mut resumed = scheduler();
        resumed.load_record(original.to_record());
        for _ in 0..6 {
            assert_eq!(resumed.step(), original.step());
        }
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let field = |initial, epochs, steps| {
            let config = EpochLinearLrSchedulerConfig::new(initial, epochs, steps);
            config.init().unwrap_err().field()
        };
        assert_eq!(field(0.0, 1, 1), "initial");
        assert_eq!(field(0.1, 0, 1), "epochs");
        assert_eq!(field(0.1, 1, 0), "batches_per_epoch");
        let config = EpochLinearLrSchedulerConfig::new(0.1, 1, 1).with_accumulation(0);
        assert_eq!(config.init().unwrap_err().field(), "accumulation");
    }

    #[test]
    fn under_accumulation_an_epoch_has_fewer_steps() {
        // Seven batches by threes: two full sums, and what is left over.
        let config = EpochLinearLrSchedulerConfig::new(0.04, 2, 7).with_accumulation(3);
        let mut scheduler = config.init().unwrap();
        let rates: Vec<f64> = (0..6).map(|_| scheduler.step()).collect();
        assert_eq!(rates, [0.04, 0.04, 0.04, 0.02, 0.02, 0.02]);
    }
}

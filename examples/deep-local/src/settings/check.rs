//! What settings are refused, by name and before anything is trained.

use burn_hebbian::{LocalRule, RuleConfig, SettingError};
use image_sets::ImageShape;

use super::Settings;

/// The most units, epochs or images of a step: far more than anybody waits for, and few enough that
/// neither memory nor a product of two overflows.
const MAX_COUNT: usize = 1_000_000;

/// The most blocks: more would leave no map of an image.
const MAX_BLOCKS: usize = 8;

impl Settings {
    /// Checks all settings that do not depend on the images, also those that are not in use: no setting may hold
    /// nonsense.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        self.check_counts()?;
        self.check_lists()?;
        self.check_numbers()
    }

    /// Checks the settings that depend on the images.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for one that does not fit images of this shape.
    pub fn check_images(&self, image: ImageShape) -> Result<(), SettingError> {
        self.features(image)?;
        for block in 0..self.blocks() {
            let rule = self.rule.config(self, block).init()?;
            let kernel = self.kernels[block];
            rule.check(
                self.channels_of(block, image) * kernel * kernel,
                self.units_of(block),
            )?;
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), SettingError> {
        let counts = [
            ("epochs_local", self.epochs_local),
            ("batch_size", self.batch_size),
            ("epochs_readout", self.epochs_readout),
            ("batch_size_readout", self.batch_size_readout),
            ("epochs_backprop", self.epochs_backprop),
            ("batch_size_backprop", self.batch_size_backprop),
        ];
        counts
            .into_iter()
            .try_for_each(|(field, count)| require_count(field, count))
    }

    fn check_lists(&self) -> Result<(), SettingError> {
        let blocks = self.blocks();
        if blocks == 0 || blocks > MAX_BLOCKS {
            let allowed = format!("a list of 1 to {MAX_BLOCKS} numbers, one for each block");
            return Err(SettingError::new("units", &self.units, allowed));
        }
        let lists = [
            ("kernels", self.kernels.len(), self.kernels.to_string()),
            ("powers", self.powers.len(), self.powers.to_string()),
            ("poolings", self.poolings.len(), self.poolings.to_string()),
            (
                "learning_rates",
                self.learning_rates.len(),
                self.learning_rates.to_string(),
            ),
            (
                "temperatures",
                self.temperatures.len(),
                self.temperatures.to_string(),
            ),
        ];
        for (field, length, list) in lists {
            if length != blocks {
                let allowed = format!("as long as units, which names {blocks} blocks");
                return Err(SettingError::new(field, list, allowed));
            }
        }
        for block in 0..blocks {
            require_count("units", self.units_of(block))?;
            require_count("kernels", self.kernels[block])?;
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), SettingError> {
        let rates = self
            .learning_rates
            .iter()
            .map(|rate| ("learning_rates", *rate));
        let single = [
            ("learning_rate_readout", self.learning_rate_readout),
            ("learning_rate_backprop", self.learning_rate_backprop),
        ];
        for (field, rate) in rates.chain(single) {
            require(
                rate > 0.0 && rate <= 1.0,
                field,
                rate,
                "above 0 and at most 1",
            )?;
        }
        let temperatures = self
            .temperatures
            .iter()
            .map(|value| ("temperatures", *value));
        let powers = self.powers.iter().map(|value| ("powers", *value));
        let positive = [("width", self.width), ("radius", self.radius)];
        for (field, value) in positive.into_iter().chain(temperatures).chain(powers) {
            let is_usable = value > 0.0 && value <= MAX_COUNT as f64;
            require(is_usable, field, value, "above 0 and at most 1000000")?;
        }
        let power = self.rate_power;
        require(
            (0.0..=10.0).contains(&power),
            "rate_power",
            power,
            "from 0 to 10",
        )?;
        for (field, halvings) in [
            ("halvings", &self.halvings),
            ("halvings_backprop", &self.halvings_backprop),
        ] {
            let ascend = halvings.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascend || halvings.first() == Some(&0) {
                return Err(SettingError::new(field, halvings, "ascending from 1 on"));
            }
        }
        let dropout = self.dropout;
        require(
            (0.0..1.0).contains(&dropout),
            "dropout",
            dropout,
            "at least 0 and below 1",
        )
    }
}

fn require(
    holds: bool,
    field: &'static str,
    value: f64,
    allowed: &'static str,
) -> Result<(), SettingError> {
    if holds {
        Ok(())
    } else {
        Err(SettingError::new(field, value, allowed))
    }
}

fn require_count(field: &'static str, count: usize) -> Result<(), SettingError> {
    if (1..=MAX_COUNT).contains(&count) {
        Ok(())
    } else {
        let allowed = format!("from 1 to {MAX_COUNT}");
        Err(SettingError::new(field, count, allowed))
    }
}

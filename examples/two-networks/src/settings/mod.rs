//! Everything that a run depends on: a preset, then a `--config` file, then flags.

mod fields;
mod only;
mod presets;
mod start;

pub use fields::{Overrides, Settings};
pub use only::Only;
pub use presets::{Preset, preset};
pub use start::Start;

use std::path::Path;

use backprop_mlp::BackpropMlpConfig;
use burn_hebbian::{
    HebbianLinearConfig, KrotovHopfieldConfig, ObjectiveConfig, PowerLossConfig,
    RectifiedPowerConfig, SettingError,
};
use clap::ValueEnum;
use image_runs::SettingsError;
use image_runs::settings::{check_origin, read};
use image_sets::{ImageSet, ImageShape, ImageSource};
use serde::{Deserialize, Serialize};

/// The most units, epochs or images of a step: far more than anybody waits for, and few enough that
/// neither memory nor a product of two overflows.
const MAX_COUNT: usize = 1_000_000;

/// The loss of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The cross-entropy of the softmax.
    CrossEntropy,
    /// The paper's loss, |tanh(beta z) - t|^m.
    Power,
}

impl Loss {
    fn objective(self, beta: f64, loss_power: f64) -> ObjectiveConfig {
        match self {
            Self::CrossEntropy => ObjectiveConfig::CrossEntropy,
            Self::Power => {
                let loss = PowerLossConfig::new();
                ObjectiveConfig::Power(loss.with_beta(beta).with_power(loss_power))
            }
        }
    }
}

impl Settings {
    /// The preset of the chosen data set, changed by the `config` file and then by `flags`.
    ///
    /// # Errors
    ///
    /// A [`SettingsError`] where the file cannot be read or a setting is out of range.
    pub fn resolve(config: Option<&Path>, flags: &Overrides) -> Result<Self, SettingsError> {
        let mut overrides = match config {
            Some(path) => read(path)?,
            None => Overrides::default(),
        };
        let preset_name = |of: &Overrides| of.preset.map(Preset::name);
        check_origin("preset", preset_name(&overrides), preset_name(flags))?;
        let dataset_name = |of: &Overrides| of.dataset.as_ref().map(ImageSource::to_string);
        let (file, flag) = (dataset_name(&overrides), dataset_name(flags));
        check_origin("dataset", file.as_deref(), flag.as_deref())?;
        overrides.overlay(flags);
        let dataset = overrides.dataset.clone();
        let dataset = dataset.unwrap_or(ImageSet::Digits.into());
        let chosen = overrides.preset.unwrap_or(Preset::Quick);
        let settings = overrides.apply(preset(dataset, chosen));
        settings.check()?;
        if let Some(set) = settings.dataset.set() {
            settings.check_images(set.shape())?;
        }
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingError> {
        let counts = [
            ("snapshot_every", self.snapshot_every),
            ("batch_size", self.batch_size),
            ("batch_size_readout", self.batch_size_readout),
            ("batch_size_backprop", self.batch_size_backprop),
            ("epochs_hebbian", self.epochs_hebbian),
            ("epochs_readout", self.epochs_readout),
            ("epochs_backprop", self.epochs_backprop),
        ];
        for (field, value) in counts {
            if value == 0 {
                return Err(SettingError::new(field, value, "at least 1"));
            }
        }
        for (field, value) in counts
            .into_iter()
            .chain([("hidden", self.hidden), ("push_epochs", self.push_epochs)])
        {
            if value > MAX_COUNT {
                let allowed = format!("at most {MAX_COUNT}");
                return Err(SettingError::new(field, value, allowed));
            }
        }
        let usable = |rate: &f64| *rate > 0.0 && *rate <= 1.0;
        let allowed = "above 0 and at most 1";
        if !usable(&self.learning_rate) {
            return Err(SettingError::new(
                "learning_rate",
                self.learning_rate,
                allowed,
            ));
        }
        if !(1.0..=1000.0).contains(&self.loss_power) {
            return Err(SettingError::new(
                "loss_power",
                self.loss_power,
                "from 1 to 1000",
            ));
        }
        let rates = [
            ("learning_rates_readout", &self.learning_rates_readout),
            ("learning_rates_backprop", &self.learning_rates_backprop),
        ];
        for (field, rates) in rates {
            if rates.is_empty() || !rates.iter().all(usable) {
                return Err(SettingError::new(field, rates, allowed));
            }
        }
        if self.from_hidden.folder().is_some() && !self.only.has_biological() {
            let allowed = "both or biological with --from-hidden";
            return Err(SettingError::new("only", "backprop", allowed));
        }
        if self.push_epochs > self.epochs_hebbian {
            let allowed = format!("at most {}, the epochs of stage 1", self.epochs_hebbian);
            return Err(SettingError::new("push_epochs", self.push_epochs, allowed));
        }
        if !(0.0..=1e6).contains(&self.penalty_readout) {
            let allowed = "from 0 to 1e6";
            return Err(SettingError::new(
                "penalty_readout",
                self.penalty_readout,
                allowed,
            ));
        }
        self.rectified_power().init()?;
        // Also those of a loss that is not in use: no setting may hold nonsense.
        for (field, beta) in [("beta", self.beta), ("beta_backprop", self.beta_backprop)] {
            let loss = Loss::Power.objective(beta, self.loss_power).init();
            loss.map_err(|error| error.named(field))?;
        }
        Ok(())
    }

    /// Checks the settings that depend on the number of devices, each of which takes an equal share of every batch.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for one that several devices cannot have.
    pub fn check_devices(&self, count: usize) -> Result<(), SettingError> {
        let sizes = [
            ("batch_size", self.batch_size),
            ("batch_size_readout", self.batch_size_readout),
            ("batch_size_backprop", self.batch_size_backprop),
        ];
        for (field, size) in sizes {
            if size % count != 0 {
                let allowed = format!("a multiple of {count}, the number of devices");
                return Err(SettingError::new(field, size, allowed));
            }
        }
        if count > 1 && self.push_epochs > 0 {
            let allowed = "0 on several devices";
            return Err(SettingError::new("push_epochs", self.push_epochs, allowed));
        }
        Ok(())
    }

    /// Checks the settings that depend on the images.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for one that is out of range with images of this shape.
    pub fn check_images(&self, shape: ImageShape) -> Result<(), SettingError> {
        let visible = shape.visible();
        let rule = self.hebbian_linear(visible).rule.init()?;
        burn_hebbian::LocalRule::check(&rule, visible, self.hidden)
    }

    /// The hidden layer of the biological network.
    pub fn hebbian_linear(&self, visible: usize) -> HebbianLinearConfig {
        HebbianLinearConfig::new(visible, self.hidden).with_rule(
            KrotovHopfieldConfig::new()
                .with_p(self.p)
                .with_k(self.k)
                .with_delta(self.delta)
                .with_radius(self.radius),
        )
    }

    /// The activation of the biological network.
    pub fn rectified_power(&self) -> RectifiedPowerConfig {
        RectifiedPowerConfig::new(self.power)
    }

    /// The objective of the readout.
    pub fn objective_readout(&self) -> ObjectiveConfig {
        self.loss_readout.objective(self.beta, self.loss_power)
    }

    /// The objective of the backprop network.
    pub fn objective_backprop(&self) -> ObjectiveConfig {
        self.loss_backprop
            .objective(self.beta_backprop, self.loss_power)
    }

    /// The backprop network.
    pub fn backprop_mlp(&self, visible: usize, classes: usize) -> BackpropMlpConfig {
        BackpropMlpConfig::new(visible, self.hidden, classes)
            .with_objective(self.objective_backprop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(json: &str, flags: &Overrides) -> Result<Settings, SettingsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json).unwrap();
        Settings::resolve(Some(file.path()), flags)
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_preset() {
        let flags = Overrides {
            k: Some(3),
            ..Overrides::default()
        };
        let settings = resolve(r#"{"dataset": "mnist", "k": 5, "p": 2.5}"#, &flags).unwrap();
        let expected = Settings {
            k: 3,
            p: 2.5,
            ..preset(ImageSet::Mnist, Preset::Quick)
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn a_written_config_gives_the_same_settings_again() {
        let mut settings = preset(ImageSet::Cifar10, Preset::Paper);
        settings.seed = 9;
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(resolve(&json, &Overrides::default()).unwrap(), settings);
    }

    #[test]
    fn a_flag_does_not_relabel_the_settings_of_a_file() {
        let flags = Overrides {
            preset: Some(Preset::Paper),
            ..Overrides::default()
        };
        let error = resolve(r#"{"preset": "quick"}"#, &flags).unwrap_err();
        assert_eq!(
            error.to_string(),
            "preset = paper is not allowed: it must be quick, which the config was made from"
        );
        assert!(resolve(r#"{"k": 3}"#, &flags).is_ok());

        let flags = Overrides {
            dataset: Some(ImageSet::Digits.into()),
            ..Overrides::default()
        };
        let error = resolve(r#"{"dataset": "mnist"}"#, &flags).unwrap_err();
        assert_eq!(
            error.to_string(),
            "dataset = digits is not allowed: it must be mnist, which the config was made from"
        );
    }

    #[test]
    fn all_presets_are_allowed() {
        for dataset in ImageSet::ALL {
            for chosen in Preset::value_variants() {
                let settings = preset(dataset, *chosen);
                settings.check().unwrap();
                settings.check_images(dataset.shape()).unwrap();
            }
        }
    }

    #[test]
    fn devices_take_equal_shares() {
        let settings = preset(ImageSet::Digits, Preset::Quick);
        assert!(settings.check_devices(1).is_ok() && settings.check_devices(2).is_ok());
        let error = settings.check_devices(3).unwrap_err().to_string();
        assert!(
            error.ends_with("a multiple of 3, the number of devices"),
            "{error}"
        );
        let growing = Settings {
            push_epochs: 2,
            ..settings
        };
        assert!(growing.check_devices(1).is_ok() && growing.check_devices(2).is_err());
    }

    #[test]
    fn bad_settings_are_named() {
        for (json, message) in [
            (
                r#"{"p": 0.5}"#,
                "p = 0.5 is not allowed: it must be from 1 to 40",
            ),
            (
                r#"{"hidden": 4}"#,
                "is not allowed: it must be at most the number of hidden units, 4",
            ),
            (r#"{"batch_size": 0}"#, "batch_size = 0 is not allowed"),
            (
                r#"{"learning_rate": 0}"#,
                "learning_rate = 0 is not allowed",
            ),
            (
                r#"{"learning_rates_readout": []}"#,
                "learning_rates_readout = []",
            ),
            (r#"{"loss_power": 0}"#, "loss_power = 0 is not allowed"),
            (
                r#"{"push_epochs": 201}"#,
                "push_epochs = 201 is not allowed: it must be at most 200, the epochs of stage 1",
            ),
            (r#"{"loss_power": 1e300}"#, "it must be from 1 to 1000"),
            (r#"{"power": 1e300}"#, "power = 1e300 is not allowed"),
            (r#"{"delta": 1e300}"#, "delta = 1e300 is not allowed"),
            (r#"{"beta": 1e300}"#, "beta = 1e300 is not allowed"),
            (
                r#"{"penalty_readout": -1}"#,
                "penalty_readout = -1 is not allowed: it must be from 0 to 1e6",
            ),
            (r#"{"beta": -1}"#, "beta = -1 is not allowed"),
            (
                r#"{"beta_backprop": 0}"#,
                "beta_backprop = 0 is not allowed",
            ),
            (
                r#"{"only": "backprop", "from_hidden": "runs/a"}"#,
                "only = backprop is not allowed: it must be both or biological with --from-hidden",
            ),
            (r#"{"only": "none"}"#, "unknown variant `none`"),
            (r#"{"powr": 2}"#, "unknown field `powr`"),
            (r#"{"k": "two"}"#, "invalid type: string"),
            ("[1", "is malformed"),
        ] {
            let error = resolve(json, &Overrides::default())
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{json}: {error}");
        }
        let missing = Settings::resolve(Some(Path::new("no/such.json")), &Overrides::default());
        let error = missing.unwrap_err().to_string();
        assert!(
            error.starts_with("cannot read the config no/such.json"),
            "{error}"
        );
    }
}

//! Every setting, declared once: a field of the settings, a flag, and a key of a file.

use std::path::Path;

use burn_hebbian::FeatureScale;
use burn_runs::Backend;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};

use super::{Loss, Preset, Rates, SettingsError};
use image_sets::ImageSet;

/// Declares the settings with their docs, which are also the help of the flags. Attributes are those of
/// the flag.
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $(#[arg($($arg:tt)*)])? $field:ident: $type:ty,)*) => {
        /// The settings of a run: what `config.json` holds and each flag sets one of.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        /// The settings that a `--config` file or flags change; what is absent stays.
        #[derive(Args, Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Overrides {
            $($(#[doc = $doc])* #[arg(long, $($($arg)*)?)] pub $field: Option<$type>,)*
        }

        impl Overrides {
            /// Takes what `other` sets.
            pub(crate) fn overlay(&mut self, other: &Self) {
                $(if other.$field.is_some() { self.$field = other.$field.clone(); })*
            }

            /// The settings with these changes.
            pub(super) fn apply(self, settings: Settings) -> Settings {
                Settings {
                    $($field: self.$field.unwrap_or(settings.$field),)*
                }
            }
        }
    };
}

settings! {
    /// The images to learn [default: digits]
    dataset: ImageSet,
    /// The settings to start from: `quick`, or `paper` as published [default: quick]
    preset: Preset,
    /// Where tensors are computed [default: flex]
    backend: Backend,
    /// The seed of the weights and of the order of the images [default: 0]
    seed: u64,
    /// Hold out the last N training images; the test set is then not touched [default: 0]
    #[arg(value_name = "N")]
    validation: usize,
    /// Every how many epochs the animation gets a frame
    #[arg(value_name = "N")]
    snapshot_every: usize,

    /// The number of hidden units K of both networks
    hidden: usize,
    /// The Lebesgue norm p of the local rule
    p: f64,
    /// The rank k of the unit that is pushed away; 2 is the runner-up
    k: usize,
    /// The strength delta of that push
    delta: f64,
    /// The radius R of the sphere that the synapses converge to
    radius: f64,
    /// Whether stage 1 sees images of unit length (else pixels from 0 to 1)
    unit_length: bool,
    /// The epochs of stage 1, the local rule
    epochs_hebbian: usize,
    /// The images per step of stage 1
    batch_size: usize,
    /// The learning rate of stage 1, which falls linearly to 0
    learning_rate: f64,

    /// The power n of the hidden units of the biological network
    power: f64,
    /// The root mean square that the features are divided by before the readout
    #[arg(value_parser = feature_scale())]
    feature_scale: FeatureScale,
    /// The loss of the readout, stage 2
    loss_readout: Loss,
    /// The scale beta of the power loss of the readout
    beta: f64,
    /// The power m of the power loss, that of either network
    loss_power: f64,
    /// The epochs of the readout
    epochs_readout: usize,
    /// The images per step of the readout
    batch_size_readout: usize,
    /// Adam's rates of the readout, comma-separated, each for an equal part of its epochs
    learning_rates_readout: Rates,

    /// The loss of the backprop network
    loss_backprop: Loss,
    /// The scale beta of the power loss of the backprop network
    beta_backprop: f64,
    /// The epochs of the backprop network
    epochs_backprop: usize,
    /// The images per step of the backprop network
    batch_size_backprop: usize,
    /// Adam's rates of the backprop network, comma-separated, each for an equal part of its epochs
    learning_rates_backprop: Rates,
}

/// Reads the names that files have too; the library knows no flags.
fn feature_scale() -> impl TypedValueParser<Value = FeatureScale> {
    PossibleValuesParser::new(["layer", "unit", "capped"])
        .map(|name| serde_json::from_value(name.into()).expect("these are its names"))
}

impl Overrides {
    /// Reads a `--config` file: a JSON object with any of the settings, or the `config.json` of
    /// an earlier run.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.display().to_string(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| SettingsError::Malformed {
            path: path.display().to_string(),
            source,
        })
    }
}

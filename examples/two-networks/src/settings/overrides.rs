//! The same settings as flags and as a file, each optional.

use std::path::Path;

use clap::Args;
use image_sets::ImageSet;
use serde::Deserialize;

use super::{FeatureScale, Loss, Preset, Settings, SettingsError};
use crate::backend::Backend;

/// Declares one optional field per setting, as a flag and as a key of the `--config` file.
macro_rules! overrides {
    ($($(#[$attribute:meta])* $field:ident: $type:ty,)*) => {
        /// The settings that a `--config` file or flags change; what is absent stays.
        #[derive(Args, Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Overrides {
            $($(#[$attribute])* #[arg(long)] pub $field: Option<$type>,)*
        }

        impl Overrides {
            /// Takes what `other` sets.
            pub(crate) fn overlay(&mut self, other: &Self) {
                $(if other.$field.is_some() { self.$field = other.$field.clone(); })*
            }

            /// The settings with these changes.
            pub(super) fn apply(self, settings: Settings) -> Settings {
                Settings {
                    $($field: self.$field.map(Into::into).unwrap_or(settings.$field),)*
                }
            }
        }
    };
}

/// A comma-separated list of learning rates.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Rates(Vec<f64>);

impl From<Rates> for Vec<f64> {
    fn from(rates: Rates) -> Self {
        rates.0
    }
}

impl std::str::FromStr for Rates {
    type Err = std::num::ParseFloatError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let rates: Result<_, _> = list.split(',').map(|rate| rate.trim().parse()).collect();
        rates.map(Rates)
    }
}

overrides! {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_a_list() {
        let rates: Rates = "1e-3, 5e-4,0.0001".parse().unwrap();
        assert_eq!(Vec::from(rates), [1e-3, 5e-4, 1e-4]);
        assert!("1e-3,,2".parse::<Rates>().is_err());
    }
}

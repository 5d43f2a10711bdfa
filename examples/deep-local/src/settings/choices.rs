//! Settings that are one of a few words.

use burn_hebbian::{
    AnyRuleConfig, KrotovHopfieldConfig, SoftCompetitionConfig, WinnerForm, WinnerTakeAllConfig,
};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Settings;

/// A set of settings to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A quarter of the width and a short readout: minutes on two CPU cores.
    Quick,
    /// As published.
    Paper,
}

impl Preset {
    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Paper => "paper",
        }
    }
}

/// What a block learns by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Soft competition: the winner is drawn to the patch, all others are pushed away
    Soft,
    /// Soft competition without a push: all units are drawn to the patch
    SoftAll,
    /// Only the winner learns, by x - u W
    Plain,
    /// Only the winner learns, by Oja's rule u (x - u W)
    Oja,
    /// Only the winner learns, by Grossberg's instar u (x - W)
    Instar,
    /// The rule of Krotov and Hopfield, on patches of unit length
    KrotovHopfield,
    /// None: random filters, of which only the batch norm is fitted
    Random,
}

impl Rule {
    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Soft => "soft",
            Self::SoftAll => "soft-all",
            Self::Plain => "plain",
            Self::Oja => "oja",
            Self::Instar => "instar",
            Self::KrotovHopfield => "krotov-hopfield",
            Self::Random => "random",
        }
    }

    /// The name in tables and sentences.
    pub fn title(self) -> &'static str {
        match self {
            Self::Soft => "Soft competition",
            Self::SoftAll => "Soft competition, all Hebbian",
            Self::Plain => "Winner-take-all",
            Self::Oja => "Winner-take-all by Oja's rule",
            Self::Instar => "Winner-take-all by the instar",
            Self::KrotovHopfield => "Krotov-Hopfield",
            Self::Random => "Random filters",
        }
    }

    /// Whether the rule is made for patches of unit length.
    pub fn takes_unit_patches(self) -> bool {
        self == Self::KrotovHopfield
    }

    /// The rule of `block`, counted from 0. Random filters have one that is never asked.
    pub(super) fn config(self, settings: &Settings, block: usize) -> AnyRuleConfig {
        let soft = |anti_hebbian| {
            let soft = SoftCompetitionConfig::new()
                .with_inverse_temperature(settings.temperatures[block])
                .with_anti_hebbian(anti_hebbian);
            AnyRuleConfig::Soft(soft)
        };
        let winner = |form| {
            let winner = WinnerTakeAllConfig::new().with_form(form);
            AnyRuleConfig::WinnerTakeAll(winner)
        };
        match self {
            Self::Soft | Self::Random => soft(true),
            Self::SoftAll => soft(false),
            Self::Plain => winner(WinnerForm::Plain),
            Self::Oja => winner(WinnerForm::Oja),
            Self::Instar => winner(WinnerForm::Instar),
            Self::KrotovHopfield => AnyRuleConfig::KrotovHopfield(
                KrotovHopfieldConfig::new()
                    .with_p(settings.p)
                    .with_k(settings.k)
                    .with_delta(settings.delta),
            ),
        }
    }
}

/// The order in which the blocks learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// In every step, each from what the unfinished ones below give it
    AllAtOnce,
    /// Each from what the finished ones below give it
    BlockAfterBlock,
}

/// How long the same network is trained by backpropagation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backprop {
    /// Not at all
    None,
    /// As long as the local training, the features and the readout took
    Budget,
    /// For all of its epochs
    Epochs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        let same = |value: Option<clap::builder::PossibleValue>, json: String, name: &str| {
            assert_eq!(value.unwrap().get_name(), name);
            assert_eq!(json, format!("\"{name}\""));
        };
        for rule in Rule::value_variants() {
            let json = serde_json::to_string(rule).unwrap();
            same(rule.to_possible_value(), json, rule.name());
        }
        for preset in Preset::value_variants() {
            let json = serde_json::to_string(preset).unwrap();
            same(preset.to_possible_value(), json, preset.name());
        }
    }
}

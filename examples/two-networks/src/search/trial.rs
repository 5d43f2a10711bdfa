//! One trial: settings, and what only a trial may vary.

use image_sets::ImageSet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SearchError;
use super::space::{Point, Space, settings};
use crate::settings::{Only, Overrides, Settings};

/// What a trial trains and judges.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Where the trial stands in the space.
    pub number: usize,
    /// The combination that it tries.
    pub point: Point,
    /// The settings of its networks.
    pub settings: Settings,
    /// What differs from a run of the program.
    pub variation: Variation,
}

/// What a trial may change beyond the settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Variation {
    /// The network that is trained and judged. Defaults to the biological one.
    pub network: Network,
    /// Where the synapses of the hidden units come from. Defaults to the local rule.
    pub synapses: Origin,
    /// Whether the pixels of all images are put into another, random but fixed, order.
    pub permuted: bool,
    /// The images that stage 1 learns from. Defaults to those of the readout.
    pub learn_from: Option<ImageSet>,
    /// The classes that stage 1 learns from. Defaults to all.
    pub learn_classes: Option<Vec<u16>>,
    /// The classes that the readout, or the backprop network, learns and is judged on. Defaults to
    /// all.
    pub judge_classes: Option<Vec<u16>>,
}

impl Default for Variation {
    fn default() -> Self {
        Self {
            network: Network::Biological,
            synapses: Origin::LocalRule,
            permuted: false,
            learn_from: None,
            learn_classes: None,
            judge_classes: None,
        }
    }
}

/// One of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The network of two stages.
    Biological,
    /// The network trained end to end.
    Backprop,
}

/// Where synapses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Stage 1, by the fast form of the rule.
    LocalRule,
    /// Stage 1, by the slower form: activities settle by lateral inhibition.
    LateralInhibition,
    /// Nowhere: random numbers, N(0, 1).
    Gaussian,
    /// Training images, drawn at random and scaled to unit length.
    TrainingImages,
    /// One hidden unit for each pixel: the readout sees the image itself.
    Pixels,
}

impl Trial {
    /// All trials of a space, those next to each other that share stage 1.
    ///
    /// # Errors
    ///
    /// A [`SearchError`] for the first trial whose settings cannot be used.
    pub fn all(space: &Space) -> Result<Vec<Self>, SearchError> {
        let mut trials = Vec::new();
        for (number, point) in space.points().into_iter().enumerate() {
            trials.push(Self::new(number, point, &space.fixed)?);
        }
        let mut order: Vec<Stage1> = Vec::new();
        let mut place = |trial: &Trial| {
            let stage_1 = trial.stage_1();
            order
                .iter()
                .position(|known| *known == stage_1)
                .unwrap_or_else(|| {
                    order.push(stage_1);
                    order.len() - 1
                })
        };
        let mut placed: Vec<_> = trials
            .into_iter()
            .map(|trial| (place(&trial), trial))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        Ok(placed.into_iter().map(|(_, trial)| trial).collect())
    }

    fn new(number: usize, point: Point, fixed: &Point) -> Result<Self, SearchError> {
        let unusable = |reason: String| SearchError::Trial { number, reason };
        let names = serde_json::to_value(Variation::default()).expect("a plain structure");
        let merged = fixed.clone().into_iter().chain(settings(&point));
        let (variation, settings): (Map<_, _>, Map<_, _>) =
            merged.partition(|(key, _)| names.get(key).is_some());
        let variation: Variation = serde_json::from_value(Value::Object(variation))
            .map_err(|error| unusable(error.to_string()))?;
        let overrides: Overrides = serde_json::from_value(Value::Object(settings))
            .map_err(|error| unusable(error.to_string()))?;
        let settings =
            Settings::resolve(None, &overrides).map_err(|error| unusable(error.to_string()))?;
        if settings.validation == 0 {
            let reason = "validation = 0, but settings are chosen on images held out from training";
            return Err(unusable(reason.into()));
        }
        if settings.only != Only::Both {
            let reason = "only is of runs; `network` says which one a trial trains";
            return Err(unusable(reason.into()));
        }
        if settings.push_epochs > 0 && variation.synapses == Origin::LateralInhibition {
            let reason =
                "a push that grows is not made for lateral-inhibition; set push_epochs to 0";
            return Err(unusable(reason.into()));
        }
        if let Some(origin) = variation.learn_from
            && Some(origin.shape()) != settings.dataset.set().map(ImageSet::shape)
        {
            let reason = format!(
                "images of {origin} are not known to have the shape of {}",
                settings.dataset
            );
            return Err(unusable(reason));
        }
        Ok(Self {
            number,
            point,
            settings,
            variation,
        })
    }

    /// Whether the hidden layer of this trial is that of `other` too.
    pub(super) fn shares_hidden(&self, other: &Self) -> bool {
        // A backprop network has one of its own.
        self.variation.network == Network::Biological && self.stage_1() == other.stage_1()
    }

    /// What the synapses depend on: trials with equal ones share them.
    pub(super) fn stage_1(&self) -> Stage1 {
        let start = crate::settings::preset(self.settings.dataset.clone(), self.settings.preset);
        Stage1 {
            settings: Settings {
                labels: start.labels,
                power: start.power,
                feature_scale: start.feature_scale,
                loss_readout: start.loss_readout,
                beta: start.beta,
                loss_power: start.loss_power,
                penalty_readout: start.penalty_readout,
                epochs_readout: start.epochs_readout,
                batch_size_readout: start.batch_size_readout,
                learning_rates_readout: start.learning_rates_readout,
                loss_backprop: start.loss_backprop,
                beta_backprop: start.beta_backprop,
                epochs_backprop: start.epochs_backprop,
                batch_size_backprop: start.batch_size_backprop,
                learning_rates_backprop: start.learning_rates_backprop,
                ..self.settings.clone()
            },
            variation: Variation {
                judge_classes: self
                    .variation
                    .judge_classes
                    .clone()
                    .filter(|_| self.variation.learn_classes.is_none()),
                ..self.variation.clone()
            },
        }
    }
}

/// What the synapses of a trial depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stage1 {
    settings: Settings,
    variation: Variation,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trials(fixed: Value, grid: Value) -> Result<Vec<Trial>, SearchError> {
        let space = json!({"about": "", "fixed": fixed, "grid": grid});
        Trial::all(&serde_json::from_value(space).unwrap())
    }

    #[test]
    fn trials_that_share_stage_1_are_neighbours() {
        let trials = trials(
            json!({"validation": 360}),
            json!({"beta": [0.1, 0.3], "delta": [0.2, 0.4], "power": [2, 4]}),
        )
        .unwrap();
        let stages: Vec<_> = trials.iter().map(Trial::stage_1).collect();
        assert!(stages[..4].iter().all(|stage| *stage == stages[0]));
        assert!(stages[4..].iter().all(|stage| *stage == stages[4]));
        assert_ne!(stages[0], stages[4]);
    }

    #[test]
    fn no_hidden_layer_of_a_backprop_network_is_shared() {
        let of = |network: &str| {
            let fixed = json!({"validation": 360, "network": network});
            trials(fixed, json!({"loss_power": [4, 6]})).unwrap()
        };
        for (network, shares) in [("biological", true), ("backprop", false)] {
            let trials = of(network);
            assert_eq!(trials[0].shares_hidden(&trials[1]), shares, "{network}");
        }
    }

    #[test]
    fn a_trial_holds_settings_and_variations() {
        let trials = trials(
            json!({"validation": 360, "network": "backprop"}),
            json!({"permuted": [false, true]}),
        )
        .unwrap();
        assert_eq!(trials[1].variation.network, Network::Backprop);
        assert!(trials[1].variation.permuted);
        assert_eq!(trials[1].settings.validation, 360);
    }

    #[test]
    fn what_makes_no_trial_is_named() {
        for (fixed, grid, message) in [
            (json!({}), json!({"k": [2]}), "trial 0: validation = 0"),
            (
                json!({"validation": 360}),
                json!({"k": [2, 0]}),
                "trial 1: k = 0",
            ),
            (
                json!({"validation": 360}),
                json!({"kk": [2]}),
                "unknown field `kk`",
            ),
            (
                json!({"validation": 360, "learn_from": "cifar10"}),
                json!({"k": [2]}),
                "images of cifar10 are not known to have the shape of digits",
            ),
            (
                json!({"validation": 360}),
                json!({"only": ["backprop"]}),
                "only is of runs",
            ),
            (
                json!({"validation": 360, "push_epochs": 9}),
                json!({"synapses": ["lateral-inhibition"]}),
                "set push_epochs to 0",
            ),
            (
                json!({"validation": 360}),
                json!({"synapses": ["gauss"]}),
                "unknown variant `gauss`",
            ),
        ] {
            let error = trials(fixed, grid).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}

//! One of the rules, chosen at run time.

use burn::config::Config;
use burn::tensor::{Int, Tensor};

use super::{
    KrotovHopfield, KrotovHopfieldConfig, LocalRule, LocalUpdate, RuleConfig, SoftCompetition,
    SoftCompetitionConfig, WinnerTakeAll, WinnerTakeAllConfig,
};
use crate::SettingError;

/// The settings of [`AnyRule`], for a program whose user chooses the rule.
#[derive(Config, Debug, PartialEq)]
pub enum AnyRuleConfig {
    /// The rule of competing hidden units.
    KrotovHopfield(KrotovHopfieldConfig),
    /// Soft competition.
    Soft(SoftCompetitionConfig),
    /// Hard competition.
    WinnerTakeAll(WinnerTakeAllConfig),
}

impl RuleConfig for AnyRuleConfig {
    type Rule = AnyRule;

    fn init(&self) -> Result<AnyRule, SettingError> {
        Ok(match self {
            Self::KrotovHopfield(config) => AnyRule::KrotovHopfield(config.init()?),
            Self::Soft(config) => AnyRule::Soft(config.init()?),
            Self::WinnerTakeAll(config) => AnyRule::WinnerTakeAll(RuleConfig::init(config)?),
        })
    }
}

/// One of the rules, chosen at run time. Made by [`AnyRuleConfig`].
#[derive(Clone, Debug, PartialEq)]
pub enum AnyRule {
    /// The rule of competing hidden units.
    KrotovHopfield(KrotovHopfield),
    /// Soft competition.
    Soft(SoftCompetition),
    /// Hard competition.
    WinnerTakeAll(WinnerTakeAll),
}

/// Hands a call to the rule that was chosen.
macro_rules! chosen {
    ($any:ident, $rule:ident => $call:expr) => {
        match $any {
            AnyRule::KrotovHopfield($rule) => $call,
            AnyRule::Soft($rule) => $call,
            AnyRule::WinnerTakeAll($rule) => $call,
        }
    };
}

impl LocalRule for AnyRule {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        chosen!(self, rule => rule.update(synapses, visible))
    }

    fn update_given(
        &self,
        synapses: Tensor<2>,
        visible: Tensor<2>,
        products: Tensor<2>,
    ) -> LocalUpdate {
        chosen!(self, rule => rule.update_given(synapses, visible, products))
    }

    fn winners(&self, synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
        chosen!(self, rule => rule.winners(synapses, visible))
    }

    fn norms(&self, synapses: Tensor<2>) -> Tensor<1> {
        chosen!(self, rule => rule.norms(synapses))
    }

    fn check(&self, visible: usize, hidden: usize) -> Result<(), SettingError> {
        chosen!(self, rule => rule.check(visible, hidden))
    }
}

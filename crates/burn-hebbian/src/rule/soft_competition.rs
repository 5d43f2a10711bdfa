//! `dW_mu = sum of y_mu (v - u_mu W_mu)`, `y = +-softmax(t u)`: all units learn, each by its share.

use burn::config::Config;
use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor};

use super::currents::{is_winner, strongest};
use super::parts::update_by_products;
use super::{LocalRule, LocalUpdate, RuleConfig, plasticity};
use crate::SettingError;
use crate::error::require_number;
use crate::kernel::{self, Competitors};

/// Settings of the [`SoftCompetition`] rule.
///
/// The defaults are those published for the first block of the network of Journé et al., *Hebbian
/// deep learning without feedback*, ICLR 2023,
/// [arXiv:2209.11883](https://arxiv.org/abs/2209.11883).
#[derive(Config, Debug, PartialEq)]
pub struct SoftCompetitionConfig {
    /// The inverse temperature t that multiplies the products, above 0: the larger, the more the
    /// winner takes. Defaults to 1.
    #[config(default = 1.0)]
    pub inverse_temperature: f64,
    /// Whether all units but the winner are pushed away from the example. Defaults to true.
    #[config(default = true)]
    pub anti_hebbian: bool,
}

impl RuleConfig for SoftCompetitionConfig {
    type Rule = SoftCompetition;

    fn init(&self) -> Result<SoftCompetition, SettingError> {
        SoftCompetitionConfig::init(self)
    }
}

impl SoftCompetitionConfig {
    /// Checks the settings and makes the rule.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] unless the inverse temperature is above 0 and finite.
    pub fn init(&self) -> Result<SoftCompetition, SettingError> {
        require_number(
            self.inverse_temperature > 0.0,
            "inverse_temperature",
            self.inverse_temperature,
            "above 0",
        )?;
        Ok(SoftCompetition {
            config: self.clone(),
        })
    }
}

/// Soft competition: the units share each example by a softmax, the winner's synapses move toward
/// it and the losers' away from it, or all toward it.
///
/// ```text
/// u_mu  = W_mu . v
/// a_mu  = exp(t u_mu) / sum over nu of exp(t u_nu)
/// y_mu  = a_mu for the largest u, -a_mu for the others (or a_mu for all)
/// dW_mu = y_mu (v - u_mu W_mu)
/// ```
///
/// Journé et al. 2023, [arXiv:2209.11883](https://arxiv.org/abs/2209.11883); with all units Hebbian
/// Moraitis et al. 2022,
/// [doi:10.1088/2634-4386/aca710](https://doi.org/10.1088/2634-4386/aca710). Both start from long
/// synapses, 25 to 35, at a [rate for each unit](crate::MaxNormalizedConfig::rate_power) that dies
/// out as its length nears 1. Made by [`SoftCompetitionConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct SoftCompetition {
    config: SoftCompetitionConfig,
}

impl SoftCompetition {
    /// The settings of the rule.
    pub fn config(&self) -> &SoftCompetitionConfig {
        &self.config
    }

    /// What the fused competition needs to know.
    pub(crate) fn competitors(&self) -> Competitors {
        Competitors::Soft {
            inverse_temperature: self.config.inverse_temperature,
            anti_hebbian: self.config.anti_hebbian,
        }
    }
}

impl LocalRule for SoftCompetition {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        update_by_products(self, synapses, visible)
    }

    fn update_given(
        &self,
        synapses: Tensor<2>,
        visible: Tensor<2>,
        products: Tensor<2>,
    ) -> LocalUpdate {
        if kernel::is_host_float(&products) {
            let (change, winners) =
                kernel::competed_update(synapses, visible, products, self.competitors());
            return LocalUpdate { change, winners };
        }
        let (responses, winners) = soft_responses(
            products.clone(),
            self.config.inverse_temperature,
            self.config.anti_hebbian,
        );
        LocalUpdate {
            change: plasticity(synapses, visible, products, responses, 1.0),
            winners,
        }
    }

    fn winners(&self, synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
        strongest(synapses, visible)
    }
}

/// The responses `y` of the units and the winners: `+-softmax(t u)`, positive for the winner.
///
/// # Shapes
///
/// - products u: `[batch, hidden]`
/// - responses: `[batch, hidden]`
/// - winners: `[batch]`
pub fn soft_responses(
    products: Tensor<2>,
    inverse_temperature: f64,
    anti_hebbian: bool,
) -> (Tensor<2>, Tensor<1, Int>) {
    let winners = products.clone().argmax(1);
    let shares = softmax(products * inverse_temperature, 1);
    let responses = if anti_hebbian {
        let [_, hidden] = shares.dims();
        let won = is_winner(winners.clone(), hidden);
        shares.clone().neg().mask_where(won, shares)
    } else {
        shares
    };
    (responses, winners.squeeze_dim(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn the_winner_is_drawn_and_the_losers_are_pushed_by_their_shares() {
        let products = || Tensor::<2>::from_data([[2f32.ln(), 0.0, 0.0]], &Device::default());
        for (anti_hebbian, expected) in [
            (true, [[0.5f32, -0.25, -0.25]]),
            (false, [[0.5, 0.25, 0.25]]),
        ] {
            let (responses, winners) = soft_responses(products(), 1.0, anti_hebbian);
            let tolerance = Tolerance::<f32>::default();
            responses
                .into_data()
                .assert_approx_eq(&TensorData::from(expected), tolerance);
            assert_eq!(winners.into_scalar::<i64>(), 0);
        }
    }

    #[test]
    fn an_inverse_temperature_without_a_softmax_is_refused() {
        for t in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let config = SoftCompetitionConfig::new().with_inverse_temperature(t);
            let message = config.init().unwrap_err().to_string();
            let start = format!("inverse_temperature = {t} is not allowed: it must be above 0");
            assert!(message.starts_with(&start), "{message}");
        }
    }
}

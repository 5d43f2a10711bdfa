//! `dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)`: the rule of competing hidden units, fast form.

use burn::config::Config;
use burn::tensor::{IndexingUpdateOp, Tensor};

use super::{LocalRule, LocalUpdate, RuleConfig, compete, currents, plasticity};
use crate::SettingError;
use crate::error::require;

/// Settings of the [`KrotovHopfield`] rule.
///
/// The defaults are those commonly quoted for MNIST in Krotov & Hopfield, PNAS 116 (2019) 7723,
/// [doi:10.1073/pnas.1820458116](https://doi.org/10.1073/pnas.1820458116).
#[derive(Config, Debug, PartialEq)]
pub struct KrotovHopfieldConfig {
    /// The Lebesgue norm p of the synapses, at least 1. Defaults to 3.
    #[config(default = 3.0)]
    pub p: f64,
    /// The rank of the unit that is pushed away, from 2 (the runner-up) to the number of hidden
    /// units. Exactly one unit is pushed, not all of the ranks 2 to k. Defaults to 7.
    #[config(default = 7)]
    pub k: usize,
    /// The strength of that push, at least 0. Defaults to 0.4.
    #[config(default = 0.4)]
    pub delta: f64,
    /// The radius R of the sphere `sum |W|^p = R^p` on which learning ends, above 0.
    /// Defaults to 1.
    #[config(default = 1.0)]
    pub radius: f64,
}

impl RuleConfig for KrotovHopfieldConfig {
    type Rule = KrotovHopfield;

    fn init(&self) -> Result<KrotovHopfield, SettingError> {
        KrotovHopfieldConfig::init(self)
    }
}

impl KrotovHopfieldConfig {
    /// Checks the settings and makes the rule.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first of p < 1, k < 2, delta < 0 and radius <= 0, and for any
    /// that is not finite.
    pub fn init(&self) -> Result<KrotovHopfield, SettingError> {
        check_norm(self.p, self.radius, self.delta)?;
        require(self.k >= 2, "k", self.k, "at least 2")?;
        Ok(KrotovHopfield {
            p: self.p,
            k: self.k,
            delta: self.delta,
            radius: self.radius,
        })
    }
}

/// The checks that both forms of the rule share.
pub(super) fn check_norm(p: f64, radius: f64, delta: f64) -> Result<(), SettingError> {
    require(p.is_finite() && p >= 1.0, "p", p, "at least 1")?;
    require(
        delta.is_finite() && delta >= 0.0,
        "delta",
        delta,
        "at least 0",
    )?;
    require(
        radius.is_finite() && radius > 0.0,
        "radius",
        radius,
        "above 0",
    )
}

/// The fast form of the rule of Krotov & Hopfield: the strongest unit moves toward the example,
/// the unit ranked k away from it.
///
/// ```text
/// I_mu    = sum_i sign(W_mu,i) |W_mu,i|^(p-1) v_i
/// g_mu    = 1 for the largest current, -delta for the k-th largest, 0 for the rest
/// dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)
/// ```
///
/// A blank example changes nothing. Made by [`KrotovHopfieldConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct KrotovHopfield {
    p: f64,
    k: usize,
    delta: f64,
    radius: f64,
}

impl LocalRule for KrotovHopfield {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        let currents = currents(synapses.clone(), visible.clone(), self.p);
        let competition = compete(currents.clone(), self.k);
        let [batch, _] = currents.dims();
        let device = currents.device();
        let push = Tensor::full([batch, 1], -self.delta, &device);
        let activations = currents
            .zeros_like()
            .scatter(
                1,
                competition.winners.clone(),
                Tensor::ones([batch, 1], &device),
                IndexingUpdateOp::Add,
            )
            .scatter(1, competition.ranked_k, push, IndexingUpdateOp::Add);
        LocalUpdate {
            change: plasticity(
                synapses,
                visible,
                currents,
                activations,
                self.radius.powf(self.p),
            ),
            winners: competition.winners.squeeze_dim(1),
        }
    }

    fn norms(&self, synapses: Tensor<2>) -> Tensor<1> {
        relative_norms(synapses, self.p, self.radius)
    }

    fn check(&self, _visible: usize, hidden: usize) -> Result<(), SettingError> {
        require(
            self.k <= hidden,
            "k",
            self.k,
            &format!("at most the number of hidden units, {hidden}"),
        )
    }
}

/// `sum_i |W_mu,i|^p / R^p`, `[hidden]`: 1 for a unit that has converged.
pub(super) fn relative_norms(synapses: Tensor<2>, p: f64, radius: f64) -> Tensor<1> {
    let magnitude = synapses.abs();
    let powered = match p {
        1.0 => magnitude,
        2.0 => magnitude.square(),
        3.0 => magnitude.clone().square() * magnitude,
        p => magnitude.powf_scalar(p),
    };
    powered.sum_dim(1).squeeze_dim(1) / radius.powf(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_out_of_range_is_named() {
        let config = KrotovHopfieldConfig::new;
        for (wrong, message) in [
            (
                config().with_p(0.9),
                "p = 0.9 is not allowed: it must be at least 1",
            ),
            (
                config().with_p(f64::NAN),
                "p = NaN is not allowed: it must be at least 1",
            ),
            (
                config().with_k(1),
                "k = 1 is not allowed: it must be at least 2",
            ),
            (
                config().with_delta(-0.1),
                "delta = -0.1 is not allowed: it must be at least 0",
            ),
            (
                config().with_radius(0.0),
                "radius = 0 is not allowed: it must be above 0",
            ),
        ] {
            assert_eq!(wrong.init().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn k_is_checked_against_the_layer() {
        let rule = KrotovHopfieldConfig::new().with_k(8).init().unwrap();
        assert!(rule.check(5, 8).is_ok());
        assert_eq!(
            rule.check(5, 7).unwrap_err().to_string(),
            "k = 8 is not allowed: it must be at most the number of hidden units, 7"
        );
    }
}

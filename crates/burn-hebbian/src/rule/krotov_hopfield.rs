//! `dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)`: the rule of competing hidden units, fast form.

use burn::config::Config;
use burn::tensor::{Int, Tensor, assert_shape};

use super::competition::{assert_rank, compete};
use super::currents::{is_winner, relative_norms};
use super::parts::{parts, sum_over_parts};
use super::{LocalRule, LocalUpdate, RuleConfig, currents, plasticity, powered_synapses};
use crate::SettingError;
use crate::error::{require, require_number};
use crate::kernel::{self, Constants};

/// Settings of the [`KrotovHopfield`] rule.
///
/// The defaults are those commonly quoted for MNIST in Krotov & Hopfield, PNAS 116 (2019) 7723,
/// [doi:10.1073/pnas.1820458116](https://doi.org/10.1073/pnas.1820458116).
#[derive(Config, Debug, PartialEq)]
pub struct KrotovHopfieldConfig {
    /// The Lebesgue norm p of the synapses, from 1 to 40. Defaults to 3.
    #[config(default = 3.0)]
    pub p: f64,
    /// The rank of the unit that is pushed away, from 2 (the runner-up) to the number of hidden
    /// units. Exactly one unit is pushed, not all of the ranks 2 to k. Defaults to 7.
    #[config(default = 7)]
    pub k: usize,
    /// The strength of that push, at least 0. Defaults to 0.4.
    #[config(default = 0.4)]
    pub delta: f64,
    /// The radius R of the sphere `sum |W|^p = R^p` on which learning ends, above 0, with R^p from
    /// 1e-20 to 1e20. Defaults to 1.
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
    /// A [`SettingError`] for the first setting outside the range that its field states.
    pub fn init(&self) -> Result<KrotovHopfield, SettingError> {
        check_norm(self.p, self.radius, self.delta)?;
        require(self.k >= 2, "k", self.k, "at least 2")?;
        Ok(KrotovHopfield {
            config: self.clone(),
        })
    }
}

/// The largest p for which a start from N(0, 1) does not overflow float32: |W|^(p-1) of the largest
/// of a million synapses, 5.2, is 8e27.
const LARGEST_NORM: f64 = 40.0;

/// What R^p may be: past it updates vanish or overflow in float32.
const RADIUS_TO_THE_P: std::ops::RangeInclusive<f64> = 1e-20..=1e20;

/// The checks that both forms of the rule share.
pub(super) fn check_norm(p: f64, radius: f64, delta: f64) -> Result<(), SettingError> {
    require(
        (1.0..=LARGEST_NORM).contains(&p),
        "p",
        p,
        &format!("from 1 to {LARGEST_NORM}"),
    )?;
    require_number(delta >= 0.0, "delta", delta, "at least 0")?;
    require_number(radius > 0.0, "radius", radius, "above 0")?;
    let (least, most) = RADIUS_TO_THE_P.into_inner();
    require(
        RADIUS_TO_THE_P.contains(&radius.powf(p)),
        "radius",
        radius,
        &format!(
            "from {:.1e} to {:.1e}, so that radius^p with p = {p} is from {least:e} to {most:e}",
            least.powf(1.0 / p),
            most.powf(1.0 / p)
        ),
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
    config: KrotovHopfieldConfig,
}

impl KrotovHopfield {
    /// The settings of the rule.
    pub fn config(&self) -> &KrotovHopfieldConfig {
        &self.config
    }

    /// What the fused operations need to know.
    pub(crate) fn constants(&self) -> Constants {
        let KrotovHopfieldConfig {
            p,
            k,
            delta,
            radius,
        } = self.config;
        Constants {
            p,
            k,
            delta,
            radius,
        }
    }

    fn assert_fits(&self, synapses: &Tensor<2>, visible: &Tensor<2>) {
        let [hidden, inputs] = synapses.dims();
        assert_shape!(visible, [_, inputs]);
        assert_rank(self.config.k, hidden);
    }

    /// The update of all examples at once, fused where that can be.
    fn update_at_once(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        if kernel::is_fused(&synapses, &visible) {
            let (change, winners) = kernel::local_update(synapses, visible, self.constants());
            LocalUpdate { change, winners }
        } else {
            self.update_by_tensors(synapses, visible)
        }
    }

    /// The update made of Burn's own operations, for any backend.
    fn update_by_tensors(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        let currents = currents(synapses.clone(), visible.clone(), self.config.p);
        let competition = compete(currents.clone(), self.config.k);
        let [_, hidden] = currents.dims();
        let only = |units: Tensor<2, Int>, value: f64| {
            let chosen = is_winner(units, hidden);
            currents.zeros_like().mask_fill(chosen, value)
        };
        let activations =
            only(competition.winners.clone(), 1.0) + only(competition.ranked_k, -self.config.delta);
        LocalUpdate {
            change: plasticity(
                synapses,
                visible,
                currents,
                activations,
                self.constants().radius_to_the_p(),
            ),
            winners: competition.winners.squeeze_dim(1),
        }
    }
}

impl LocalRule for KrotovHopfield {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        self.assert_fits(&synapses, &visible);
        if kernel::is_fused(&synapses, &visible) {
            self.update_at_once(synapses, visible)
        } else {
            sum_over_parts(visible, |part| self.update_at_once(synapses.clone(), part))
        }
    }

    fn winners(&self, synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
        self.assert_fits(&synapses, &visible);
        let powered = powered_synapses(synapses, self.config.p).transpose();
        let winners = parts(visible)
            .into_iter()
            .map(|part| part.matmul(powered.clone()).argmax(1).squeeze_dim(1));
        Tensor::cat(winners.collect(), 0)
    }

    fn norms(&self, synapses: Tensor<2>) -> Tensor<1> {
        relative_norms(synapses, self.config.p, self.config.radius)
    }

    fn check(&self, _visible: usize, hidden: usize) -> Result<(), SettingError> {
        require(
            self.config.k <= hidden,
            "k",
            self.config.k,
            &format!("at most the number of hidden units, {hidden}"),
        )
    }
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
                "p = 0.9 is not allowed: it must be from 1 to 40",
            ),
            (
                config().with_p(f64::NAN),
                "p = NaN is not allowed: it must be from 1 to 40",
            ),
            (
                config().with_p(100.0),
                "p = 100 is not allowed: it must be from 1 to 40",
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
            (
                config().with_radius(1e-20),
                "radius = 0.00000000000000000001 is not allowed: it must be from 2.2e-7 to 4.6e6, so \
                 that radius^p with p = 3 is from 1e-20 to 1e20",
            ),
            (
                config().with_radius(5.0).with_p(30.0),
                "radius = 5 is not allowed: it must be from 2.2e-1 to 4.6e0, so that radius^p with p \
                 = 30 is from 1e-20 to 1e20",
            ),
        ] {
            assert_eq!(wrong.init().unwrap_err().to_string(), message);
        }
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 5, got 6")]
    fn examples_that_do_not_fit_the_synapses() {
        let rule = KrotovHopfieldConfig::new().with_k(2).init().unwrap();
        let device = Default::default();
        rule.update(
            Tensor::zeros([4, 5], &device),
            Tensor::zeros([5, 6], &device),
        );
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

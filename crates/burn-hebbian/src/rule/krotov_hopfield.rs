//! `dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)`: the rule of competing hidden units, fast form.

use burn::config::Config;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, assert_shape};

use super::competition::{assert_rank, compete_by_argmax};
use super::{LocalRule, LocalUpdate, RuleConfig, Synapses, currents, plasticity};
use crate::error::require;
use crate::{SettingError, kernel};

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
    pub(crate) p: f64,
    pub(crate) k: usize,
    pub(crate) delta: f64,
    pub(crate) radius: f64,
}

impl KrotovHopfield {
    /// `R^p`
    pub(crate) fn radius_to_the_p(&self) -> f64 {
        self.radius.powf(self.p)
    }

    fn assert_fits(&self, synapses: &Tensor<2>, visible: &Tensor<2>) {
        let [hidden, inputs] = synapses.dims();
        assert_shape!(visible, [_, inputs]);
        assert_rank(self.k, hidden);
    }

    /// The update made of Burn's own operations, for any backend.
    fn update_by_tensors(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        let currents = currents(synapses.clone(), visible.clone(), self.p);
        let competition = compete_by_argmax(currents.clone(), self.k);
        let [batch, _] = currents.dims();
        let like_currents = (&currents.device(), currents.dtype());
        let push = Tensor::full([batch, 1], -self.delta, like_currents);
        let activations = currents
            .zeros_like()
            .scatter(
                1,
                competition.winners.clone(),
                Tensor::ones([batch, 1], like_currents),
                IndexingUpdateOp::Add,
            )
            .scatter(1, competition.ranked_k, push, IndexingUpdateOp::Add);
        LocalUpdate {
            change: plasticity(
                synapses,
                visible,
                currents,
                activations,
                self.radius_to_the_p(),
            ),
            winners: competition.winners.squeeze_dim(1),
        }
    }
}

impl LocalRule for KrotovHopfield {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        self.assert_fits(&synapses, &visible);
        match is_fused(&synapses, &visible) {
            true => {
                let (change, winners) = kernel::local_update(synapses, visible, self);
                LocalUpdate { change, winners }
            }
            false => self.update_by_tensors(synapses, visible),
        }
    }

    fn step(
        &self,
        synapses: Synapses,
        visible: Tensor<2>,
        rate: f64,
    ) -> (Synapses, Tensor<1, Int>) {
        self.assert_fits(&synapses.weight, &visible);
        match is_fused(&synapses.weight, &visible) {
            true => synapses.fused_step(self, visible, rate),
            false => synapses.dense_step(self, visible, rate),
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

fn is_fused(synapses: &Tensor<2>, visible: &Tensor<2>) -> bool {
    // Mixed types fail in Burn's own operations, with Burn's own words.
    synapses.dtype() == visible.dtype() && kernel::is_fused(&synapses.device(), synapses.dtype())
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

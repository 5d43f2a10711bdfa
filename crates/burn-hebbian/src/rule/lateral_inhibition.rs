//! `tau dh_mu/dt = I_mu - w_inh sum over nu != mu of ReLU(h_nu) - h_mu`: the slower form of the
//! rule, in which the hidden activities settle before the synapses learn.

use burn::config::Config;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::currents::relative_norms;
use super::krotov_hopfield::check_norm;
use super::parts::sum_over_parts;
use super::{LocalRule, LocalUpdate, RuleConfig, currents, plasticity};
use crate::SettingError;
use crate::error::require;

/// Settings of the [`LateralInhibition`] rule.
///
/// Krotov & Hopfield publish the equations but not the constants `w_inh`, `h*` and `tau`. The
/// defaults here follow from the equations:
///
/// - Below `inhibition` = 1 the settled state is unique and keeps the order of the currents, so
///   the strongest settled unit is the one with the largest current. A unit stays active where its
///   current exceeds `inhibition` times the sum of the active ones, which for currents that differ
///   by about 1 % leaves about `sqrt(2 (1 - inhibition) / 0.01)` of them: 0.9 keeps four or five,
///   the "handful" of the paper.
/// - `tau` only sets the unit of time, so time is counted in it.
/// - The threshold `h*` is relative to the strongest settled activity of the example. The
///   activities shrink by orders of magnitude while the synapses move from their random start to
///   the sphere, and no absolute value serves both ends.
#[derive(Config, Debug, PartialEq)]
pub struct LateralInhibitionConfig {
    /// The Lebesgue norm p of the synapses, from 1 to 40. Defaults to 3.
    #[config(default = 3.0)]
    pub p: f64,
    /// The strength of the push away for active units below the threshold, at least 0.
    /// Defaults to 0.4.
    #[config(default = 0.4)]
    pub delta: f64,
    /// The radius R of the sphere `sum |W|^p = R^p` on which learning ends, above 0, with R^p from
    /// 1e-20 to 1e20. Defaults to 1.
    #[config(default = 1.0)]
    pub radius: f64,
    /// The strength `w_inh` with which an active unit inhibits the others, above 0 and below 1.
    /// Defaults to 0.9.
    #[config(default = 0.9)]
    pub inhibition: f64,
    /// The threshold `h*` as a share of the strongest settled activity, above 0 and at most 1.
    /// Defaults to 1: the strongest unit learns, the others that stay active are pushed away.
    #[config(default = 1.0)]
    pub threshold: f64,
    /// The number of steps of the integration, at least 1. Defaults to 300, after which the
    /// active units of MNIST digits no longer change.
    #[config(default = 300)]
    pub steps: usize,
}

impl RuleConfig for LateralInhibitionConfig {
    type Rule = LateralInhibition;

    fn init(&self) -> Result<LateralInhibition, SettingError> {
        LateralInhibitionConfig::init(self)
    }
}

impl LateralInhibitionConfig {
    /// Checks the settings and makes the rule.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting outside the range that its field states.
    pub fn init(&self) -> Result<LateralInhibition, SettingError> {
        check_norm(self.p, self.radius, self.delta)?;
        require(
            self.inhibition > 0.0 && self.inhibition < 1.0,
            "inhibition",
            self.inhibition,
            "above 0 and below 1",
        )?;
        require(
            self.threshold > 0.0 && self.threshold <= 1.0,
            "threshold",
            self.threshold,
            "above 0 and at most 1",
        )?;
        require(self.steps >= 1, "steps", self.steps, "at least 1")?;
        Ok(LateralInhibition {
            config: self.clone(),
        })
    }
}

/// The slower, more biological form of the rule: the activities settle by lateral inhibition, then
/// the synapses learn from the settled activities.
///
/// ```text
/// tau dh_mu/dt = I_mu - w_inh sum over nu != mu of ReLU(h_nu) - h_mu
/// g(h)         = 0 for h < 0,  -delta for 0 <= h < h*,  1 for h >= h*
/// dW_mu,i      = g(h_mu) (R^p v_i - I_mu W_mu,i)
/// ```
///
/// Krotov & Hopfield, PNAS 116 (2019) 7723. For accuracy the authors recommend the fast form,
/// [`KrotovHopfield`](super::KrotovHopfield). Made by [`LateralInhibitionConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct LateralInhibition {
    config: LateralInhibitionConfig,
}

impl LateralInhibition {
    /// The settled hidden activities, `[batch, hidden]`; those above 0 are active.
    ///
    /// # Shapes
    ///
    /// - currents: `[batch, hidden]`
    pub fn settle(&self, currents: Tensor<2>) -> Tensor<2> {
        let inhibition = self.config.inhibition;
        let mut activities = currents.zeros_like();
        for _ in 0..self.config.steps {
            let firing = relu(activities.clone());
            let total = firing.clone().sum_dim(1);
            // The explicit Euler step is stable while it is short against the fastest mode, whose
            // rate grows with the number of active units. Half of that bound is taken, for each
            // example by itself, so that the step lengthens as the competition thins out.
            let active = activities.clone().greater_elem(0.0).float();
            let active = active.cast(activities.dtype()).sum_dim(1);
            let step = ((active * inhibition) + (1.0 - inhibition))
                .clamp_min(1.0)
                .recip()
                * 0.5;
            let drive = currents.clone() - (total - firing) * inhibition - activities.clone();
            activities = activities + drive * step;
        }
        activities
    }

    /// The activation `g(h)` of settled activities, `[batch, hidden]`.
    fn activations(&self, settled: Tensor<2>) -> Tensor<2> {
        let strongest = settled.clone().max_dim(1);
        let learns = settled
            .clone()
            .greater_equal(strongest * self.config.threshold);
        let silent = settled.clone().lower_elem(0.0);
        settled
            .full_like(-self.config.delta)
            .mask_fill(learns, 1.0)
            .mask_fill(silent, 0.0)
    }
}

impl LocalRule for LateralInhibition {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        sum_over_parts(visible, |visible| {
            let currents = currents(synapses.clone(), visible.clone(), self.config.p);
            let settled = self.settle(currents.clone());
            let winners = settled.clone().argmax(1).squeeze_dim(1);
            let change = plasticity(
                synapses.clone(),
                visible,
                currents,
                self.activations(settled),
                self.config.radius.powf(self.config.p),
            );
            LocalUpdate { change, winners }
        })
    }

    fn norms(&self, synapses: Tensor<2>) -> Tensor<1> {
        relative_norms(synapses, self.config.p, self.config.radius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn two_units_settle_where_the_equations_say() {
        // With w = 0.5 and currents 1 and 0.8, both stay active: h = (I - w S) / (1 - w) with
        // S = (1 + 0.8) / 1.5 = 1.2.
        let rule = LateralInhibitionConfig::new()
            .with_inhibition(0.5)
            .init()
            .unwrap();
        let currents = Tensor::<2>::from_data([[1.0, 0.8]], &Device::default());
        rule.settle(currents)
            .into_data()
            .assert_approx_eq::<f32>(&TensorData::from([[0.8f32, 0.4]]), Tolerance::default());
    }

    #[test]
    fn the_activation_has_three_levels() {
        let rule = LateralInhibitionConfig::new()
            .with_threshold(0.9)
            .with_delta(0.25)
            .init()
            .unwrap();
        let settled = Tensor::<2>::from_data([[2.0, 1.85, 1.0, 0.0, -0.5]], &Device::default());
        rule.activations(settled)
            .into_data()
            .assert_approx_eq::<f32>(
                &TensorData::from([[1.0f32, 1.0, -0.25, -0.25, 0.0]]),
                Tolerance::default(),
            );
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let config = LateralInhibitionConfig::new;
        for (wrong, field) in [
            (config().with_p(0.0), "p"),
            (config().with_delta(f64::INFINITY), "delta"),
            (config().with_radius(-1.0), "radius"),
            (config().with_inhibition(1.0), "inhibition"),
            (config().with_inhibition(f64::NAN), "inhibition"),
            (config().with_threshold(1.1), "threshold"),
            (config().with_steps(0), "steps"),
        ] {
            assert_eq!(wrong.init().unwrap_err().field(), field);
        }
    }
}

//! `dW = sum of (v - u W)`, `u (v - u W)` or `u (v - W)` of the winner: hard competition.

use burn::config::Config;
use burn::tensor::{Int, Tensor};

use super::currents::{is_winner, strongest};
use super::parts::update_by_products;
use super::{LocalRule, LocalUpdate, RuleConfig};
use crate::SettingError;
use crate::kernel::{self, Competitors};

/// How the winner's synapses follow an example, with `u = W . v`.
#[derive(Config, Copy, Debug, PartialEq, Eq)]
pub enum WinnerForm {
    /// `dW = v - u W`
    Plain,
    /// `dW = u (v - u W)`: Oja's rule (1982), gated by winning.
    Oja,
    /// `dW = u (v - W)`: Grossberg's instar (1976).
    Instar,
}

/// Settings of the [`WinnerTakeAll`] rule.
#[derive(Config, Debug, PartialEq)]
pub struct WinnerTakeAllConfig {
    /// How the winner's synapses follow an example. Defaults to [`WinnerForm::Plain`].
    #[config(default = "WinnerForm::Plain")]
    pub form: WinnerForm,
}

impl RuleConfig for WinnerTakeAllConfig {
    type Rule = WinnerTakeAll;

    fn init(&self) -> Result<WinnerTakeAll, SettingError> {
        Ok(WinnerTakeAll { form: self.form })
    }
}

/// Hard competition: only the unit with the largest product learns from an example.
///
/// ```text
/// u_mu  = W_mu . v
/// dW_mu = sum over the examples that mu wins of v - u W, u (v - u W) or u (v - W)
/// ```
///
/// The forms of Amato et al. 2019
/// ([doi:10.1007/978-3-030-30642-7_29](https://doi.org/10.1007/978-3-030-30642-7_29)) and others; the
/// smaller index wins between equals. Made by [`WinnerTakeAllConfig`].
#[derive(Clone, Debug, PartialEq)]
pub struct WinnerTakeAll {
    form: WinnerForm,
}

impl WinnerTakeAll {
    /// How the winner's synapses follow an example.
    pub fn form(&self) -> WinnerForm {
        self.form
    }

    /// What the fused competition needs to know.
    pub(crate) fn competitors(&self) -> Competitors {
        match self.form {
            WinnerForm::Plain => Competitors::Plain,
            WinnerForm::Oja => Competitors::Oja,
            WinnerForm::Instar => Competitors::Instar,
        }
    }
}

impl LocalRule for WinnerTakeAll {
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
        let winners = products.clone().argmax(1);
        let largest = products.clone().gather(1, winners.clone());
        // What multiplies v, and what multiplies W.
        let (response, decay) = match self.form {
            WinnerForm::Plain => (largest.ones_like(), largest),
            WinnerForm::Oja => (largest.clone(), largest.square()),
            WinnerForm::Instar => (largest.clone(), largest),
        };
        let [batch, hidden] = products.dims();
        let lost = is_winner(winners.clone(), hidden).bool_not();
        let of_the_winners = |values: Tensor<2>| {
            let values = values.expand([batch, hidden]);
            values.mask_fill(lost.clone(), 0.0)
        };
        let decay = of_the_winners(decay).sum_dim(0).transpose() * synapses;
        LocalUpdate {
            change: of_the_winners(response).transpose().matmul(visible) - decay,
            winners: winners.squeeze_dim(1),
        }
    }

    fn winners(&self, synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
        strongest(synapses, visible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    #[test]
    fn only_the_winner_learns_in_each_form() {
        let device = Device::default();
        let synapses = || Tensor::<2>::from_data([[1.0, 0.0], [0.0, 0.5]], &device);
        let visible = || Tensor::<2>::from_data([[2.0, 1.0]], &device);
        for (form, expected) in [
            (WinnerForm::Plain, [[0.0f32, 1.0], [0.0, 0.0]]),
            (WinnerForm::Oja, [[0.0, 2.0], [0.0, 0.0]]),
            (WinnerForm::Instar, [[2.0, 2.0], [0.0, 0.0]]),
        ] {
            let rule = WinnerTakeAllConfig::new().with_form(form);
            let update = RuleConfig::init(&rule)
                .unwrap()
                .update(synapses(), visible());
            update
                .change
                .into_data()
                .assert_approx_eq(&TensorData::from(expected), Tolerance::<f32>::default());
            assert_eq!(update.winners.into_scalar::<i64>(), 0);
        }
    }
}

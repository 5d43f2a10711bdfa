//! What is learned: local rules as pure functions of tensors, `(W, v) -> dW`.
//!
//! A rule sees the synapses and the examples, and nothing else: no labels, no error signal, no
//! autodiff graph. Each one is a small type that implements [`LocalRule`]; the
//! [layer](crate::HebbianLinear) decides where it learns, and a step or an
//! [optimizer](crate::MaxNormalized) how its update is applied.

mod any;
mod competition;
mod currents;
mod krotov_hopfield;
mod lateral_inhibition;
mod parts;
mod plasticity;
mod soft_competition;
mod winner_take_all;

pub use any::{AnyRule, AnyRuleConfig};
pub use competition::{Competition, compete};
pub use currents::{currents, powered_synapses};
pub(crate) use currents::{is_winner, products};
pub use krotov_hopfield::{KrotovHopfield, KrotovHopfieldConfig};
pub use lateral_inhibition::{LateralInhibition, LateralInhibitionConfig};
pub use plasticity::plasticity;
pub use soft_competition::{SoftCompetition, SoftCompetitionConfig, soft_responses};
pub use winner_take_all::{WinnerForm, WinnerTakeAll, WinnerTakeAllConfig};

use burn::tensor::{Int, Tensor};

use crate::SettingError;

/// What a rule makes of one batch.
#[derive(Clone, Debug)]
pub struct LocalUpdate {
    /// The raw change `dW` summed over the batch, `[hidden, visible]`; add it to learn.
    pub change: Tensor<2>,
    /// The unit that responded most strongly to each example, `[batch]`.
    pub winners: Tensor<1, Int>,
}

/// A local learning rule: the change of the synapses from what the connected neurons know.
///
/// Implement it for a small type of your own and any [`HebbianLinear`](crate::HebbianLinear)
/// learns by it, by max-normalised steps: `W <- W + rate dW / max |dW|`. Here Oja's rule (1982), in which every unit learns from every example:
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use burn_hebbian::{HebbianLinearConfig, LocalRule, LocalUpdate};
///
/// #[derive(Clone, Debug)]
/// struct Oja;
///
/// impl LocalRule for Oja {
///     // dW = y v - y^2 W
///     fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
///         let y = visible.clone().matmul(synapses.clone().transpose());
///         let decay = y.clone().square().sum_dim(0).transpose() * synapses;
///         LocalUpdate {
///             winners: y.clone().argmax(1).squeeze_dim(1),
///             change: y.transpose().matmul(visible) - decay,
///         }
///     }
/// }
///
/// let device = Device::default();
/// device.seed(1);
/// let mut layer = HebbianLinearConfig::new(3, 1).init_with(Oja, &device)?;
/// let examples = Tensor::<2>::random([64, 3], Distribution::Default, &device);
/// for _ in 0..600 {
///     layer = layer.learn(examples.clone(), 0.01);
/// }
/// // Oja's rule ends on the unit sphere.
/// let length = layer.norms().into_scalar::<f32>();
/// assert!((length - 1.0).abs() < 0.05, "{length}");
/// # Ok::<(), burn_hebbian::SettingError>(())
/// ```
pub trait LocalRule: Clone + core::fmt::Debug + Send + Sync + 'static {
    /// The raw change of the synapses, summed over the batch.
    ///
    /// # Shapes
    ///
    /// - synapses: `[hidden, visible]`
    /// - visible: `[batch, visible]`
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate;

    /// The [update](Self::update) where the plain products `u = v W^T` are at hand, as they are in a
    /// layer that has just computed its output. Defaults to an update that does not look at them.
    ///
    /// # Shapes
    ///
    /// - synapses: `[hidden, visible]`
    /// - visible: `[batch, visible]`
    /// - products: `[batch, hidden]`
    fn update_given(
        &self,
        synapses: Tensor<2>,
        visible: Tensor<2>,
        _products: Tensor<2>,
    ) -> LocalUpdate {
        self.update(synapses, visible)
    }

    /// The unit that responds most strongly to each example, `[batch]`. Defaults to the winners of
    /// the [update](Self::update), which a rule may find with less work.
    ///
    /// # Shapes
    ///
    /// - synapses: `[hidden, visible]`
    /// - visible: `[batch, visible]`
    fn winners(&self, synapses: Tensor<2>, visible: Tensor<2>) -> Tensor<1, Int> {
        self.update(synapses, visible).winners
    }

    /// The quantity that the rule drives to 1 in every unit that keeps learning, `[hidden]`.
    /// Defaults to the squared length of the unit's synapses.
    fn norms(&self, synapses: Tensor<2>) -> Tensor<1> {
        synapses.square().sum_dim(1).squeeze_dim(1)
    }

    /// Refuses a layer that the rule cannot work in. Defaults to accepting all.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] that names the field.
    fn check(&self, _visible: usize, _hidden: usize) -> Result<(), SettingError> {
        Ok(())
    }
}

/// The settings of a rule, which a [layer's config](crate::HebbianLinearConfig) carries.
pub trait RuleConfig {
    /// The rule that these settings make.
    type Rule: LocalRule;

    /// Checks the settings and makes the rule.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    fn init(&self) -> Result<Self::Rule, SettingError>;
}

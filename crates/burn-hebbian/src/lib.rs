//! Local, biologically plausible learning for [Burn](https://burn.dev).
//!
//! ```text
//! dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)
//! ```
//!
//! Hidden units compete for each example: the winner's synapses move toward it, those of the unit
//! ranked k away from it, by quantities that the two connected neurons know. No labels, no
//! backpropagation. This crate makes the rule of Krotov & Hopfield, *Unsupervised learning by
//! competing hidden units*, PNAS 116 (2019) 7723,
//! [doi:10.1073/pnas.1820458116](https://doi.org/10.1073/pnas.1820458116), and any
//! [rule of your own](LocalRule), a first-class citizen of Burn:
//!
//! - [`HebbianLinear`]: a module that learns outside autodiff and drops into any model.
//! - [`MaxNormalized`]: the rule's step as a Burn optimizer, for parameter groups, gradient
//!   accumulation and several devices.
//! - [`train`]: steps, metrics and snapshots for `SupervisedTraining`.
//!
//! ```
//! use burn::tensor::{Device, Distribution, Tensor};
//! use burn_hebbian::{HebbianLinearConfig, KrotovHopfieldConfig};
//!
//! let device = Device::default();
//! let rule = KrotovHopfieldConfig::new().with_p(2.0).with_k(2).with_delta(0.2);
//! let mut layer = HebbianLinearConfig::new(20, 12).with_rule(rule).init(&device)?;
//! for _ in 0..300 {
//!     let images = Tensor::<2>::random([50, 20], Distribution::Default, &device);
//!     layer = layer.learn(images, 0.02);
//! }
//! // Units that keep winning end on the sphere: sum |W|^p = 1.
//! let closest = (layer.norms() - 1.0).abs().min().into_scalar::<f32>();
//! assert!(closest < 0.1, "{closest}");
//! # Ok::<(), burn_hebbian::SettingError>(())
//! ```
#![recursion_limit = "256"]

mod error;
mod kernel;
pub mod nn;
pub mod optim;
pub mod rule;
pub mod train;

pub use error::SettingError;
pub use kernel::NotFiniteError;
pub use nn::{
    HebbianLinear, HebbianLinearConfig, InPlaceLearner, PowerLoss, PowerLossConfig, RectifiedPower,
    RectifiedPowerConfig, unit_length,
};
pub use optim::{
    EpochLinearLrScheduler, EpochLinearLrSchedulerConfig, MaxNormalized, MaxNormalizedConfig,
};
pub use rule::{
    KrotovHopfield, KrotovHopfieldConfig, LateralInhibition, LateralInhibitionConfig, LocalRule,
    LocalUpdate, RuleConfig, Synapses,
};

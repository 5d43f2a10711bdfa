//! How it is applied in Burn's loop: optimizers and the paper's schedule.

mod epoch_linear;
mod fused_adam;
mod max_normalized;
#[cfg(feature = "flex")]
mod one_pass;

pub use epoch_linear::{EpochLinearLrScheduler, EpochLinearLrSchedulerConfig};
pub use fused_adam::{FusedAdam, FusedAdamConfig};
pub use max_normalized::{MaxNormalized, MaxNormalizedConfig};

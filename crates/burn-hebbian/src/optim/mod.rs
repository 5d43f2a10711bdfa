//! How it is applied: the max-normalised step as a Burn optimizer, and the paper's schedule.

mod epoch_linear;
mod max_normalized;

pub use epoch_linear::{EpochLinearLrScheduler, EpochLinearLrSchedulerConfig};
pub use max_normalized::{MaxNormalized, MaxNormalizedConfig};
pub(crate) use max_normalized::{PRECISION, max_normalized_step};

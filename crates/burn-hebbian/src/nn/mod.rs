//! Where it is learned: Burn modules.

mod in_place;
mod linear;
mod power_loss;
mod rectified_power;
mod unit_length;

pub use in_place::InPlaceLearner;
pub use linear::{HebbianLinear, HebbianLinearConfig};
pub use power_loss::{PowerLoss, PowerLossConfig};
pub use rectified_power::{RectifiedPower, RectifiedPowerConfig};
pub use unit_length::unit_length;

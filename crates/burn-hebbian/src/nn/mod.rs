//! Where it is learned: Burn modules.

mod linear;
mod power_loss;
mod rectified_power;

pub use linear::{HebbianLinear, HebbianLinearConfig};
pub use power_loss::{PowerLoss, PowerLossConfig};
pub use rectified_power::{RectifiedPower, RectifiedPowerConfig};

//! Where it is learned: Burn modules.

mod biological_network;
mod feature_scale;
mod in_place_learner;
mod linear;
mod linear_config;
#[cfg(feature = "safetensors")]
mod network_file;
mod objective;
mod plastic;
mod power_loss;
mod readout;
mod rectified_power;
mod unit_length;

pub use biological_network::{BiologicalNetwork, BiologicalNetworkConfig};
pub use feature_scale::FeatureScale;
pub use in_place_learner::InPlaceLearner;
pub use linear::HebbianLinear;
pub use linear_config::HebbianLinearConfig;
#[cfg(feature = "safetensors")]
pub use network_file::NetworkFileError;
pub use objective::{Objective, ObjectiveConfig};
pub use power_loss::{PowerLoss, PowerLossConfig};
pub use readout::{Readout, ReadoutConfig};
pub use rectified_power::{RectifiedPower, RectifiedPowerConfig};
pub use unit_length::unit_length;

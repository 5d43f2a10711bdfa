//! Where it is learned: Burn modules.

mod biological_network;
mod block;
mod conv2d;
mod conv2d_config;
mod dropout_readout;
mod feature_scale;
mod in_place_learner;
mod layout;
mod linear;
mod linear_config;
#[cfg(feature = "safetensors")]
mod network_file;
mod objective;
mod patches;
mod plain_batch_norm;
mod plastic;
mod pooling;
mod power_loss;
mod readout;
mod rectified_power;
mod stack;
mod triangle;
mod unit_length;

pub use crate::kernel::{PaddingMode, PoolKind};
pub use biological_network::{BiologicalNetwork, BiologicalNetworkConfig};
pub use block::{HebbianBlock, HebbianBlockConfig};
pub use conv2d::{HebbianConv2d, Responses};
pub use conv2d_config::HebbianConv2dConfig;
pub use dropout_readout::{DropoutReadout, DropoutReadoutConfig};
pub use feature_scale::FeatureScale;
pub use in_place_learner::InPlaceLearner;
pub use linear::HebbianLinear;
pub use linear_config::HebbianLinearConfig;
#[cfg(feature = "safetensors")]
pub use network_file::NetworkFileError;
pub use objective::{Objective, ObjectiveConfig};
pub use plain_batch_norm::{PlainBatchNorm, PlainBatchNormConfig};
pub use pooling::{Pooling, PoolingConfig};
pub use power_loss::{PowerLoss, PowerLossConfig};
pub use readout::{Readout, ReadoutConfig};
pub use rectified_power::{RectifiedPower, RectifiedPowerConfig};
pub use stack::{HebbianStack, HebbianStackConfig};
pub use triangle::{Triangle, TriangleConfig};
pub use unit_length::unit_length;

/// The values of a tensor, looked at here and now: data of a GPU is copied when it is first looked at, and
/// a step in place changes it until then.
#[cfg(test)]
fn values(tensor: burn::tensor::Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

//! What the tests of this project share.
#![recursion_limit = "256"]

use burn::tensor::{Device, Distribution, Tensor};
use burn_hebbian::{HebbianLinear, HebbianLinearConfig, KrotovHopfieldConfig};

/// The devices that are compiled in, by name. wgpu runs on a software driver.
pub fn devices() -> Vec<(&'static str, Device)> {
    vec![
        ("flex", Device::flex()),
        #[cfg(feature = "ndarray")]
        ("ndarray", Device::ndarray()),
        #[cfg(feature = "wgpu")]
        ("wgpu", Device::wgpu(burn::tensor::DeviceKind::Cpu)),
    ]
}

/// A layer of 9 units that see 6 neurons.
pub fn layer(device: &Device) -> HebbianLinear {
    let rule = KrotovHopfieldConfig::new().with_k(3);
    HebbianLinearConfig::new(6, 9)
        .with_rule(rule)
        .init(device)
        .unwrap()
}

/// Four images that the layer sees.
pub fn images(device: &Device) -> Tensor<2> {
    Tensor::random([4, 6], Distribution::Default, device)
}

/// All values of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

/// Whether all values of a tensor are finite.
pub fn is_finite<const D: usize>(tensor: Tensor<D>) -> bool {
    values(tensor).into_iter().all(f32::is_finite)
}

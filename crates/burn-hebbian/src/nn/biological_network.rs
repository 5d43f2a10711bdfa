//! `z = S max(W v, 0)^n`: a layer that learned locally, and a readout of its activities.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::{
    HebbianLinear, HebbianLinearConfig, RectifiedPower, RectifiedPowerConfig, unit_length,
};
use crate::SettingError;
use crate::error::require;

/// Settings of a [`BiologicalNetwork`].
#[derive(Config, Debug)]
pub struct BiologicalNetworkConfig {
    /// The hidden layer.
    pub hidden: HebbianLinearConfig,
    /// The number of classes.
    pub classes: usize,
    /// The power n of the hidden units, at least 1. Defaults to 4.5.
    #[config(default = 4.5)]
    pub power: f64,
}

impl BiologicalNetworkConfig {
    /// Checks the settings and makes the network.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    pub fn init(&self, device: &Device) -> Result<BiologicalNetwork, SettingError> {
        require(self.classes > 0, "classes", self.classes, "at least 1")?;
        Ok(BiologicalNetwork {
            hidden: self.hidden.init(device)?,
            activation: RectifiedPowerConfig::new(self.power).init()?,
            readout: LinearConfig::new(self.hidden.hidden, self.classes)
                .with_bias(false)
                .init(device),
        })
    }
}

/// The network of Krotov & Hopfield, PNAS 116 (2019) 7723: hidden units that learned by the local
/// rule, and a readout `S` that learned from their activities. Made by [`BiologicalNetworkConfig`].
#[derive(Module, Debug)]
pub struct BiologicalNetwork {
    /// The hidden layer W, `[hidden, visible]`.
    pub hidden: HebbianLinear,
    /// The activation `max(x, 0)^n`.
    pub activation: RectifiedPower,
    /// The top weights S, `[hidden, classes]`, without a bias as in the paper.
    pub readout: Linear,
}

impl BiologicalNetwork {
    /// The outputs z of the classes for images of any length, which is scaled to 1.
    ///
    /// # Shapes
    ///
    /// - images: `[..., visible]`
    /// - output: `[..., classes]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `images` is not `visible`.
    pub fn forward<const D: usize>(&self, images: Tensor<D>) -> Tensor<D> {
        self.readout.forward(self.features(images))
    }

    /// The activities of the hidden units, from which the readout learns.
    ///
    /// # Shapes
    ///
    /// - images: `[..., visible]`
    /// - output: `[..., hidden]`
    ///
    /// # Panics
    ///
    /// Panics if the last axis of `images` is not `visible`.
    pub fn features<const D: usize>(&self, images: Tensor<D>) -> Tensor<D> {
        let hidden = self.hidden.forward(unit_length(images));
        self.activation.forward(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn the_length_of_an_image_does_not_matter() {
        let device = Device::default();
        let hidden = HebbianLinearConfig::new(6, 9);
        let network = BiologicalNetworkConfig::new(hidden, 3)
            .init(&device)
            .unwrap();
        let images = Tensor::<3>::random([2, 4, 6], Distribution::Default, &device);
        let outputs = network.forward(images.clone());
        assert_eq!(outputs.dims(), [2, 4, 3]);
        let expected = outputs.into_data();
        network
            .forward(images * 7.0)
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-3));
    }
}

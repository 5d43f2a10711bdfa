//! `z = S max(W v, 0)^n`: a layer that learned locally, and a readout of its activities.

use burn::config::Config;
use burn::module::{Module, RunningState};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, assert_shape};

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
    /// Whether the network subtracts a mean image from its inputs, at first 0:
    /// [`set_centre`](BiologicalNetwork::set_centre). Not in the paper. Defaults to false.
    #[config(default = false)]
    pub centred: bool,
}

impl BiologicalNetworkConfig {
    /// Checks the settings and makes the network.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    pub fn init(&self, device: &Device) -> Result<BiologicalNetwork, SettingError> {
        require(self.classes > 0, "classes", self.classes, "at least 1")?;
        let visible = self.hidden.visible;
        Ok(BiologicalNetwork {
            centre: self
                .centred
                .then(|| RunningState::new(Tensor::zeros([visible], device))),
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
    /// What is subtracted from an image, `[visible]`, where the network is centred: the mean of the images that it
    /// learned from.
    pub centre: Option<RunningState<Tensor<1>>>,
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
        let images = match &self.centre {
            Some(centre) => {
                let centre = centre.value_sync().to_device(&images.device());
                let [visible] = centre.dims();
                assert_shape!(images, [.., visible]);
                images - centre.unsqueeze()
            }
            None => images,
        };
        let hidden = self.hidden.forward(unit_length(images));
        self.activation.forward(hidden)
    }

    /// Subtracts `centre` from all images from now on.
    ///
    /// # Shapes
    ///
    /// - centre: `[visible]`
    ///
    /// # Panics
    ///
    /// Panics if `centre` has another length.
    pub fn set_centre(&mut self, centre: Tensor<1>) {
        let [_, visible] = self.hidden.weight.shape().dims();
        assert_shape!(centre, [visible]);
        self.centre = Some(RunningState::new(centre));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn a_centred_network_sees_what_is_left_of_an_image() {
        let device = Device::default();
        let config = BiologicalNetworkConfig::new(HebbianLinearConfig::new(6, 9), 3);
        let plain = config.init(&device).unwrap();
        let mut centred = plain.clone();
        let images = Tensor::<3>::random([2, 4, 6], Distribution::Default, &device);
        let centre = Tensor::<1>::random([6], Distribution::Default, &device);
        centred.set_centre(centre.clone());
        let expected = plain.features(images.clone() - centre.unsqueeze());
        centred
            .features(images.clone())
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
        // Before a mean is known it is 0.
        let new = config.with_centred(true).init(&device).unwrap();
        assert!(new.centre.is_some());
    }

    #[test]
    #[should_panic(expected = "axis 0 expected 6, got 5")]
    fn a_centre_of_another_length() {
        let device = Device::default();
        let config = BiologicalNetworkConfig::new(HebbianLinearConfig::new(6, 9), 3);
        let mut network = config.init(&device).unwrap();
        network.set_centre(Tensor::zeros([5], &device));
    }

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

//! A trained network in one safetensors file, with the settings that its weights are of.
//!
//! | tensor | shape |
//! |---|---|
//! | `hidden.weight` | `[hidden, visible]`, as PyTorch's `Linear` has it |
//! | `readout.weight` | `[hidden, classes]`, the transpose of PyTorch's |
//! | `centre` | `[visible]`, only where the network is centred |
//!
//! The metadata have one key, `burn-hebbian`: the settings as a JSON object.

use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::{BiologicalNetwork, BiologicalNetworkConfig, HebbianLinearConfig};
use crate::rule::KrotovHopfieldConfig;

/// The key of the metadata.
const KEY: &str = "burn-hebbian";

/// The bytes are not those of a network, or a network cannot be written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not a network of burn-hebbian: {reason}")]
pub struct NetworkFileError {
    reason: String,
}

impl NetworkFileError {
    fn new(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
        }
    }
}

/// What the metadata tell of the weights.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    visible: usize,
    hidden: usize,
    classes: usize,
    /// The power n of the hidden units.
    power: f64,
    /// How an image is scaled before it meets the synapses.
    input: Input,
    #[serde(flatten)]
    rule: KrotovHopfieldConfig,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Input {
    UnitLength,
    /// The centre is subtracted first.
    CentredUnitLength,
}

impl BiologicalNetwork {
    /// The bytes of a safetensors file of the weights and the settings; the same network gives the
    /// same bytes.
    ///
    /// The settings, under the key `burn-hebbian` of its metadata, are `visible`, `hidden`,
    /// `classes`, `power`, `input` (`unit-length` or `centred-unit-length`) and the rule's `p`, `k`, `delta` and
    /// `radius`.
    ///
    /// # Errors
    ///
    /// A [`NetworkFileError`] where the weights cannot be read from their device.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, NetworkFileError> {
        let [hidden, visible] = self.hidden.weight.shape().dims();
        let [_, classes] = self.readout.weight.shape().dims();
        let about = About {
            visible,
            hidden,
            classes,
            power: self.activation.power,
            input: match self.centre {
                Some(_) => Input::CentredUnitLength,
                None => Input::UnitLength,
            },
            rule: self.hidden.rule().config().clone(),
        };
        let about = serde_json::to_string(&about).map_err(NetworkFileError::new)?;
        // Burn's own metadata lie in a hash map, so that the same weights would give other bytes.
        let store = SafetensorsStore::from_bytes(None).clear_metadata();
        let mut store = store.metadata(KEY, about);
        self.save_into(&mut store).map_err(NetworkFileError::new)?;
        store.get_bytes().map_err(NetworkFileError::new)
    }

    /// The network in the bytes of a file that [`to_safetensors`](Self::to_safetensors) made.
    ///
    /// # Errors
    ///
    /// A [`NetworkFileError`] that says what is wrong with the bytes.
    pub fn from_safetensors(bytes: Vec<u8>, device: &Device) -> Result<Self, NetworkFileError> {
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(NetworkFileError::new)?;
        let about = header.metadata().as_ref().and_then(|map| map.get(KEY));
        let about = about.ok_or_else(|| {
            NetworkFileError::new(format!(
                "its metadata have no key `{KEY}` with the settings"
            ))
        })?;
        let about: About = serde_json::from_str(about).map_err(NetworkFileError::new)?;
        let hidden = HebbianLinearConfig::new(about.visible, about.hidden).with_rule(about.rule);
        let mut network = BiologicalNetworkConfig::new(hidden, about.classes)
            .with_power(about.power)
            .with_centred(about.input == Input::CentredUnitLength)
            .init(device)
            .map_err(NetworkFileError::new)?;
        let mut store = SafetensorsStore::from_bytes(Some(bytes));
        network
            .load_from(&mut store)
            .map_err(NetworkFileError::new)?;
        Ok(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tensor};

    fn network(device: &Device) -> BiologicalNetwork {
        let rule = KrotovHopfieldConfig::new().with_p(2.5).with_k(4);
        let hidden = HebbianLinearConfig::new(6, 9).with_rule(rule);
        let config = BiologicalNetworkConfig::new(hidden, 3).with_power(2.0);
        config.init(device).unwrap()
    }

    #[test]
    fn a_network_comes_back_with_its_settings() {
        let device = Device::default();
        let network = network(&device);
        let bytes = network.to_safetensors().unwrap();
        assert_eq!(network.to_safetensors().unwrap(), bytes);
        let back = BiologicalNetwork::from_safetensors(bytes, &device).unwrap();
        assert_eq!(back.hidden.rule(), network.hidden.rule());
        let images = Tensor::<2>::random([5, 6], Distribution::Default, &device);
        assert_eq!(
            back.forward(images.clone()).into_data(),
            network.forward(images).into_data()
        );
    }

    #[test]
    fn a_centred_network_comes_back_centred() {
        let device = Device::default();
        let mut network = network(&device);
        network.set_centre(Tensor::random([6], Distribution::Default, &device));
        let bytes = network.to_safetensors().unwrap();
        let back = BiologicalNetwork::from_safetensors(bytes, &device).unwrap();
        let images = Tensor::<2>::random([5, 6], Distribution::Default, &device);
        assert_eq!(
            back.forward(images.clone()).into_data(),
            network.forward(images).into_data()
        );
    }

    #[test]
    fn bytes_that_are_no_network_are_refused() {
        let device = Device::default();
        let message = |bytes: Vec<u8>| {
            let refused = BiologicalNetwork::from_safetensors(bytes, &device);
            refused.err().unwrap().to_string()
        };
        assert!(message(b"no such file".to_vec()).starts_with("not a network of burn-hebbian: "));
        let bytes = network(&device).to_safetensors().unwrap();
        message(bytes[..bytes.len() / 2].to_vec());
        // Settings of other sizes than the weights have.
        let position = bytes
            .windows(13)
            .position(|window| window == br#"\"visible\":6"#)
            .unwrap();
        let mut other = bytes.clone();
        other[position + 12] = b'7';
        let text = message(other);
        assert!(text.contains("hidden.weight"), "{text}");
        // Weights without settings.
        let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
        network(&device).save_into(&mut store).unwrap();
        let text = message(store.get_bytes().unwrap());
        assert!(text.contains("no key `burn-hebbian`"), "{text}");
    }
}

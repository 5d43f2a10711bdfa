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
use safetensors::tensor::Metadata;
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

impl About {
    /// Refuses tensors of other shapes than the settings tell, before memory is taken for them.
    fn check(&self, header: &Metadata) -> Result<(), NetworkFileError> {
        let mut expected = vec![
            ("hidden.weight", vec![self.hidden, self.visible]),
            ("readout.weight", vec![self.hidden, self.classes]),
        ];
        if self.input == Input::CentredUnitLength {
            expected.push(("centre", vec![self.visible]));
        }
        for (name, shape) in expected {
            let reason = match header.info(name) {
                Some(info) if info.shape == shape => continue,
                Some(info) => {
                    let found = &info.shape;
                    format!("`{name}` has the shape {found:?}, and by its settings {shape:?}")
                }
                None => format!("it has no tensor `{name}`"),
            };
            return Err(NetworkFileError::new(reason));
        }
        Ok(())
    }
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
        about.check(&header)?;
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

    /// The bytes of a file with other words in its header.
    fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
        let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let header = std::str::from_utf8(header).unwrap();
        assert!(header.contains(from), "{header}");
        let header = header.replace(from, to);
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), data].concat()
    }

    fn with_visible(bytes: &[u8], visible: &str) -> Vec<u8> {
        let to = format!(r#"\"visible\":{visible}"#);
        replaced(bytes, r#"\"visible\":6"#, &to)
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
        let mut network = network(&device);
        let bytes = network.to_safetensors().unwrap();
        message(bytes[..bytes.len() / 2].to_vec());
        // Settings of other sizes than the weights have, and of more than any memory holds.
        assert_eq!(
            message(with_visible(&bytes, "7")),
            "not a network of burn-hebbian: `hidden.weight` has the shape [9, 6], and by its \
             settings [9, 7]"
        );
        network.set_centre(Tensor::zeros([6], &device));
        let centred = network.to_safetensors().unwrap();
        let text = message(with_visible(&centred, "2305843009213693952"));
        assert!(text.contains("`hidden.weight`"), "{text}");
        // A centre that is told of, and not there.
        let text = message(replaced(&bytes, "unit-length", "centred-unit-length"));
        assert!(text.ends_with("it has no tensor `centre`"), "{text}");
        // Weights without settings.
        let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
        network.save_into(&mut store).unwrap();
        let text = message(store.get_bytes().unwrap());
        assert!(text.contains("no key `burn-hebbian`"), "{text}");
    }
}

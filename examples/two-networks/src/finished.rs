//! The networks of a finished run, read from its folder.

use std::path::Path;

use backprop_mlp::BackpropMlp;
use burn::nn::Linear;
use burn::tensor::Device;
use burn::tensor::activation::relu;
use burn_hebbian::{BiologicalNetwork, BiologicalNetworkConfig};
use burn_runs::Backend;
use burn_runs::files::read_json;
use burn_runs::output::load_module;
use image_runs::export::{Array, Export};
use image_runs::predict::{Confidence, Network};
use image_runs::{IMAGES, ImageKind, RunError, check_finished};
use serde_json::json;

use crate::report::{BACKPROP_FILE, BIOLOGICAL_FILE};
use crate::settings::{Loss, Overrides, Settings};

/// A finished run.
#[derive(Debug)]
pub struct FinishedRun {
    /// Where its networks are.
    pub device: Device,
    /// The images that they have learned.
    pub kind: ImageKind,
    settings: Settings,
    biological: Option<BiologicalNetwork>,
    backprop: Option<BackpropMlp>,
}

impl FinishedRun {
    /// Reads the networks of the run in `folder` onto `backend`, by default that of the run.
    ///
    /// # Errors
    ///
    /// A [`RunError`] that names the folder where it holds no finished run, or the file that cannot be used.
    pub fn read(folder: &Path, backend: Option<Backend>) -> Result<Self, RunError> {
        check_finished(folder)?;
        let config = folder.join("config.json");
        let settings = Settings::resolve(Some(&config), &Overrides::default())?;
        let device = backend.unwrap_or(settings.backend.at_home()).device()?;
        let kind: ImageKind = read_json(&folder.join(IMAGES))?;
        let (visible, classes) = (kind.shape.visible(), kind.classes.len());
        let mut biological = None;
        if settings.only.has_biological() {
            let hidden = settings.hebbian_linear(visible);
            let network = BiologicalNetworkConfig::new(hidden, classes)
                .with_power(settings.power)
                .with_centred(settings.centre)
                .init(&device)?;
            biological = Some(load_module(&folder.join(BIOLOGICAL_FILE), network)?);
        }
        let mut backprop = None;
        if settings.only.has_backprop() {
            let network = settings.backprop_mlp(visible, classes).init(&device)?;
            backprop = Some(load_module(&folder.join(BACKPROP_FILE), network)?);
        }
        Ok(Self {
            biological,
            backprop,
            device,
            kind,
            settings,
        })
    }

    /// The networks that were trained. Their confidence goes by the loss that they learned with; a hidden unit speaks by its activity,
    /// `max(W v, 0)^n` or the rectifier.
    pub fn networks(&self) -> Vec<Network> {
        let settings = &self.settings;
        let confidence = |loss, beta| match loss {
            Loss::CrossEntropy => Confidence::Softmax,
            Loss::Power => Confidence::Tanh { beta },
        };
        let biological = self.biological.clone().map(|biological| Network {
            name: "biological",
            confidence: confidence(settings.loss_readout, settings.beta),
            forward: Box::new(move |image| {
                let features = biological.features(image);
                (biological.readout.forward(features.clone()), features)
            }),
        });
        let backprop = self.backprop.clone().map(|backprop| Network {
            name: "backprop",
            confidence: confidence(settings.loss_backprop, settings.beta_backprop),
            forward: Box::new(move |image| {
                let hidden = relu(backprop.hidden.forward(image));
                (backprop.readout.forward(hidden.clone()), hidden)
            }),
        });
        biological.into_iter().chain(backprop).collect()
    }

    /// The arrays of the networks that were trained. A weight is `[out, in]`, as PyTorch has it:
    ///
    /// | array | shape |
    /// |---|---|
    /// | `biological.synapses` | `[hidden, visible]` |
    /// | `biological.centre`, where the network is centred | `[visible]` |
    /// | `biological.readout.weight` | `[classes, hidden]` |
    /// | `backprop.hidden.weight`, `.bias` | `[hidden, visible]`, `[hidden]` |
    /// | `backprop.readout.weight`, `.bias` | `[classes, hidden]`, `[classes]` |
    ///
    /// Beside them are `image`, its `[channels, height, width]`, the names of the `classes`, the `power` n, the norm `p`,
    /// and all `settings`.
    pub fn export(&self) -> Export {
        let Self {
            settings,
            kind,
            biological,
            backprop,
            ..
        } = self;
        let mut arrays = Vec::new();
        let weight = |name: &str, linear: &Linear| {
            let weight = linear.weight.val().transpose();
            Array::new(format!("{name}.weight"), weight)
        };
        let bias = |name: &str, linear: &Linear| {
            let bias = linear.bias.as_ref().expect("this layer has a bias");
            Array::new(format!("{name}.bias"), bias.val())
        };
        if let Some(biological) = biological {
            arrays.push(Array::new(
                "biological.synapses",
                biological.hidden.synapses(),
            ));
            if let Some(centre) = &biological.centre {
                arrays.push(Array::new("biological.centre", centre.value_sync()));
            }
            arrays.push(weight("biological.readout", &biological.readout));
        }
        if let Some(backprop) = backprop {
            for (name, linear) in [
                ("backprop.hidden", &backprop.hidden),
                ("backprop.readout", &backprop.readout),
            ] {
                arrays.extend([weight(name, linear), bias(name, linear)]);
            }
        }
        Export {
            about: json!({
                "program": "two-networks",
                "image": [kind.shape.channels, kind.shape.height, kind.shape.width],
                "classes": kind.classes,
                "power": settings.power,
                "p": settings.p,
                "settings": settings,
            }),
            arrays,
        }
    }
}

//! The networks of a finished run, read from its folder.

use std::path::Path;

use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use burn_runs::Backend;
use burn_runs::files::read_json;
use burn_runs::output::load_module;
use image_runs::export::{Array, Export};
use image_runs::predict::{Confidence, Network};
use image_runs::{IMAGES, ImageKind, RESULT, RunError, check_finished};
use serde_json::{Value, json};

use crate::report::RunResult;
use crate::run::cnn::{Cnn, readout_arrays};
use crate::run::features::of_images;
use crate::run::{Stack, local};
use crate::settings::{Overrides, Settings};

/// A finished run.
#[derive(Debug)]
pub struct FinishedRun {
    /// Where its networks are.
    pub device: Device,
    /// The images that they have learned.
    pub kind: ImageKind,
    settings: Settings,
    stack: Stack,
    readout: Linear,
    /// The networks of backpropagation, by their names.
    trained: Vec<(&'static str, Cnn)>,
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
        let result: RunResult = read_json(&folder.join(RESULT))?;
        let device = backend.unwrap_or(settings.backend.at_home()).device()?;
        let kind: ImageKind = read_json(&folder.join(IMAGES))?;
        let classes = kind.classes.len();
        let stack = settings.stack(kind.shape).init(&device)?;
        let features = settings.features(kind.shape)?.iter().product();
        let readout = LinearConfig::new(features, classes).init(&device);
        let trained = [
            ("backprop", result.backprop),
            ("fine-tuned", result.fine_tuned),
        ];
        let trained = trained.into_iter().filter(|(_, result)| result.is_some());
        let trained = trained.map(|(name, _)| {
            let file = folder.join(format!("{name}.safetensors"));
            Ok((
                name,
                load_module(&file, Cnn::new(&settings, kind.shape, classes, &device)?)?,
            ))
        });
        Ok(Self {
            stack: load_module(&folder.join(local::FILE), stack)?,
            readout: load_module(&folder.join("readout.safetensors"), readout)?,
            trained: trained.collect::<Result<_, RunError>>()?,
            device,
            kind,
            settings,
        })
    }

    /// All networks of the run, the one that learned locally first. A unit of the last block speaks as loudly as where
    /// it is loudest in its map.
    pub fn networks(&self) -> Vec<Network> {
        let shape = self.kind.shape;
        let planes = move |image: Tensor<2>| -> Tensor<4> {
            image.reshape([1, shape.channels, shape.height, shape.width])
        };
        let units = self.settings.units_of(self.settings.blocks() - 1);
        let loudest = move |features: Tensor<2>| -> Tensor<2> {
            let maps: Tensor<3> = features.reshape([1, units as i32, -1]);
            maps.max_dim(2).squeeze_dim(2)
        };
        let (stack, readout) = (self.stack.clone(), self.readout.clone());
        let mirrors = self.settings.mirror_features;
        let local = Network {
            name: "local",
            confidence: Confidence::Softmax,
            forward: Box::new(move |image| {
                let features = of_images(&stack, planes(image), mirrors);
                (readout.forward(features.clone()), loudest(features))
            }),
        };
        let trained = self.trained.iter().cloned().map(|(name, cnn)| Network {
            name,
            confidence: Confidence::Softmax,
            forward: Box::new(move |image| {
                let features = cnn.features(planes(image));
                (cnn.classes_of(features.clone()), loudest(features))
            }),
        });
        std::iter::once(local).chain(trained).collect()
    }

    /// The arrays of all networks, whose names begin with `local`, `backprop` or `fine-tuned`. Blocks are counted from
    /// 1; features are the maps of the last block, unit by unit.
    ///
    /// | array | shape |
    /// |---|---|
    /// | `NETWORK.blockN.kernel` | `[units, channels, k, k]` |
    /// | `NETWORK.blockN.mean`, `.variance` of the batch norm | `[channels]` |
    /// | `NETWORK.blockN.scale`, `.shift`, not of `local` | `[channels]` |
    /// | `NETWORK.readout.weight`, `.bias` | `[classes, features]`, `[classes]` |
    ///
    /// Beside them are `image`, its `[channels, height, width]`, the names of the `classes`, what each of the `blocks` is
    /// beside its arrays, the names of the `networks`, `mirror_features`, and all `settings`.
    pub fn export(&self) -> Export {
        let shape = self.kind.shape;
        let blocks = (1..).zip(&self.stack.blocks).flat_map(|(number, block)| {
            let name = |part| format!("local.block{number}.{part}");
            [
                Array::new(name("kernel"), block.conv.weight.val()),
                Array::new(name("mean"), block.norm.running_mean.value_sync()),
                Array::new(name("variance"), block.norm.running_var.value_sync()),
            ]
        });
        let trained = self.trained.iter().flat_map(|(name, cnn)| cnn.arrays(name));
        let arrays = blocks
            .chain(readout_arrays("local", &self.readout))
            .chain(trained);
        let names = self.trained.iter().map(|(name, _)| *name);
        let networks: Vec<_> = std::iter::once("local").chain(names).collect();
        let blocks = 0..self.settings.blocks();
        Export {
            about: json!({
                "program": "deep-local",
                "image": [shape.channels, shape.height, shape.width],
                "classes": self.kind.classes,
                "networks": networks,
                "blocks": blocks.map(|block| self.about(block)).collect::<Vec<_>>(),
                "mirror_features": self.settings.mirror_features,
                "settings": self.settings,
            }),
            arrays: arrays.collect(),
        }
    }

    /// What a block is beside its arrays.
    fn about(&self, block: usize) -> Value {
        let settings = &self.settings;
        json!({
            "epsilon": self.stack.blocks[block].norm.epsilon,
            "padding": settings.padding_of(block),
            "padding_mode": "reflect",
            "unit_patches": settings.rule.takes_unit_patches(),
            "power": settings.powers[block],
            "pooling": settings.poolings[block].about(),
        })
    }
}

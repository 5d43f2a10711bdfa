//! Settings to start from, for each data set.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{FeatureScale, Loss, Settings};
use crate::backend::Backend;
use crate::data::Dataset;

/// A set of settings to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Minutes on two CPU cores, a little worse than published.
    Quick,
    /// The published settings of MNIST and CIFAR-10, and the same length of training for the
    /// others; hours on a CPU.
    Paper,
}

impl Preset {
    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Paper => "paper",
        }
    }
}

/// The readout's rates of the paper on MNIST: five steps over six equal parts of training.
const RATES_MNIST: [f64; 6] = [1e-3, 1e-3, 5e-4, 1e-4, 5e-5, 1e-5];

/// The readout's rates of the paper on CIFAR-10: nine steps over ten equal parts of training.
const RATES_CIFAR10: [f64; 10] = [4e-3, 4e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5];

/// The settings of `preset` for `dataset`, on flex with seed 0.
pub fn preset(dataset: Dataset, preset: Preset) -> Settings {
    match (dataset, preset) {
        (Dataset::Digits, Preset::Quick) => digits(),
        (Dataset::Digits, Preset::Paper) => Settings {
            preset,
            epochs_hebbian: 1000,
            epochs_readout: 300,
            epochs_backprop: 300,
            snapshot_every: 20,
            ..digits()
        },
        (Dataset::Mnist | Dataset::FashionMnist, Preset::Paper) => Settings {
            dataset,
            ..paper_mnist()
        },
        (Dataset::Mnist | Dataset::FashionMnist, Preset::Quick) => Settings {
            dataset,
            preset,
            epochs_hebbian: 30,
            epochs_readout: 60,
            epochs_backprop: 10,
            snapshot_every: 1,
            ..paper_mnist()
        },
        (Dataset::Cifar10, Preset::Paper) => paper_cifar10(),
        (Dataset::Cifar10, Preset::Quick) => Settings {
            preset,
            hidden: 500,
            // Ten times the steps of the published batch of 1000, which in so few epochs would
            // leave the synapses near their random start.
            batch_size: 100,
            epochs_hebbian: 25,
            epochs_readout: 30,
            epochs_backprop: 8,
            snapshot_every: 1,
            ..paper_cifar10()
        },
    }
}

/// The settings commonly quoted for MNIST, the origin of all presets.
///
/// The features are divided by their root mean square before the readout, so beta is 0.3 rather
/// than the quoted 0.01 to 1 on unscaled features, whose scale depends on the power n.
fn paper_mnist() -> Settings {
    Settings {
        dataset: Dataset::Mnist,
        preset: Preset::Paper,
        backend: Backend::Flex,
        seed: 0,
        validation: 0,
        snapshot_every: 20,
        hidden: 2000,
        p: 3.0,
        k: 7,
        delta: 0.4,
        radius: 1.0,
        unit_length: false,
        epochs_hebbian: 1000,
        batch_size: 100,
        learning_rate: 0.04,
        power: 4.5,
        feature_scale: FeatureScale::Layer,
        loss_readout: Loss::Power,
        beta: 0.3,
        loss_power: 6.0,
        epochs_readout: 300,
        batch_size_readout: 100,
        learning_rates_readout: RATES_MNIST.to_vec(),
        loss_backprop: Loss::CrossEntropy,
        epochs_backprop: 300,
        batch_size_backprop: 100,
        learning_rates_backprop: RATES_MNIST.to_vec(),
    }
}

fn paper_cifar10() -> Settings {
    Settings {
        dataset: Dataset::Cifar10,
        p: 2.0,
        k: 2,
        delta: 0.2,
        unit_length: true,
        batch_size: 1000,
        learning_rate: 0.02,
        power: 10.0,
        epochs_readout: 500,
        learning_rates_readout: RATES_CIFAR10.to_vec(),
        ..paper_mnist()
    }
}

/// Small images and few of them: fewer hidden units and images per step. Chosen on the last 360
/// training images (`--validation 360`, seeds 0 to 2), as were the sharper power and the losses.
fn digits() -> Settings {
    Settings {
        dataset: Dataset::Digits,
        preset: Preset::Quick,
        hidden: 400,
        epochs_hebbian: 200,
        batch_size: 20,
        power: 8.0,
        beta: 1.0,
        epochs_readout: 60,
        batch_size_readout: 20,
        loss_backprop: Loss::Power,
        epochs_backprop: 120,
        batch_size_backprop: 10,
        snapshot_every: 5,
        ..paper_mnist()
    }
}

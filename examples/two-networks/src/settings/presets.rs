//! Settings to start from, for each data set.

use clap::ValueEnum;
use image_runs::{EarlierRun, List};
use image_sets::{ImageSet, ImageSource};
use serde::{Deserialize, Serialize};

use super::{Loss, Only, Settings, Start};
use burn_hebbian::FeatureScale;
use burn_runs::Backend;

/// A set of settings to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Minutes on two CPU cores, a little worse than published.
    Quick,
    /// The published sizes, and settings chosen on validation images to reach the published errors;
    /// up to an hour on two CPU cores.
    Paper,
    /// The settings that are quoted for the paper, on MNIST and CIFAR-10, to the end; of the quoted beta and push, those of
    /// least validation error. Hours on two CPU cores. The digits and Fashion-MNIST, which the paper does not have, take those of
    /// MNIST, other images those of CIFAR-10.
    Quoted,
}

impl Preset {
    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Paper => "paper",
            Self::Quoted => "quoted",
        }
    }
}

/// The readout's rates of the paper on MNIST: five steps over six equal parts of training.
const RATES_MNIST: [f64; 6] = [1e-3, 1e-3, 5e-4, 1e-4, 5e-5, 1e-5];

/// The readout's rates of the paper on CIFAR-10: nine steps over ten equal parts of training.
const RATES_CIFAR10: [f64; 10] = [4e-3, 4e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5];

/// The settings of `preset` for `dataset`, on flex with seed 0.
///
/// Those of the user's own images are the settings of CIFAR-10, the hardest of the data sets.
pub fn preset(dataset: impl Into<ImageSource>, preset: Preset) -> Settings {
    let dataset = dataset.into();
    let set = dataset.set().unwrap_or(ImageSet::Cifar10);
    Settings {
        dataset,
        ..of_set(set, preset)
    }
}

fn of_set(set: ImageSet, preset: Preset) -> Settings {
    match (set, preset) {
        (ImageSet::Digits, Preset::Quick) => digits(),
        (ImageSet::Digits, Preset::Paper) => Settings {
            preset,
            epochs_hebbian: 1000,
            epochs_readout: 300,
            epochs_backprop: 300,
            snapshot_every: 20,
            ..digits()
        },
        (ImageSet::Mnist, Preset::Paper) => paper_mnist(),
        (ImageSet::FashionMnist, Preset::Paper) => paper_fashion_mnist(),
        (ImageSet::Digits | ImageSet::Mnist | ImageSet::FashionMnist, Preset::Quoted) => {
            quoted_mnist()
        }
        (ImageSet::Cifar10, Preset::Quoted) => quoted_cifar10(),
        (ImageSet::Mnist, Preset::Quick) => quick(paper_mnist()),
        (ImageSet::FashionMnist, Preset::Quick) => quick(paper_fashion_mnist()),
        (ImageSet::Cifar10, Preset::Paper) => paper_cifar10(),
        (ImageSet::Cifar10, Preset::Quick) => Settings {
            preset,
            hidden: 500,
            // In so few epochs p = 2 does not converge, and a push of 0.1 at rank 2 costs 2 points (cifar10-17).
            p: 3.0,
            delta: 0.2,
            epochs_hebbian: 25,
            epochs_readout: 30,
            epochs_backprop: 8,
            snapshot_every: 1,
            ..paper_cifar10()
        },
    }
}

/// The settings of MNIST, the origin of all presets: those commonly quoted, but for what was open or
/// was better on 10,000 images held out. The log of every trial is in `results/search`.
fn paper_mnist() -> Settings {
    Settings {
        // That of the caller takes its place.
        dataset: ImageSet::Mnist.into(),
        image_size: 0,
        preset: Preset::Paper,
        backend: Backend::Flex,
        seed: 0,
        validation: 0,
        snapshot_every: 20,
        labels: 0,
        only: Only::Both,
        from_hidden: EarlierRun::default(),
        hidden: 2000,
        // 3.3 and 3.6 fit the training images better, and the others no better (mnist-14).
        p: 3.0,
        // Quoted: 7, which gave 1.66 and 1.85 % with seeds 0 and 1, where 10 gave 1.69 and 1.66 %
        // (mnist-8). Ranks 2 to 5 cost 0.2 to 0.3 points (mnist-4, mnist-5).
        k: 10,
        // 0.3 and 0.44 were no better (mnist-5, mnist-23), nor was a stronger push nearer to the winner,
        // up to the edge where learning fails (mnist-22).
        delta: 0.4,
        radius: 1.0,
        unit_length: false,
        centre: false,
        start: Start::Noise,
        push_epochs: 0,
        // Quoted: 1000. With 80, and 60 of the readout, the mean of two seeds was 1.83 instead of
        // 1.68 % (mnist-9, mnist-8); 500 gave 1.70 % with one seed (mnist-13).
        epochs_hebbian: 200,
        batch_size: 100,
        learning_rate: 0.04,
        power: 4.5,
        // Not in the paper. One factor for the layer cost 0.06 points (mnist-4).
        feature_scale: FeatureScale::Capped,
        // The cross-entropy cost 0.10 points, the mean of nine hidden layers (mnist-14).
        loss_readout: Loss::Power,
        // Quoted: 0.01 to 1, on features of another size. 0.15 and 0.6 were no better (mnist-6, mnist-8).
        beta: 0.3,
        loss_power: 6.0,
        penalty_readout: 0.0,
        // Quoted: 300. The lowest validation error came before epoch 110 of 150 in most trials (mnist-8).
        epochs_readout: 150,
        batch_size_readout: 100,
        learning_rates_readout: List(RATES_MNIST.to_vec()),
        // 1.35 and 1.37 % with two seeds; the cross-entropy 1.46 and 1.49 % at twice the rates,
        // which suited it better (mnist-backprop, mnist-backprop-2).
        loss_backprop: Loss::Power,
        beta_backprop: 1.0,
        // The lowest validation error came at epoch 28 of 30.
        epochs_backprop: 30,
        batch_size_backprop: 100,
        learning_rates_backprop: List(vec![5e-4, 5e-4, 2.5e-4, 5e-5, 2.5e-5, 5e-6]),
    }
}

/// The settings of Fashion-MNIST, which the paper does not have: those of MNIST, but for what 10,000
/// images held out asked for.
fn paper_fashion_mnist() -> Settings {
    Settings {
        // These in place of the mean image, 40 epochs, a power of 8 and the power loss: 11.5 instead of 12.1 %, and 94
        // instead of 27 % converge (fashion-mnist-4). A push of 0.3 lets 19 % die in 40 epochs (fashion-mnist-3). p = 2 and
        // k = 20 were 0.3 points better with MNIST's readout (fashion-mnist-12), but on all 60,000 images a quarter of
        // the units die.
        centre: true,
        k: 7,
        delta: 0.2,
        epochs_hebbian: 80,
        // 2 to 6 were no better with the rates of this readout (fashion-mnist-17).
        power: 3.0,
        loss_readout: Loss::CrossEntropy,
        // At the rates of MNIST 11.6 instead of 11.3 %, and with 400 epochs 11.4 %; a penalty made no difference
        // (fashion-mnist-15, fashion-mnist-16).
        epochs_readout: 100,
        learning_rates_readout: List(RATES_CIFAR10.to_vec()),
        // 20 gave 9.9 instead of 9.6 %. Twice the rates cost 0.4 points; half of them gave 9.4 %, one seed, and were
        // not tried further (fashion-mnist-backprop).
        epochs_backprop: 40,
        ..paper_mnist()
    }
}

/// A small part of the training of `paper`, for 28 x 28 pixels.
fn quick(paper: Settings) -> Settings {
    Settings {
        preset: Preset::Quick,
        epochs_hebbian: 30,
        epochs_readout: 60,
        epochs_backprop: 10,
        snapshot_every: 1,
        ..paper
    }
}

/// The settings of CIFAR-10, chosen on 5,000 images held out. The range that is quoted is wide: p 2 to 5, k 2 or 3, delta 0
/// to 0.3.
fn paper_cifar10() -> Settings {
    Settings {
        // Images of unit length all resemble their mean: half of the units die, and of the others only some converge.
        // Without it none die, nearly all converge, and a stronger push pays: 49.2 instead of 50.1 % (cifar10-14, cifar10-9).
        centre: true,
        p: 2.0,
        k: 7,
        delta: 0.3,
        unit_length: true,
        // Quoted: 1000 images a step at a rate of 0.02. Ten times the steps an epoch, each larger, leave the
        // random start in 40 epochs; at 1000, 3 % of the units had converged after 100.
        batch_size: 100,
        learning_rate: 0.05,
        epochs_hebbian: 40,
        // Quoted: 10. 2.5 was no better with this readout (cifar10-15).
        power: 2.0,
        // The power loss cost 0.5 points, and ten times the penalty 0.9 (cifar10-15).
        loss_readout: Loss::CrossEntropy,
        penalty_readout: 1e-4,
        // Quoted: 500, which fit the training images better and the others no better (cifar10-18, cifar10-19).
        epochs_readout: 120,
        // A quarter of these rates cost 1.2 points (cifar10-11).
        learning_rates_readout: List(RATES_CIFAR10.to_vec()),
        loss_backprop: Loss::CrossEntropy,
        // Early stopping: of 40 epochs, the validation error was lowest at 35 and 36 (cifar10-backprop).
        epochs_backprop: 36,
        learning_rates_backprop: List(vec![3e-4, 3e-4, 1e-4, 3e-5]),
        ..paper_mnist()
    }
}

/// The settings that are quoted for MNIST. The baseline, of which none are quoted, has those of `paper`.
fn quoted_mnist() -> Settings {
    Settings {
        preset: Preset::Quoted,
        k: 7,
        epochs_hebbian: 1000,
        feature_scale: FeatureScale::None,
        // 0.01, 0.1 and 1 are quoted: 2.50, 1.94 and 1.88 % on validation images (mnist-quoted).
        beta: 1.0,
        epochs_readout: 300,
        snapshot_every: 100,
        ..paper_mnist()
    }
}

/// The settings that are quoted for CIFAR-10: p from 2 to 5, k 2 or 3, delta from 0 to 0.3.
fn quoted_cifar10() -> Settings {
    Settings {
        centre: false,
        p: 2.0,
        k: 2,
        // After a fifth of stage 1, 53.4 % with this push and 53.7 without one; p = 3 has not converged there
        // (cifar10-quoted, cifar10-quoted-2).
        delta: 0.2,
        batch_size: 1000,
        learning_rate: 0.02,
        epochs_hebbian: 1000,
        power: 10.0,
        feature_scale: FeatureScale::None,
        loss_readout: Loss::Power,
        penalty_readout: 0.0,
        // 0.01, 0.1 and 1 are quoted: 61.4, 55.7 and 53.7 % after a fifth of stage 1 (cifar10-quoted).
        beta: 1.0,
        epochs_readout: 500,
        preset: Preset::Quoted,
        snapshot_every: 100,
        ..paper_cifar10()
    }
}

/// Small images and few of them: fewer hidden units and images per step. Chosen on the last 360
/// training images (`--validation 360`, seeds 0 to 2), as were the sharper power and the losses.
fn digits() -> Settings {
    Settings {
        preset: Preset::Quick,
        hidden: 400,
        k: 7,
        // With the mean image, 41 % of the units die and 55 % converge; without it 1.8 % die, 98 % converge, and
        // the validation error falls from 1.94 to 1.48 % (digits-1, digits-3).
        centre: true,
        delta: 0.2,
        epochs_hebbian: 200,
        batch_size: 20,
        power: 8.0,
        feature_scale: FeatureScale::Layer,
        beta: 1.0,
        epochs_readout: 60,
        batch_size_readout: 20,
        epochs_backprop: 120,
        batch_size_backprop: 10,
        learning_rates_backprop: List(RATES_MNIST.to_vec()),
        snapshot_every: 5,
        ..paper_mnist()
    }
}

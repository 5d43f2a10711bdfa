//! Settings to start from, for each data set and rule.

use burn_runs::Backend;
use image_runs::{EarlierRun, List};
use image_sets::{ImageSet, ImageSource};

use super::{Backprop, Order, Pool, Preset, Rule, Settings};

/// The settings of `preset` for `dataset` and `rule`, on flex with seed 0.
///
/// Those of the user's own images are the settings of CIFAR-10.
pub fn preset(dataset: impl Into<ImageSource>, preset: Preset, rule: Rule) -> Settings {
    let dataset = dataset.into();
    let soft = match (dataset.set(), preset) {
        (Some(ImageSet::Digits), _) => digits(preset),
        (_, Preset::Paper) => paper(dataset),
        (_, Preset::Quick) => quick(paper(dataset)),
    };
    of_rule(soft, rule)
}

/// The network of Journe et al., ICLR 2023, for CIFAR-10, and the same for the images of MNIST.
fn paper(dataset: ImageSource) -> Settings {
    Settings {
        dataset,
        image_size: 0,
        preset: Preset::Paper,
        rule: Rule::Soft,
        backend: Backend::Flex,
        seed: 0,
        validation: 0,
        labels: 0,
        width: 1.0,
        units: List(vec![96, 384, 1536]),
        kernels: List(vec![5, 3, 3]),
        powers: List(vec![0.7, 1.4, 1.0]),
        poolings: List(vec![
            Pool::max(4, 2, 1),
            Pool::max(4, 2, 1),
            Pool::average(2, 2, 0),
        ]),
        from_local: EarlierRun::default(),
        // Published: one block after the other. It costs a tenth of the time more.
        order: Order::AllAtOnce,
        epochs_local: 1,
        batch_size: 10,
        learning_rates: List(vec![0.08, 0.005, 0.01]),
        falling: false,
        rate_power: 0.5,
        radius: 25.0,
        temperatures: List(vec![1.0, 0.65, 0.25]),
        // Of Krotov and Hopfield's rule no settings in such a network are published.
        p: 2.0,
        k: 2,
        delta: 0.1,
        mirror_features: false,
        scale_features: true,
        epochs_readout: 50,
        batch_size_readout: 64,
        learning_rate_readout: 1e-3,
        halvings: List(vec![10, 17, 25, 30, 35, 40, 45]),
        dropout: 0.5,
        backprop: Backprop::Budget,
        fine_tune: false,
        epochs_backprop: 50,
        batch_size_backprop: 64,
        learning_rate_backprop: 1e-3,
        halvings_backprop: List(vec![10, 17, 25, 30, 35, 40, 45]),
    }
}

/// A quarter of the width, and a readout of fewer epochs with its halvings at the same shares of them.
fn quick(paper: Settings) -> Settings {
    Settings {
        preset: Preset::Quick,
        width: 0.25,
        epochs_readout: 12,
        halvings: List(vec![2, 4, 6, 7, 8, 10, 11]),
        ..paper
    }
}

/// Two blocks for images of 8 x 8 pixels, of which there are few.
fn digits(preset: Preset) -> Settings {
    let paper = Settings {
        preset,
        units: List(vec![48, 192]),
        kernels: List(vec![3, 3]),
        powers: List(vec![0.7, 1.0]),
        poolings: List(vec![Pool::max(2, 2, 0), Pool::average(2, 2, 0)]),
        epochs_local: 20,
        learning_rates: List(vec![0.08, 0.01]),
        temperatures: List(vec![1.0, 0.65]),
        ..paper(ImageSet::Digits.into())
    };
    match preset {
        Preset::Paper => paper,
        Preset::Quick => Settings {
            epochs_local: 5,
            ..paper
        },
    }
}

/// What another rule than the soft competition asks for.
fn of_rule(soft: Settings, rule: Rule) -> Settings {
    let blocks = soft.units.len();
    let soft = Settings { rule, ..soft };
    match rule {
        Rule::Soft | Rule::SoftAll | Rule::Random => soft,
        // Chosen on held-out images of CIFAR-10 at a quarter of the width, as those below. From the start and
        // with the rates of the soft rule, as published for the hard one, most units come to one direction.
        Rule::Plain | Rule::Oja => falling(0.02, soft),
        Rule::KrotovHopfield => falling(0.005, soft),
        Rule::Instar => Settings {
            learning_rates: List(vec![0.05; blocks]),
            ..soft
        },
    }
}

/// From length 1, with a rate that falls instead of one that dies out at that length.
fn falling(rate: f64, settings: Settings) -> Settings {
    Settings {
        learning_rates: List(vec![rate; settings.units.len()]),
        falling: true,
        rate_power: 0.0,
        radius: 1.0,
        ..settings
    }
}

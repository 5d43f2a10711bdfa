//! What the finished networks look like from outside: the numbers behind the report's figures.

use burn::data::dataloader::DataLoader;
use burn::tensor::{Int, Tensor, TensorData};
use burn_hebbian::{HebbianLinear, LocalRule, unit_length};
use image_runs::loader::unlabelled;
use image_runs::{EVALUATION_BATCH, Experiment};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use super::biological::Biological;
use super::hebbian::Hebbian;
use crate::report::{Analysis, ImageInfo, Nearest};
use crate::settings::Settings;

/// How many detectors the nearest training image is searched for.
const NEAREST: usize = 10;

/// How many images the active units are counted on.
const ACTIVITY_SAMPLE: usize = 1000;

/// How many detectors the figures show of images with so many `channels`, as in the paper: 25 in colour or 20 others.
fn shown_count(channels: usize) -> usize {
    match channels {
        3 => 25,
        _ => 20,
    }
}

/// Hidden units drawn at random: three times as many as the figures show, because those that die
/// keep their large random start, which would wash out the colours of the others.
pub(super) fn candidates(settings: &Settings, channels: usize) -> Vec<usize> {
    let count = (3 * shown_count(channels)).min(settings.hidden);
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    sample(&mut rng, settings.hidden, count).into_vec()
}

/// Which of the candidates the figures show: the first that win, and dead ones only where there
/// are too few.
fn shown(candidates: &[usize], wins: &[u64], count: usize) -> Vec<usize> {
    let (living, dead): (Vec<_>, Vec<_>) =
        (0..candidates.len()).partition(|place| wins[candidates[*place]] > 0);
    living.into_iter().chain(dead).take(count).collect()
}

/// Measures the finished networks, and thins the snapshots out to the units that are shown.
pub(super) fn analyse(
    experiment: &Experiment,
    settings: &Settings,
    biological: Option<&mut Biological>,
) -> Analysis {
    let image = &experiment.train_images;
    let channels = image.shape.channels;
    let candidates = candidates(settings, channels);
    let mut analysis = Analysis {
        image: ImageInfo {
            channels,
            height: image.shape.height,
            width: image.shape.width,
            white: f32::from(image.white),
        },
        wins: Vec::new(),
        norms: Vec::new(),
        positive_units: Vec::new(),
        effective_units: Vec::new(),
        nearest: Vec::new(),
        shown_hebbian: Vec::new(),
        shown_backprop: Vec::new(),
    };
    let count = shown_count(channels).min(candidates.len());
    let mut units = candidates[..count].to_vec();
    if let Some(biological) = biological {
        let features = biological.features().clone();
        let Biological {
            experiment, hidden, ..
        } = biological;
        let Hebbian {
            layer, snapshots, ..
        } = hidden;
        analysis.wins = wins(experiment, settings, layer);
        let places = shown(&candidates, &analysis.wins, count);
        for snapshot in snapshots {
            let rows: Vec<_> = snapshot.synapses.chunks(experiment.visible()).collect();
            let kept = places.iter().flat_map(|place| rows[*place]).copied();
            snapshot.synapses = kept.collect();
        }
        units = places.iter().map(|place| candidates[*place]).collect();
        let sampled = features.dims()[0].min(ACTIVITY_SAMPLE);
        analysis.norms = layer.norms().into_data().iter().collect();
        analysis.positive_units = positive_units(experiment, layer, sampled);
        analysis.effective_units = effective_units(features.narrow(0, 0, sampled));
        analysis.nearest = nearest(experiment, layer, &units[..units.len().min(NEAREST)]);
        analysis.shown_hebbian = units.clone();
    }
    if settings.only.has_backprop() {
        analysis.shown_backprop = units;
    }
    analysis
}

/// How many training images each unit wins.
pub(crate) fn wins<R: LocalRule>(
    experiment: &Experiment,
    settings: &Settings,
    layer: &HebbianLinear<R>,
) -> Vec<u64> {
    let mut wins = vec![0; settings.hidden];
    for batch in unlabelled(&experiment.train, EVALUATION_BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let batch = if settings.unit_length {
            unit_length(batch)
        } else {
            batch
        };
        for winner in layer.winners(batch).into_data().iter::<i64>() {
            wins[winner as usize] += 1;
        }
    }
    wins
}

/// For each of the first judging images, the number of units with `W v > 0`.
fn positive_units(experiment: &Experiment, layer: &HebbianLinear, count: usize) -> Vec<u32> {
    let images = experiment.judge.inputs.clone().narrow(0, 0, count);
    let positive = layer.forward(images).greater_elem(0.0).int().sum_dim(1);
    positive.into_data().iter().collect()
}

/// The participation ratio `(sum h)^2 / sum h^2` of each row: how many equal units would spread
/// the activity as wide.
fn effective_units(features: Tensor<2>) -> Vec<f32> {
    let sum = features.clone().sum_dim(1).square();
    let squares = features.square().sum_dim(1).clamp_min(f32::MIN_POSITIVE);
    (sum / squares).into_data().iter().collect()
}

/// The training image with the largest cosine to each of `units`.
fn nearest(experiment: &Experiment, layer: &HebbianLinear, units: &[usize]) -> Vec<Nearest> {
    let device = &experiment.device;
    let indices: Vec<i64> = units.iter().map(|unit| *unit as i64).collect();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [units.len()]), device);
    let detectors = unit_length(layer.synapses().select(0, indices)).transpose();
    let mut best = vec![(0, f32::NEG_INFINITY); units.len()];
    for (chunk, batch) in unlabelled(&experiment.train, EVALUATION_BATCH)
        .iter()
        .enumerate()
    {
        let batch = batch.expect("a tensor in memory yields every batch");
        let cosines = unit_length(batch).matmul(detectors.clone()).into_data();
        let cosines: Vec<f32> = cosines.iter().collect();
        for (row, cosines) in cosines.chunks(units.len()).enumerate() {
            for (best, cosine) in best.iter_mut().zip(cosines) {
                if *cosine > best.1 {
                    *best = (chunk * EVALUATION_BATCH + row, *cosine);
                }
            }
        }
    }
    let found = units.iter().zip(best);
    found
        .map(|(unit, (image, cosine))| Nearest {
            unit: *unit,
            image,
            cosine,
            pixels: experiment.train_images.image(image).to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, preset};
    use burn::tensor::Device;
    use image_sets::ImageSet;

    #[test]
    fn the_participation_ratio_counts_equal_units() {
        let features = Tensor::from_data(
            [[1.0, 1.0, 1.0, 0.0], [5.0, 0.0, 0.0, 0.0], [0.0; 4]],
            &Device::default(),
        );
        assert_eq!(effective_units(features), [3.0, 1.0, 0.0]);
    }

    #[test]
    fn candidates_are_distinct_and_follow_the_seed() {
        let mut settings = preset(ImageSet::Cifar10, Preset::Quick);
        let mut drawn = candidates(&settings, 3);
        assert_eq!(drawn, candidates(&settings, 3));
        settings.seed = 1;
        assert_ne!(drawn, candidates(&settings, 3));
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 75);
        settings.hidden = 8;
        assert_eq!(candidates(&settings, 3).len(), 8);
    }

    #[test]
    fn living_units_are_shown_first() {
        let wins = [0, 5, 0, 2, 9];
        assert_eq!(shown(&[2, 4, 0, 1], &wins, 2), [1, 3]);
        assert_eq!(shown(&[2, 4, 0, 1], &wins, 3), [1, 3, 0]);
    }
}

//! What the finished blocks make of all images, once: cached as bfloat16, for reading them is what
//! bounds the readout.

use std::time::Instant;

use burn::data::dataloader::DataLoader;
use burn::tensor::{DType, Tensor};
use burn_hebbian::train::Labelled;
use image_runs::loader::unlabelled;

use super::local::Stack;
use super::stage::Stage;

/// Images at a time: the maps of a hundred images fill a few hundred megabytes.
const BATCH: usize = 100;

/// The features of all images, divided by their size.
pub(crate) struct Features {
    pub train: Labelled,
    pub judge: Labelled,
    /// The root mean square of the features of the first training images, or 1 where the settings
    /// leave them as they are.
    pub size: f64,
    pub seconds: f64,
}

/// Runs all images through the finished blocks.
pub(crate) fn features(stage: &Stage, stack: &Stack) -> Features {
    let started = Instant::now();
    let experiment = stage.experiment;
    let train = experiment.planes(&experiment.train);
    let judge = experiment.planes(&experiment.judge);
    let size = if stage.settings.scale_features {
        size(stack, &train)
    } else {
        1.0
    };
    Features {
        train: cached(stack, &train, size),
        judge: cached(stack, &judge, size),
        size,
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// The root mean square of the features of the first images.
fn size(stack: &Stack, images: &Labelled<4>) -> f64 {
    let [count, ..] = images.inputs.dims();
    let first = images.inputs.clone().narrow(0, 0, BATCH.min(count));
    let square = stack.forward(first).square().mean().into_scalar::<f64>();
    square.sqrt().max(f32::MIN_POSITIVE.into())
}

/// The features of `images`, divided by `size`, as bfloat16.
fn cached(stack: &Stack, images: &Labelled<4>, size: f64) -> Labelled {
    let [count, ..] = images.inputs.dims();
    let device = &images.inputs.device();
    // Made when the first batch tells how many features there are, then written in place: a second
    // copy would not fit in the memory that the run is to have.
    let mut all: Option<Tensor<2>> = None;
    let mut done = 0;
    for batch in unlabelled(images, BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let features: Tensor<2> = stack.forward(batch).flatten(1, 3) / size;
        let [rows, width] = features.dims();
        let place = [done..done + rows, 0..width];
        let kept = all
            .take()
            .unwrap_or_else(|| Tensor::empty([count, width], (device, DType::BF16)));
        all = Some(kept.slice_assign(place, features.cast(DType::BF16)));
        done += rows;
    }
    Labelled {
        inputs: all.expect("there is at least one image"),
        labels: images.labels.clone(),
    }
}

#[cfg(all(test, feature = "flex"))] // Other backends take minutes.
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule, preset};
    use burn::tensor::{Device, Distribution, Tolerance};
    use image_sets::ImageSet;

    #[test]
    fn cached_features_are_those_of_the_blocks_at_a_size_of_1() {
        let device = Device::flex();
        device.seed(1);
        let settings = preset(ImageSet::Digits, Preset::Quick, Rule::Soft);
        let stack = settings.stack().init(&device).unwrap();
        let count = BATCH + 7;
        let images = Labelled {
            inputs: Tensor::random([count, 1, 8, 8], Distribution::Default, &device),
            labels: Tensor::zeros([count], &device),
        };
        let size = size(&stack, &images);
        let cached = cached(&stack, &images, size).inputs.cast(DType::F32);
        let mean = cached.clone().square().mean().into_scalar::<f64>();
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
        let expected: Tensor<2> = stack.forward(images.inputs).flatten(1, 3) / size;
        let tolerance = Tolerance::relative(1.0 / 128.0);
        cached
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), tolerance);
    }
}

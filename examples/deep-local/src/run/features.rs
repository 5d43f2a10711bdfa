//! What the finished blocks make of all images, once: cached as bfloat16 where the device has it, for
//! reading them is what bounds the readout.

use std::time::Instant;

use burn::data::dataloader::DataLoader;
use burn::tensor::{DType, Int, Tensor};
use burn_hebbian::train::Labelled;
use image_runs::loader::unlabelled;

use super::local::Stack;
use super::stage::Stage;

/// Images at a time: the maps of a hundred images fill a few hundred megabytes.
const BATCH: usize = 100;

/// The features of the labelled images and of those to judge by, divided by their size.
pub(crate) struct Features {
    pub labelled: Labelled,
    pub judge: Labelled,
    /// The root mean square of the features of the first labelled images, or 1 where the settings
    /// leave them as they are.
    pub size: f64,
    pub seconds: f64,
}

/// Runs images through the finished blocks.
pub(crate) fn features(stage: &Stage, stack: &Stack) -> Features {
    let started = Instant::now();
    let experiment = stage.experiment;
    let labelled = experiment.planes(&stage.labelled);
    let judge = experiment.planes(&experiment.judge);
    let mirrors = stage.settings.mirror_features;
    let forward = |images| of_images(stack, images, mirrors);
    let size = if stage.settings.scale_features {
        size(forward, &labelled)
    } else {
        1.0
    };
    Features {
        labelled: cached(forward, &labelled, size),
        judge: cached(forward, &judge, size),
        size,
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// By an index: where a GPU backend is compiled in, Burn 0.22.1 sends a flip of floats to a server as one of integers.
fn mirrored(images: Tensor<4>) -> Tensor<4> {
    let [.., width] = images.dims();
    let columns = Tensor::<1, Int>::arange(0..width as i64, &images.device()).flip([0]);
    images.select(3, columns)
}

/// What the blocks make of `images`, or the mean of that and of what they make of the mirror images.
pub(crate) fn of_images(stack: &Stack, images: Tensor<4>, mirrors: bool) -> Tensor<2> {
    let of = |images| stack.forward(images).flatten(1, 3);
    if mirrors {
        (of(images.clone()) + of(mirrored(images))) / 2.0
    } else {
        of(images)
    }
}

/// The root mean square of the features of the first images.
fn size(forward: impl Fn(Tensor<4>) -> Tensor<2>, images: &Labelled<4>) -> f64 {
    let [count, ..] = images.inputs.dims();
    let first = images.inputs.clone().narrow(0, 0, BATCH.min(count));
    let square = forward(first).square().mean().into_scalar::<f64>();
    square.sqrt().max(f32::MIN_POSITIVE.into())
}

/// The features of `images`, divided by `size`, as bfloat16 or, on a device without it, as they are.
fn cached(forward: impl Fn(Tensor<4>) -> Tensor<2>, images: &Labelled<4>, size: f64) -> Labelled {
    let [count, ..] = images.inputs.dims();
    let device = &images.inputs.device();
    let dtype = if device.supports_dtype(DType::BF16) {
        DType::BF16
    } else {
        images.inputs.dtype()
    };
    // Made when the first batch tells how many features there are, then written in place: a second
    // copy would not fit in the memory that the run is to have.
    let mut all: Option<Tensor<2>> = None;
    let mut done = 0;
    for batch in unlabelled(images, BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let features = (forward(batch) / size).cast(dtype);
        let [rows, width] = features.dims();
        let place = [done..done + rows, 0..width];
        let kept = all
            .take()
            .unwrap_or_else(|| Tensor::empty([count, width], (device, dtype)));
        all = Some(kept.slice_assign(place, features));
        done += rows;
    }
    Labelled {
        inputs: all.expect("there is at least one image"),
        labels: images.labels.clone(),
    }
}

#[cfg(all(test, feature = "flex"))] // Blocks on other backends take minutes.
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule, preset};
    use burn::tensor::{Device, Distribution, Tolerance};
    use burn_runs::Backend;
    use image_sets::ImageSet;

    #[test]
    fn every_backend_caches_features() {
        let devices = Backend::ALL.into_iter().flat_map(Backend::device);
        for device in devices {
            let count = BATCH + 7;
            let numbers = Tensor::<1, Int>::arange(0..4 * count as i64, &device).float();
            let images = Labelled {
                inputs: numbers.reshape([count, 1, 2, 2]),
                labels: Tensor::zeros([count], &device),
            };
            let flat = |images: Tensor<4>| images.flatten(1, 3);
            let expected: Tensor<2> = flat(images.inputs.clone()) / 2.0;
            let cached = cached(flat, &images, 2.0).inputs.cast(DType::F32);
            let tolerance = Tolerance::relative(1.0 / 128.0);
            cached
                .into_data()
                .assert_approx_eq::<f32>(&expected.into_data(), tolerance);
        }
    }

    #[test]
    fn cached_features_are_those_of_the_blocks_at_a_size_of_1() {
        let device = Device::flex();
        device.seed(1);
        let settings = preset(ImageSet::Digits, Preset::Quick, Rule::Soft);
        let stack = settings
            .stack(ImageSet::Digits.shape())
            .init(&device)
            .unwrap();
        let count = BATCH + 7;
        let images = Labelled {
            inputs: Tensor::random([count, 1, 8, 8], Distribution::Default, &device),
            labels: Tensor::zeros([count], &device),
        };
        let forward = |images| of_images(&stack, images, false);
        let size = size(forward, &images);
        let cached = cached(forward, &images, size).inputs.cast(DType::F32);
        let mean = cached.clone().square().mean().into_scalar::<f64>();
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
        let expected: Tensor<2> = stack.forward(images.inputs).flatten(1, 3) / size;
        let tolerance = Tolerance::relative(1.0 / 128.0);
        cached
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), tolerance);
    }

    #[test]
    fn an_image_and_its_mirror_have_the_same_features_together() {
        let device = Device::flex();
        device.seed(2);
        let settings = preset(ImageSet::Digits, Preset::Quick, Rule::Soft);
        let stack = settings
            .stack(ImageSet::Digits.shape())
            .init(&device)
            .unwrap();
        let images = Tensor::random([3, 1, 8, 8], Distribution::Default, &device);
        let of = |images| of_images(&stack, images, true).into_data();
        let tolerance = Tolerance::relative(1e-5);
        let mirrored = of(images.clone().flip([3]));
        let features = of(images.clone());
        features.assert_approx_eq::<f32>(&mirrored, tolerance);
        let upside_down = of(images.flip([2]));
        let mut pairs = features.iter::<f32>().zip(upside_down.iter::<f32>());
        assert!(pairs.any(|(a, b)| (a - b).abs() > 0.1));
    }
}

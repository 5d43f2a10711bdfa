//! What the finished blocks make of all images, once: cached as float16, for reading them is what
//! bounds the readout.

use std::time::Instant;

use burn::data::dataloader::DataLoader;
use burn::tensor::{DType, Device, Tensor};
use burn_hebbian::train::Labelled;
use image_runs::loader::unlabelled;

use super::local::Stack;
use super::stage::Stage;

/// Images at a time: the maps of a hundred images fill a few hundred megabytes.
const BATCH: usize = 100;

/// The features of all images.
pub(crate) struct Features {
    pub train: Labelled,
    pub judge: Labelled,
    /// The root mean square of the features of the training images.
    pub size: f64,
    pub seconds: f64,
}

/// Runs all images through the finished blocks.
pub(crate) fn features(stage: &Stage, stack: &Stack) -> Features {
    let started = Instant::now();
    let experiment = stage.experiment;
    let (train, square) = cached(stack, &experiment.planes(&experiment.train));
    let (judge, _) = cached(stack, &experiment.planes(&experiment.judge));
    Features {
        train,
        judge,
        size: square.sqrt(),
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// The features of `images` as float16, and the mean of their squares.
fn cached(stack: &Stack, images: &Labelled<4>) -> (Labelled, f64) {
    let [count, ..] = images.inputs.dims();
    let device: &Device = &images.inputs.device();
    // Made when the first batch tells how many features there are, then written in place: a second
    // copy would not fit in the memory that the run is to have.
    let mut all: Option<Tensor<2>> = None;
    let mut squares = Tensor::<1>::zeros([1], device);
    let mut done = 0;
    for batch in unlabelled(images, BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let features: Tensor<2> = stack.forward(batch).flatten(1, 3);
        let [size, width] = features.dims();
        let sum = features.clone().square().mean() * (size as f64 / count as f64);
        squares = squares + sum;
        let rows = all
            .take()
            .unwrap_or_else(|| Tensor::empty([count, width], (device, DType::F16)));
        all = Some(rows.slice_assign([done..done + size, 0..width], features.cast(DType::F16)));
        done += size;
    }
    let features = Labelled {
        inputs: all.expect("there is at least one image"),
        labels: images.labels.clone(),
    };
    (features, squares.into_scalar::<f64>())
}

//! Loaders of images, with and without their labels.

use burn::tensor::{Int, Tensor};
use burn_hebbian::train::Labelled;
use burn_runs::DeviceLoader;

/// A loader of batches of rank `D` that a model takes as `O`.
pub type Loader<O, const D: usize = 2> = DeviceLoader<D, 1, Int, O>;

/// A loader of labelled batches.
pub fn labelled<const D: usize>(data: &Labelled<D>, batch_size: usize) -> Loader<Labelled<D>, D> {
    let (inputs, labels) = (data.inputs.clone(), data.labels.clone());
    DeviceLoader::new(inputs, labels, batch_size, Labelled::new)
}

/// A loader of examples without their labels.
pub fn unlabelled<const D: usize>(data: &Labelled<D>, batch_size: usize) -> Loader<Tensor<D>, D> {
    let (inputs, labels) = (data.inputs.clone(), data.labels.clone());
    DeviceLoader::new(inputs, labels, batch_size, |inputs, _| inputs)
}

//! Loaders of images, with and without their labels.

use burn::tensor::{Int, Tensor};
use burn_hebbian::train::Labelled;
use burn_runs::DeviceLoader;

/// A loader of batches that a model takes as `O`.
pub type Loader<O> = DeviceLoader<2, 1, Int, O>;

/// A loader of labelled batches.
pub fn labelled(data: &Labelled, batch_size: usize) -> Loader<Labelled> {
    let (inputs, labels) = (data.inputs.clone(), data.labels.clone());
    DeviceLoader::new(inputs, labels, batch_size, Labelled::new)
}

/// A loader of examples without their labels.
pub fn unlabelled(data: &Labelled, batch_size: usize) -> Loader<Tensor<2>> {
    let (inputs, labels) = (data.inputs.clone(), data.labels.clone());
    DeviceLoader::new(inputs, labels, batch_size, |inputs, _| inputs)
}

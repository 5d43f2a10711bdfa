//! Examples as one tensor on the device, gathered there into batches.

mod order;

use std::ops::Range;
use std::sync::Arc;

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::kind::Basic;
use burn::tensor::{Device, Int, Tensor, TensorData};

use order::Shuffle;

/// A loader that a training can be resumed with: what comes in an epoch follows from its number.
pub trait ResumableLoader<O>: DataLoader<O> {
    /// Makes the next epoch the one after the first `epochs`.
    fn go_on_after(&self, epochs: usize);
}

/// How a loader turns the inputs and the labels of a batch into what a model takes.
pub type Assemble<const D: usize, const E: usize, K, O> = fn(Tensor<D>, Tensor<E, K>) -> O;

/// A [`DataLoader`] over one tensor: a batch is one gather on the device.
///
/// Burn's own loaders fetch item by item, which can cost more than the training step.
///
/// ```
/// use burn::data::dataloader::DataLoader;
/// use burn::tensor::{Device, Int, Tensor};
/// use burn_runs::DeviceLoader;
///
/// let device = Device::default();
/// let images = Tensor::<3>::zeros([7, 28, 28], &device);
/// let digits = Tensor::<1, Int>::arange(0..7, &device);
/// let loader = DeviceLoader::new(images, digits, 3, |images, digits| (images, digits));
/// let sizes = loader.iter().map(|batch| batch.unwrap().0.dims());
/// assert_eq!(sizes.collect::<Vec<_>>(), [[3, 28, 28], [3, 28, 28], [1, 28, 28]]);
///
/// // Each epoch in an order of its own that follows from the seed, in whole batches.
/// let shuffled = loader.shuffled(0);
/// assert_eq!(shuffled.iter().count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct DeviceLoader<const D: usize, const E: usize, K: Basic, O> {
    inputs: Tensor<D>,
    labels: Tensor<E, K>,
    range: Range<usize>,
    batch_size: usize,
    /// The places of a batch that this loader takes.
    share: Range<usize>,
    shuffle: Option<Arc<Shuffle>>,
    assemble: Assemble<D, E, K, O>,
}

impl<const D: usize, const E: usize, K: Basic, O> DeviceLoader<D, E, K, O> {
    /// A loader of `inputs` and their `labels`, both along the first dimension, in the order of the
    /// data. The last batch is as small as it comes.
    ///
    /// # Panics
    ///
    /// Panics if there is not one label for each input, or if `batch_size` is 0.
    pub fn new(
        inputs: Tensor<D>,
        labels: Tensor<E, K>,
        batch_size: usize,
        assemble: Assemble<D, E, K, O>,
    ) -> Self {
        let (count, labelled) = (inputs.dims()[0], labels.dims()[0]);
        assert_eq!(count, labelled, "each input has one label");
        assert!(batch_size > 0, "a batch holds at least one example");
        Self {
            range: 0..count,
            inputs,
            labels,
            batch_size,
            share: 0..batch_size,
            shuffle: None,
            assemble,
        }
    }

    /// Draws a new order for every epoch and leaves a last, smaller batch out: a step that does not
    /// shrink with the batch would be loud there. What is left out differs from epoch to epoch.
    ///
    /// A slice of a shuffled loader, as each of several devices has one, takes its share of each batch: together they
    /// take the batches that one device would take, in the same order. Each of them holds all examples.
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.shuffle = Some(Arc::new(Shuffle::new(seed)));
        self
    }

    /// Divides each order of a [shuffled](Self::shuffled) loader into `parts`, which come as epochs of
    /// their own: checkpoints are made at the end of an epoch, and some passes over the data take long.
    ///
    /// # Panics
    ///
    /// Panics if the loader is not shuffled, or there are not as many batches as parts.
    pub fn in_parts(mut self, parts: usize) -> Self {
        let enough = (1..=self.batches()).contains(&parts);
        assert!(enough, "each part holds at least one batch");
        self.shuffle = self.change_shuffle(|shuffle| shuffle.in_parts(parts));
        self
    }

    /// Lets a [shuffled](Self::shuffled) loader seed the device anew at the start of each epoch. A model
    /// that draws random numbers as it learns, such as for dropout, then ends as it would have ended
    /// when it is resumed.
    ///
    /// # Panics
    ///
    /// Panics if the loader is not shuffled.
    pub fn reseeding(mut self) -> Self {
        self.shuffle = self.change_shuffle(Shuffle::reseeding);
        self
    }

    fn change_shuffle(&self, change: impl FnOnce(&Shuffle) -> Shuffle) -> Option<Arc<Shuffle>> {
        let shuffle = self.shuffle.as_ref().expect("a loader that is shuffled");
        Some(Arc::new(change(shuffle)))
    }

    /// The number of batches of one pass over the examples: an epoch, or all of its
    /// [parts](Self::in_parts).
    pub fn batches(&self) -> usize {
        match self.shuffle {
            Some(_) => (self.range.len() / self.batch_size).max(1),
            None => self.range.len().div_ceil(self.batch_size),
        }
    }

    fn order(&self) -> Vec<i64> {
        let range = self.range.clone();
        match &self.shuffle {
            Some(shuffle) => shuffle.draw(range, self.batch_size, &self.inputs.device()),
            None => range.map(|index| index as i64).collect(),
        }
    }
}

impl<const D: usize, const E: usize, K, O> DataLoader<O> for DeviceLoader<D, E, K, O>
where
    K: Basic + 'static,
    O: Send + Sync + Clone + 'static,
{
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        let order = self.order();
        Box::new(Batches {
            loader: self,
            order,
            processed: 0,
        })
    }

    fn num_items(&self) -> usize {
        (self.range.len() * self.share.len()).div_ceil(self.batch_size)
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(Self {
            inputs: self.inputs.clone().to_device(device),
            labels: self.labels.clone().to_device(device),
            ..self.clone()
        })
    }

    /// # Panics
    ///
    /// Panics if the loader is shuffled and the slice has no example of a batch.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        let Some(shuffle) = &self.shuffle else {
            return Arc::new(Self {
                range: self.range.start + start..self.range.start + end,
                ..self.clone()
            });
        };
        // Rounded, so that equal slices take equal shares.
        let (all, places) = (self.num_items(), self.share.len());
        let [from, to] = [start, end].map(|item| (2 * item * places + all) / (2 * all));
        assert!(from < to, "each slice has an example of each batch");
        Arc::new(Self {
            share: self.share.start + from..self.share.start + to,
            shuffle: Some(Arc::new(shuffle.same())),
            ..self.clone()
        })
    }
}

impl<const D: usize, const E: usize, K, O> ResumableLoader<O> for DeviceLoader<D, E, K, O>
where
    K: Basic + 'static,
    O: Send + Sync + Clone + 'static,
{
    fn go_on_after(&self, epochs: usize) {
        if let Some(shuffle) = &self.shuffle {
            shuffle.go_on_after(epochs);
        }
    }
}

struct Batches<'a, const D: usize, const E: usize, K: Basic, O> {
    loader: &'a DeviceLoader<D, E, K, O>,
    order: Vec<i64>,
    processed: usize,
}

impl<const D: usize, const E: usize, K: Basic, O> Iterator for Batches<'_, D, E, K, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let remaining = &self.order[self.processed..];
        if remaining.is_empty() {
            return None;
        }
        let Self { loader, .. } = self;
        let size = remaining.len().min(loader.batch_size);
        let place = |place| place * size / loader.batch_size;
        let indices = &remaining[place(loader.share.start)..place(loader.share.end)];
        self.processed += size;
        let indices = TensorData::new(indices.to_vec(), [indices.len()]);
        let indices = Tensor::<1, Int>::from_data(indices, &self.loader.inputs.device());
        let inputs = self.loader.inputs.clone().select(0, indices.clone());
        let labels = self.loader.labels.clone().select(0, indices);
        Some(Ok((self.loader.assemble)(inputs, labels)))
    }
}

impl<const D: usize, const E: usize, K: Basic, O> DataLoaderIterator<O>
    for Batches<'_, D, E, K, O>
{
    fn progress(&self) -> Progress {
        Progress::new(self.processed, self.order.len(), Some("items".to_string()))
    }
}

#[cfg(test)]
mod tests;

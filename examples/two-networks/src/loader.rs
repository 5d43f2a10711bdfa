//! Images as one tensor on the device, gathered there into batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use backprop_mlp::Labelled;
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// How a loader turns examples and labels into what a model takes.
pub type Assemble<O> = fn(Tensor<2>, Tensor<1, Int>) -> O;

/// A [`DataLoader`] over one tensor: a batch is one gather on the device.
///
/// Burn's own loaders fetch item by item, which costs more than the training step here.
#[derive(Clone, Debug)]
pub struct DeviceLoader<O> {
    inputs: Tensor<2>,
    labels: Tensor<1, Int>,
    range: std::ops::Range<usize>,
    batch_size: usize,
    shuffle: Option<Arc<Shuffle>>,
    assemble: Assemble<O>,
}

/// The seed of the order of examples, and the epochs drawn from it so far.
#[derive(Debug)]
struct Shuffle {
    seed: u64,
    epoch: AtomicU64,
}

impl DeviceLoader<Labelled> {
    /// A loader of labelled batches in the order of the data, the last one as it comes.
    pub fn labelled(data: &Labelled, batch_size: usize) -> Self {
        Self::new(data, batch_size, |inputs, labels| Labelled {
            inputs,
            labels,
        })
    }
}

impl DeviceLoader<Tensor<2>> {
    /// A loader of examples without their labels.
    pub fn unlabelled(data: &Labelled, batch_size: usize) -> Self {
        Self::new(data, batch_size, |inputs, _| inputs)
    }
}

impl<O> DeviceLoader<O> {
    fn new(data: &Labelled, batch_size: usize, assemble: Assemble<O>) -> Self {
        Self {
            range: 0..data.inputs.dims()[0],
            inputs: data.inputs.clone(),
            labels: data.labels.clone(),
            batch_size,
            shuffle: None,
            assemble,
        }
    }

    /// Draws a new order for every epoch and leaves a last, smaller batch out: the step of the
    /// rule does not shrink with the batch, so a partial one would be loud. What is left out
    /// differs from epoch to epoch.
    pub fn shuffled(mut self, seed: u64) -> Self {
        let epoch = AtomicU64::new(0);
        self.shuffle = Some(Arc::new(Shuffle { seed, epoch }));
        self
    }

    /// Goes on as after `epochs` epochs: the order of an epoch follows from the seed and its number.
    pub fn after(self, epochs: usize) -> Self {
        if let Some(shuffle) = &self.shuffle {
            shuffle.epoch.store(epochs as u64, Ordering::Relaxed);
        }
        self
    }

    /// The number of batches of one epoch.
    pub fn batches(&self) -> usize {
        match self.shuffle {
            Some(_) => (self.range.len() / self.batch_size).max(1),
            None => self.range.len().div_ceil(self.batch_size),
        }
    }

    fn order(&self) -> Vec<i64> {
        let mut order: Vec<i64> = self.range.clone().map(|index| index as i64).collect();
        if let Some(shuffle) = &self.shuffle {
            let epoch = shuffle.epoch.fetch_add(1, Ordering::Relaxed);
            let mut rng = ChaCha8Rng::seed_from_u64(shuffle.seed);
            rng.set_stream(epoch);
            order.shuffle(&mut rng);
            if order.len() > self.batch_size {
                order.truncate(self.batches() * self.batch_size);
            }
        }
        order
    }
}

impl<O: Send + Sync + Clone + 'static> DataLoader<O> for DeviceLoader<O> {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        let order = self.order();
        Box::new(Batches {
            loader: self,
            order,
            processed: 0,
        })
    }

    fn num_items(&self) -> usize {
        self.range.len()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(Self {
            inputs: self.inputs.clone().to_device(device),
            labels: self.labels.clone().to_device(device),
            ..self.clone()
        })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        Arc::new(Self {
            range: self.range.start + start..self.range.start + end,
            // A counter of its own: the slices of several workers draw their epochs in any order.
            shuffle: self.shuffle.as_ref().map(|shuffle| {
                Arc::new(Shuffle {
                    seed: shuffle.seed ^ start as u64,
                    epoch: AtomicU64::new(0),
                })
            }),
            ..self.clone()
        })
    }
}

struct Batches<'a, O> {
    loader: &'a DeviceLoader<O>,
    order: Vec<i64>,
    processed: usize,
}

impl<O> Iterator for Batches<'_, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let remaining = &self.order[self.processed..];
        if remaining.is_empty() {
            return None;
        }
        let indices = &remaining[..remaining.len().min(self.loader.batch_size)];
        self.processed += indices.len();
        let indices = TensorData::new(indices.to_vec(), [indices.len()]);
        let indices = Tensor::<1, Int>::from_data(indices, &self.loader.inputs.device());
        let inputs = self.loader.inputs.clone().select(0, indices.clone());
        let labels = self.loader.labels.clone().select(0, indices);
        Some(Ok((self.loader.assemble)(inputs, labels)))
    }
}

impl<O> DataLoaderIterator<O> for Batches<'_, O> {
    fn progress(&self) -> Progress {
        Progress::new(self.processed, self.order.len(), Some("items".to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(count: i64) -> Labelled {
        let device = Device::default();
        let labels = Tensor::<1, Int>::arange(0..count, &device);
        Labelled {
            inputs: labels.clone().float().reshape([-1, 1]),
            labels,
        }
    }

    fn epoch(loader: &dyn DataLoader<Labelled>) -> Vec<Vec<i64>> {
        let batches = loader.iter().map(|batch| {
            let batch = batch.unwrap();
            let inputs: Vec<i64> = batch.inputs.into_data().iter().collect();
            let labels: Vec<i64> = batch.labels.into_data().iter().collect();
            assert_eq!(inputs, labels, "inputs and labels stay together");
            labels
        });
        batches.collect()
    }

    #[test]
    fn in_order_every_example_comes_once() {
        let loader = DeviceLoader::labelled(&data(7), 3);
        assert_eq!(epoch(&loader), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        assert_eq!((loader.batches(), loader.num_items()), (3, 7));
    }

    #[test]
    fn shuffled_epochs_differ_and_repeat_with_the_seed() {
        let epochs = |seed| {
            let loader = DeviceLoader::labelled(&data(7), 3).shuffled(seed);
            (epoch(&loader), epoch(&loader))
        };
        let (first, second) = epochs(5);
        assert_ne!(first, second);
        assert_eq!(epochs(5), (first.clone(), second));
        assert_ne!(epochs(6).0, first);
        let mut seen = first.concat();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 6, "whole batches without repetition: {first:?}");
    }

    #[test]
    fn a_resumed_loader_goes_on_with_the_order_of_its_epoch() {
        let loader = |done| DeviceLoader::labelled(&data(9), 3).shuffled(4).after(done);
        let whole = loader(0);
        let epochs = [(); 3].map(|()| epoch(&whole));
        assert_eq!(epoch(&loader(2)), epochs[2]);
    }

    #[test]
    fn fewer_examples_than_a_batch_make_one_batch() {
        let loader = DeviceLoader::labelled(&data(2), 3).shuffled(1);
        let batches = epoch(&loader);
        assert_eq!((batches.len(), batches[0].len()), (1, 2));
        assert_eq!((loader.batches(), loader.num_items()), (1, 2));
    }

    #[test]
    fn slices_of_a_shuffled_loader_draw_by_themselves() {
        let epochs = |other_first: bool| {
            let loader = DeviceLoader::labelled(&data(8), 2).shuffled(3);
            let (one, other) = (loader.slice(0, 4), loader.slice(4, 8));
            if other_first {
                epoch(&*other);
            }
            (epoch(&*one), epoch(&*one))
        };
        assert_eq!(epochs(false), epochs(true));
    }

    #[test]
    fn a_slice_holds_its_range() {
        let loader = DeviceLoader::labelled(&data(7), 2);
        assert_eq!(epoch(&*loader.slice(2, 5)), [vec![2, 3], vec![4]]);
    }
}

//! The growth of the weights: the synapses of a few units, kept as training goes on.

use std::sync::{Arc, Mutex};

use burn::tensor::{Int, Tensor, TensorData, TensorReadError};
use burn::train::metric::{Metric, MetricMetadata, MetricName, SerializedEntry};

/// The input of [`WeightSnapshots`].
#[derive(Clone, Debug)]
pub struct SynapsesInput {
    synapses: Tensor<2>,
}

impl SynapsesInput {
    /// An input from the synapses of a layer, `[hidden, visible]`.
    pub fn new(synapses: Tensor<2>) -> Self {
        Self { synapses }
    }
}

/// The synapses of the chosen units after some epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The number of epochs done: 0 is the start.
    pub epoch: usize,
    /// The synapses of the chosen units, row after row.
    pub synapses: Vec<f32>,
}

/// Keeps the synapses of some units every few epochs, for an animation of their growth.
///
/// A metric, because metrics are where Burn hands out what a step returns: register a clone with
/// [`metric_valid`](burn::train::SupervisedTraining::metric_valid) and
/// [`finish`](Self::finish) after training. It expects one validation step an epoch.
#[derive(Clone, Debug)]
pub struct WeightSnapshots {
    units: Vec<usize>,
    every: usize,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Debug, Default)]
struct Progress {
    epochs: usize,
    snapshots: Vec<Snapshot>,
}

impl WeightSnapshots {
    /// Keeps `units` every `every` epochs, starting with `synapses`, those before training.
    ///
    /// # Panics
    ///
    /// Panics if `every` is 0 or a unit is not among the rows of `synapses`.
    pub fn new(units: Vec<usize>, every: usize, synapses: Tensor<2>) -> Self {
        assert!(every > 0, "WeightSnapshots: every must be at least 1");
        let snapshots = Self {
            units,
            every,
            progress: Arc::default(),
        };
        let start = snapshots
            .chosen(synapses)
            .expect("the synapses before training can be read");
        snapshots.lock().snapshots.push(Snapshot {
            epoch: 0,
            synapses: start,
        });
        snapshots
    }

    /// The snapshots so far, for a checkpoint.
    pub fn kept(&self) -> Vec<Snapshot> {
        self.lock().snapshots.clone()
    }

    /// Goes on after `epochs`, with the snapshots that a checkpoint [kept](Self::kept).
    pub fn resume(&self, epochs: usize, snapshots: Vec<Snapshot>) {
        *self.lock() = Progress { epochs, snapshots };
    }

    /// Takes the snapshots out. The last one is of `synapses`, those after training.
    pub fn finish(&self, synapses: Tensor<2>) -> Vec<Snapshot> {
        let epoch = self.lock().epochs;
        let mut snapshots = std::mem::take(&mut self.lock().snapshots);
        if snapshots.last().is_none_or(|last| last.epoch < epoch) {
            let synapses = self
                .chosen(synapses)
                .expect("the synapses after training can be read");
            snapshots.push(Snapshot { epoch, synapses });
        }
        snapshots
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().expect("no holder of the lock panics")
    }

    fn chosen(&self, synapses: Tensor<2>) -> Result<Vec<f32>, TensorReadError> {
        let units: Vec<i64> = self.units.iter().map(|unit| *unit as i64).collect();
        let units = TensorData::new(units, [self.units.len()]);
        let units = Tensor::<1, Int>::from_data(units, &synapses.device());
        Ok(synapses.select(0, units).try_into_data()?.iter().collect())
    }
}

impl Metric for WeightSnapshots {
    type Input = SynapsesInput;

    fn name(&self) -> MetricName {
        Arc::new("Weight Snapshots".to_string())
    }

    fn update(
        &mut self,
        input: &SynapsesInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.lock().epochs += 1;
        let epoch = self.lock().epochs;
        if epoch.is_multiple_of(self.every) {
            let synapses = self.chosen(input.synapses.clone())?;
            self.lock().snapshots.push(Snapshot { epoch, synapses });
        }
        self.compute()
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let count = self.lock().snapshots.len().to_string();
        Ok(SerializedEntry::new(count.clone(), count))
    }

    // An epoch's end clears what a metric gathered within it; snapshots outlive epochs.
    fn clear(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metric::tests::metadata;
    use burn::tensor::Device;

    #[test]
    fn every_second_epoch_and_the_last_are_kept_of_the_chosen_units() {
        let synapses = |epoch: f32| {
            let rows = [[epoch, 1.0], [epoch, 2.0], [epoch, 3.0]];
            Tensor::<2>::from_data(rows, &Device::default())
        };
        let mut snapshots = WeightSnapshots::new(vec![2, 0], 2, synapses(0.0));
        let handle = snapshots.clone();
        for epoch in 1..=5 {
            let input = SynapsesInput::new(synapses(epoch as f32));
            snapshots.update(&input, &metadata()).unwrap();
            snapshots.clear();
        }
        let kept = |epoch: usize| Snapshot {
            epoch,
            synapses: vec![epoch as f32, 3.0, epoch as f32, 1.0],
        };
        let expected = [kept(0), kept(2), kept(4), kept(5)];
        assert_eq!(handle.kept(), expected[..3]);
        assert_eq!(handle.finish(synapses(5.0)), expected);
    }

    #[test]
    fn resumed_snapshots_go_on_counting() {
        let synapses = |epoch: f32| Tensor::<2>::from_data([[epoch]], &Device::default());
        let kept = |epoch: usize| Snapshot {
            epoch,
            synapses: vec![epoch as f32],
        };
        let mut snapshots = WeightSnapshots::new(vec![0], 3, synapses(0.0));
        snapshots.resume(4, vec![kept(0), kept(3)]);
        for epoch in 5..=6 {
            let input = SynapsesInput::new(synapses(epoch as f32));
            snapshots.update(&input, &metadata()).unwrap();
        }
        assert_eq!(snapshots.kept(), [kept(0), kept(3), kept(6)]);
    }
}

//! A checkpoint does not wait for the log of its epoch.
//!
//! Expected: when a checkpoint is saved, what was logged before it has been written, so that a
//! training killed afterwards can be resumed without a gap in its log.
//! Happens: the checkpoint can be on the disk before the epoch's last values are in the log.
//! Cause: `SingleDeviceTrainingStrategy::fit` (burn-train, `learner/supervised/strategies/single/
//! strategy.rs`) flushes the event processor, but that only hands the events to the thread of the
//! `EventStoreClient` (`metric/store/client.rs`), which nobody waits for. The other strategies do
//! the same.
//! Mend: a `flush` of the `EventStoreClient`, a message that is answered like `FindMetric`, called
//! at the head of `LearningCheckpointer::checkpoint`.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor};
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError, KeepLastNCheckpoints};
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, NumericEntry};
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep};

#[derive(Module, Debug)]
struct Model {
    weight: Param<Tensor<1>>,
}

impl TrainStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) -> TrainOutput<()> {
        let grads = GradientsParams::new();
        TrainOutput { grads, item: () }
    }
}

impl InferenceStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) {}
}

struct Nothing;

impl Batcher<(), ()> for Nothing {
    fn batch(&self, _: Vec<()>, _: &Device) {}
}

/// Says when a record is saved.
struct Saves(SyncSender<()>);

impl<R: Checkpoint> Checkpointer<R> for Saves {
    fn save(&self, _: usize, _: R) -> Result<(), CheckpointerError> {
        self.0.try_send(()).ok();
        Ok(())
    }
    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }
    fn restore(&self, _: usize) -> Result<R, CheckpointerError> {
        unreachable!("nothing is resumed")
    }
}

/// A slow log: it writes the end of an epoch when a checkpoint was saved, or after two seconds.
struct SlowLog {
    saved: Receiver<()>,
    verdict: SyncSender<bool>,
}

impl MetricLogger for SlowLog {
    fn log(&mut self, _: MetricsUpdate, _: usize, _: &Split) {}
    fn read_numeric(&mut self, _: &str, _: usize, _: &Split) -> Result<Vec<NumericEntry>, String> {
        Ok(vec![])
    }
    fn log_metric_definition(&mut self, _: MetricDefinition) {}
    fn log_epoch_summary(&mut self, _: EpochSummary) {
        let early = self.saved.recv_timeout(Duration::from_secs(2)).is_ok();
        self.verdict.try_send(early).ok();
    }
}

fn main() {
    let weight = Tensor::zeros([1], &Device::flex().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    let items = || DataLoaderBuilder::new(Nothing).build(InMemDataset::new(vec![()]));
    let (save, saved) = sync_channel(1);
    let (verdict, early) = sync_channel(1);
    SupervisedTraining::new(std::env::temp_dir(), items(), items())
        .with_application_logger(None)
        .renderer(Box::new(CliMetricsRenderer::new()))
        .with_metric_logger(SlowLog { saved, verdict })
        .with_checkpointing_strategy(KeepLastNCheckpoints::new(1))
        .with_custom_checkpointers(Saves(save.clone()), Saves(save.clone()), Saves(save))
        .launch(Learner::new(model, SgdConfig::new().init(), 0.1));
    if !early.recv().unwrap() {
        println!("mended: the checkpoint waits for the log");
        std::process::exit(1);
    }
    println!("shown: the checkpoint was saved before the end of its epoch was logged");
}

//! Burn's three records of a training, gathered into one checkpoint.
//!
//! Burn hands out the records of the model, the optimizer and the learning rate one by one, each on
//! a thread of its own, and saves them to three files. Stopped in between, these would not fit each
//! other. Here they meet in memory, and one file is written when all of an epoch are there. That
//! file is written now and then only; what came since waits in memory for the end of the training,
//! for a stop is no reason to lose it. Weights that are not finite are refused and stop the training:
//! the loss tells of them as a rule, but on some GPUs `max(NaN, 0)` is 0.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use burn::store::{ModuleRecord, burn_pack};
use burn::tensor::{Bytes, DType};
use burn::train::checkpoint::{
    Checkpoint as Record, Checkpointer, CheckpointerError, CheckpointingAction,
    CheckpointingStrategy,
};
use burn::train::metric::store::{Aggregate, EventStoreClient, Split};
use burn::train::{Interrupter, LearnerModel, SupervisedTraining};

use super::ProgramState;
use super::file::{Checkpoint, Extras, Flaw};
use super::folder::{CheckpointError, Folder};
use crate::metrics::Rows;

/// Writes the checkpoints of one training, and hands out the one that it goes on from.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Mutex<State>>);

/// Which training it is, and where its numbers are.
pub(crate) struct Source {
    pub folder: Folder,
    pub stage: &'static str,
    pub foundation: String,
    pub rows: Rows,
    pub state: Option<Arc<dyn ProgramState>>,
    /// A checkpoint is written after this time, at the end of an epoch.
    pub interval: Duration,
    /// The seconds of the training before it was stopped.
    pub seconds: f64,
}

struct State {
    source: Source,
    started: Instant,
    written: Instant,
    /// The records to go on from.
    restored: Records,
    /// The records of epochs that are not complete yet.
    arriving: BTreeMap<usize, Records>,
    /// The newest complete records that are not written.
    waiting: Option<Waiting>,
}

struct Waiting {
    epoch: usize,
    seconds: f64,
    records: [Vec<u8>; 3],
}

/// Where the model is among the records.
const MODEL: usize = 0;

type Records = [Option<Vec<u8>>; 3];

impl Recorder {
    pub fn new(source: Source, resumed: Option<Checkpoint>) -> Self {
        let restored = resumed.map_or_else(Records::default, |checkpoint| {
            let Checkpoint {
                model,
                optimizer,
                scheduler,
                ..
            } = checkpoint;
            [model, optimizer, scheduler].map(Some)
        });
        Self(Arc::new(Mutex::new(State {
            source,
            started: Instant::now(),
            written: Instant::now(),
            restored,
            arriving: BTreeMap::new(),
            waiting: None,
        })))
    }

    /// Lets Burn hand over the records of each epoch, and take them to go on after `epoch`.
    pub fn attach<M: LearnerModel>(
        &self,
        training: SupervisedTraining<M>,
        epoch: usize,
    ) -> SupervisedTraining<M> {
        let part = |index| Part {
            recorder: self.clone(),
            index,
        };
        let strategy = EachEpoch(training.interrupter());
        let training = training
            .with_custom_checkpointers(part(MODEL), part(1), part(2))
            .with_checkpointing_strategy(strategy);
        if epoch == 0 {
            training
        } else {
            training.checkpoint(epoch)
        }
    }

    /// The model to go on from.
    pub fn model(&self) -> Result<ModuleRecord, CheckpointError> {
        let part = Part {
            recorder: self.clone(),
            index: MODEL,
        };
        part.restore(0)
            .map_err(|error: CheckpointerError| CheckpointError::Part(error.to_string()))
    }

    /// Writes the newest checkpoint that is not written yet.
    pub fn finish(&self) -> Result<(), CheckpointError> {
        self.lock().write()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A checkpoint that a panicking thread left is complete or not there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn arrive(
        &mut self,
        epoch: usize,
        index: usize,
        record: Vec<u8>,
    ) -> Result<(), CheckpointError> {
        if index == MODEL
            && let Some(name) = not_finite(&record).map_err(CheckpointError::Content)?
        {
            let reason = format!("epoch {epoch} left {name} with a value that is not finite");
            return Err(CheckpointError::Content(Flaw::Malformed(reason)));
        }
        let records = self.arriving.entry(epoch).or_default();
        records[index] = Some(record);
        if let [Some(model), Some(optimizer), Some(scheduler)] = records {
            let records = [model, optimizer, scheduler].map(std::mem::take);
            self.arriving.remove(&epoch);
            self.waiting = Some(Waiting {
                epoch,
                seconds: self.source.seconds + self.started.elapsed().as_secs_f64(),
                records,
            });
            if self.written.elapsed() >= self.source.interval {
                self.write()?;
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), CheckpointError> {
        let Some(Waiting {
            epoch,
            seconds,
            records: [model, optimizer, scheduler],
        }) = self.waiting.take()
        else {
            return Ok(());
        };
        let Source {
            folder,
            stage,
            foundation,
            rows,
            state,
            ..
        } = &self.source;
        // The epoch after may already have added some.
        let mut rows = rows.of_stage(stage);
        rows.retain(|row| row.epoch <= epoch);
        let extras = state
            .as_ref()
            .map_or_else(Extras::new, |state| state.save(epoch));
        folder.write(&Checkpoint {
            about: folder.about(stage, foundation, epoch, seconds),
            model,
            optimizer,
            scheduler,
            rows,
            extras,
        })?;
        self.written = Instant::now();
        Ok(())
    }
}

/// The name of a parameter in a record of a model that holds a value that is not finite.
fn not_finite(record: &[u8]) -> Result<Option<String>, Flaw> {
    for parameter in parameters(record)? {
        let (name, values) = parameter?;
        if !values.into_iter().all(f32::is_finite) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

impl Checkpoint {
    /// The values of the model's parameter of this name, where it has one of float32.
    ///
    /// # Errors
    ///
    /// A [`Flaw`] where the record of the model cannot be read.
    pub fn parameter(&self, name: &str) -> Result<Option<Vec<f32>>, Flaw> {
        for parameter in parameters(&self.model)? {
            let (found, values) = parameter?;
            if found == name {
                return Ok(Some(values));
            }
        }
        Ok(None)
    }
}

/// The float32 parameters in a record of a model.
fn parameters(
    record: &[u8],
) -> Result<impl Iterator<Item = Result<(String, Vec<f32>), Flaw>>, Flaw> {
    let malformed = |error: burn_pack::Error| Flaw::Malformed(error.to_string());
    let bytes = Bytes::from_bytes_vec(record.to_vec());
    let tensors = burn_pack::Reader::from_bytes(bytes).and_then(burn_pack::Reader::into_tensors);
    let tensors = tensors.map_err(malformed)?.into_iter();
    Ok(tensors.filter_map(move |tensor| match tensor.into_parts() {
        Ok((name, DType::F32, _, _, bytes)) => {
            let (words, _) = bytes.as_chunks();
            let values = words.iter().copied().map(f32::from_le_bytes);
            Some(Ok((name, values.collect())))
        }
        Ok(_) => None,
        Err(error) => Some(Err(malformed(error))),
    }))
}

/// One of the three records, as Burn sees it.
struct Part {
    recorder: Recorder,
    index: usize,
}

impl<R: Record> Checkpointer<R> for Part {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        let bytes = record
            .checkpoint_into_bytes()
            .map_err(CheckpointerError::Record)?;
        self.recorder
            .lock()
            .arrive(epoch, self.index, bytes.to_vec())
            .map_err(|error| CheckpointerError::Unknown(error.to_string()))
    }

    // The folder rotates its files itself; Burn is made to call this only to be kept waiting.
    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        let bytes = self.recorder.lock().restored[self.index].take();
        let bytes = bytes.ok_or_else(|| {
            CheckpointerError::Unknown(format!("there is no record of epoch {epoch}"))
        })?;
        R::checkpoint_from_bytes(Bytes::from_bytes_vec(bytes)).map_err(CheckpointerError::Record)
    }
}

/// Asks for the records at the end of each epoch. Burn's own strategies also delete, which the
/// folder does.
struct EachEpoch(Interrupter);

impl CheckpointingStrategy for EachEpoch {
    fn checkpointing(
        &mut self,
        epoch: usize,
        store: &EventStoreClient,
    ) -> Vec<CheckpointingAction> {
        // Rows are logged on a thread of their own, which Burn does not wait for before it makes a
        // checkpoint. Any question to it does: the answer comes after all that was logged before.
        store.find_metric("", epoch, Aggregate::Mean, &Split::Valid);
        match self.0.error() {
            Some(_) => vec![],
            // Burn goes on training as soon as its threads have taken the records. What they hold of
            // a GPU is copied only when they look at it, and steps in place have changed it by then.
            // A thread takes nothing more until it has saved; so it is given something to delete.
            None => vec![
                CheckpointingAction::Save,
                CheckpointingAction::Delete(epoch),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::{Module, Param};
    use burn::nn::LinearConfig;
    use burn::tensor::Tensor;

    use crate::backend::Backend;

    #[test]
    fn a_record_with_a_value_that_is_not_finite_names_its_parameter() {
        // Not the default device: a GPU is shared with the tests beside this.
        let device = Backend::Flex.device().unwrap();
        let named = |bias: [f32; 2]| {
            let mut linear = LinearConfig::new(3, 2).init(&device);
            linear.bias = Some(Param::from_tensor(Tensor::from_data(bias, &device)));
            let record = linear.into_record().into_bytes().unwrap();
            not_finite(&record).unwrap()
        };
        assert_eq!(named([1.0, -1e38]), None);
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(named([1.0, value]).as_deref(), Some("bias"));
        }
        assert!(not_finite(b"no record").is_err());
    }

    #[test]
    fn a_parameter_is_read_by_its_name() {
        let device = Backend::Flex.device().unwrap();
        let linear = LinearConfig::new(3, 2).init(&device);
        let weight: Vec<f32> = linear.weight.val().into_data().iter().collect();
        let mut checkpoint = super::super::file::tests::checkpoint("first", 1);
        checkpoint.model = linear.into_record().into_bytes().unwrap().to_vec();
        assert_eq!(checkpoint.parameter("weight").unwrap(), Some(weight));
        assert_eq!(checkpoint.parameter("other").unwrap(), None);
        checkpoint.model = b"no record".to_vec();
        assert!(checkpoint.parameter("weight").is_err());
    }
}

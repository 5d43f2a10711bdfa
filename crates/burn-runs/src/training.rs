//! A run: trainings in Burn's loop, wired to progress, metrics, checkpoints and one way to stop.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::data::dataloader::DataLoader;
use burn::optim::ModuleOptimizer;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::tensor::Device;
use burn::train::checkpoint::CheckpointerError;
use burn::train::metric::store::EventStoreClient;
use burn::train::{
    EarlyStoppingStrategy, ExecutionStrategy, InferenceStep, Interrupter, Learner, LearnerModel,
    MultiDeviceOptim, SupervisedTraining, TrainStep, TrainingError, TrainingStrategy,
};

use crate::checkpoint::{Checkpoint, CheckpointError, Folder, ProgramState, Recorder, Source};
use crate::loader::ResumableLoader;
use crate::metrics::{EpochLog, Rows};
use crate::ui::{self, Ui};

/// What the trainings of a run share.
#[derive(Clone)]
pub struct Run {
    /// The folder that Burn is told of.
    pub directory: PathBuf,
    /// How progress is shown.
    pub ui: Ui,
    /// The values of the metrics of all trainings.
    pub rows: Rows,
    /// What the data that Burn validates on are called in the rows, such as `validation` or `test`.
    pub valid_split: &'static str,
    /// What stops a training at its next batch.
    pub interrupter: Interrupter,
    /// Where checkpoints go, and after what time one is written; without it, none are kept.
    pub checkpoints: Option<(Folder, Duration)>,
}

/// What one training of a run trains, and how.
pub struct Plan<M: LearnerModel> {
    /// The name of the training in rows and in the names of files, one of its own within the run.
    pub stage: &'static str,
    /// What is shown to the user.
    pub shown: &'static str,
    /// The start of the model. It must be the same in a run that is gone on with.
    pub model: M,
    /// The optimizer.
    pub optimizer: ModuleOptimizer,
    /// The learning rates.
    pub scheduler: ModuleLrScheduler,
    /// The number of epochs.
    pub epochs: usize,
    /// Ends the training with the epoch in which it has taken this long. With checkpoints the time before a
    /// stop counts.
    pub budget: Option<Duration>,
    /// How Burn takes the steps, and on which devices.
    pub strategy: TrainingStrategy<M>,
    /// The examples to learn from.
    pub train: Arc<dyn ResumableLoader<<M as TrainStep>::Input>>,
    /// The examples to validate on at the end of each epoch.
    pub valid: Arc<dyn DataLoader<<M as InferenceStep>::Input>>,
    /// SHA-256 of what the training learns from beside what the identity of the run names, such as
    /// the weights of an earlier training; else empty. A checkpoint with another one is left alone.
    pub foundation: String,
    /// What the program keeps in checkpoints.
    pub state: Option<Arc<dyn ProgramState>>,
}

/// A training that came to its end.
#[derive(Debug)]
pub struct Trained<M> {
    /// The model, without autodiff.
    pub model: M,
    /// The seconds that it took, those before a stop included.
    pub seconds: f64,
}

/// Why a training has no result.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The user stopped it.
    #[error("stopped while the {0} was trained")]
    Interrupted(&'static str),
    /// A step or its examples could not be used, such as a loss that is no number: to go on from the last
    /// checkpoint would only repeat it.
    #[error("training the {shown} stopped: {reason}")]
    Diverged {
        /// What was trained.
        shown: &'static str,
        /// What stopped it, and what to change.
        reason: String,
    },
    /// Burn's loop stopped on another error.
    #[error("training the {shown} stopped: {reason}")]
    Failed {
        /// What was trained.
        shown: &'static str,
        /// What stopped it.
        reason: String,
    },
    /// The checkpoints cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Run {
    /// Trains `plan` with the metrics that `register` adds, from its newest checkpoint on.
    ///
    /// With the same start, data and order, a training that was stopped ends as the whole one: on
    /// the same CPU backend, machine and program, to the byte.
    ///
    /// # Errors
    ///
    /// A [`StageError`]. What was trained until then is in a checkpoint.
    pub fn train<M: LearnerModel>(
        &self,
        plan: Plan<M>,
        register: impl FnOnce(SupervisedTraining<M>) -> SupervisedTraining<M>,
    ) -> Result<Trained<M>, StageError> {
        let checkpoint = self.newest(&plan)?;
        let (done, before) = match &checkpoint {
            Some(checkpoint) => (checkpoint.about.epoch, checkpoint.about.seconds),
            None => (0, 0.0),
        };
        if let Some(checkpoint) = &checkpoint {
            self.rows.extend(checkpoint.rows.clone());
            if let Some(state) = &plan.state {
                let restored = state.restore(done, &checkpoint.extras);
                restored.map_err(CheckpointError::Part)?;
            }
        }
        let recorder = self.checkpoints.as_ref().map(|(folder, interval)| {
            let source = Source {
                folder: folder.clone(),
                stage: plan.stage,
                foundation: plan.foundation,
                rows: self.rows.clone(),
                state: plan.state,
                interval: *interval,
                seconds: before,
            };
            Recorder::new(source, checkpoint)
        });
        let spent = Spent::new(plan.budget, before);
        let is_over = done >= plan.epochs || done > 0 && spent.is_spent();
        if is_over && let Some(recorder) = &recorder {
            return Ok(Trained {
                model: plan.model.load_record(recorder.model()?).valid(),
                seconds: before,
            });
        }

        let interrupter = &self.interrupter;
        let log = EpochLog::new(
            plan.stage,
            self.valid_split,
            self.rows.clone(),
            interrupter.clone(),
        );
        plan.train.go_on_after(done);
        let training = SupervisedTraining::new(&self.directory, plan.train, plan.valid)
            .num_epochs(plan.epochs)
            .with_training_strategy(plan.strategy)
            .with_interrupter(interrupter.clone())
            .renderer(self.ui.renderer(interrupter.clone(), plan.shown, done))
            .with_metric_logger(log)
            // Burn's own logger writes a line for every step.
            .with_application_logger(None)
            .label(plan.shown);
        let training = match plan.budget {
            Some(_) => training.early_stopping(spent),
            None => training,
        };
        let training = match &recorder {
            Some(recorder) => recorder.attach(training, done),
            None => training,
        };
        let started = Instant::now();
        let learner = Learner::new(plan.model, plan.optimizer, plan.scheduler);
        let result = register(training).launch(learner);
        let seconds = before + started.elapsed().as_secs_f64();
        let written = recorder.map_or(Ok(()), |recorder| recorder.finish());
        if let Some(error) = result.error {
            let (shown, reason) = (plan.shown, reason(&error));
            return Err(match *error {
                TrainingError::Dataset(_) => StageError::Diverged { shown, reason },
                _ => StageError::Failed { shown, reason },
            });
        }
        written?;
        if result.interrupted.is_some() {
            return Err(StageError::Interrupted(plan.shown));
        }
        Ok(Trained {
            model: result.model,
            seconds,
        })
    }

    fn newest<M: LearnerModel>(&self, plan: &Plan<M>) -> Result<Option<Checkpoint>, StageError> {
        let Some((folder, _)) = &self.checkpoints else {
            return Ok(None);
        };
        let found = folder.newest(plan.stage, &plan.foundation)?;
        for warning in found.warnings {
            ui::warn(&warning);
        }
        Ok(found.checkpoint)
    }
}

/// Burn's own steps on `devices`, at least one, the main one first; of several, each takes its share of every batch.
pub fn on_devices<M: LearnerModel>(devices: &[Device]) -> TrainingStrategy<M> {
    let devices: Vec<_> = devices.iter().cloned().map(Device::autodiff).collect();
    let strategy = match &devices[..] {
        [device] => ExecutionStrategy::single(device.clone()),
        _ => ExecutionStrategy::multi(devices, MultiDeviceOptim::OptimMainDevice),
    };
    strategy.into()
}

/// Ends a training when its time is spent.
#[derive(Clone)]
struct Spent {
    budget: Option<Duration>,
    before: Duration,
    started: Instant,
}

impl Spent {
    /// Of a training that took `before` seconds until now.
    fn new(budget: Option<Duration>, before: f64) -> Self {
        Self {
            budget,
            before: Duration::from_secs_f64(before),
            started: Instant::now(),
        }
    }

    fn is_spent(&self) -> bool {
        let spent = self.before + self.started.elapsed();
        self.budget.is_some_and(|budget| spent >= budget)
    }
}

impl EarlyStoppingStrategy for Spent {
    fn should_stop(&mut self, _epoch: usize, _store: &EventStoreClient) -> bool {
        self.is_spent()
    }
}

/// What stopped a training. Errors of ours travel in Burn's, whose names for them say nothing.
fn reason(error: &TrainingError) -> String {
    match error {
        TrainingError::Dataset(error) => error.to_string(),
        TrainingError::Checkpoint(CheckpointerError::Unknown(reason)) => reason.clone(),
        error => error.to_string(),
    }
}

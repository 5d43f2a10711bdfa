//! What all trainings of a run share: Burn's loop, wired to our progress, files and checkpoints.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::data::dataloader::DataLoader;
use burn::optim::ModuleOptimizer;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::train::checkpoint::CheckpointerError;
use burn::train::{
    InferenceStep, Interrupter, Learner, LearnerModel, SupervisedTraining, TrainStep,
    TrainingError, TrainingStrategy,
};
use burn_hebbian::train::WeightSnapshots;

use super::RunError;
use super::epochs::{EpochLog, Rows};
use super::images::Experiment;
use crate::checkpoint::{Checkpoint, Folder, Recorder, Source};
use crate::loader::DeviceLoader;
use crate::settings::Settings;
use crate::ui::{self, Ui};

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    pub directory: &'a Path,
    pub ui: Ui,
    pub rows: &'a Rows,
    /// What stops the training at its next batch.
    pub interrupter: &'a Interrupter,
    /// Where checkpoints go, and after what time; without it, none are kept.
    pub checkpoints: Option<(&'a Folder, Duration)>,
}

/// Which network learns, in which stage.
#[derive(Clone, Copy)]
pub(super) struct Label {
    pub network: &'static str,
    pub stage: &'static str,
    /// What is shown to the user.
    pub shown: &'static str,
}

/// What is trained, and how.
pub(super) struct Plan<M: LearnerModel> {
    pub label: Label,
    pub model: M,
    pub optimizer: ModuleOptimizer,
    pub scheduler: ModuleLrScheduler,
    pub epochs: usize,
    pub strategy: TrainingStrategy<M>,
    pub train: DeviceLoader<<M as TrainStep>::Input>,
    pub valid: Arc<dyn DataLoader<<M as InferenceStep>::Input>>,
    /// What the training learns from beside the images of the run, see
    /// [`About`](crate::checkpoint::About).
    pub foundation: String,
    /// The frames of the animation, which checkpoints hold too.
    pub snapshots: Option<WeightSnapshots>,
}

impl Stage<'_> {
    /// Starts the random numbers of a training. Each has the same start, whatever was trained
    /// before it.
    pub fn seed(&self) {
        self.experiment.device.seed(self.settings.seed);
    }

    /// Runs `plan` with the metrics that `register` adds, from its newest checkpoint on. Returns the
    /// model and the seconds.
    pub(super) fn train<M: LearnerModel>(
        &self,
        plan: Plan<M>,
        register: impl FnOnce(SupervisedTraining<M>) -> SupervisedTraining<M>,
    ) -> Result<(M, f64), RunError>
    where
        <M as TrainStep>::Input: Clone + Sync,
    {
        let device = &self.experiment.device;
        let checkpoint = self.newest(&plan)?;
        let (done, before) = match &checkpoint {
            Some(checkpoint) => (checkpoint.about.epoch, checkpoint.about.seconds),
            None => (0, 0.0),
        };
        if let Some(checkpoint) = &checkpoint {
            self.rows.extend(checkpoint.rows.clone());
            if let Some(snapshots) = &plan.snapshots {
                snapshots.resume(done, checkpoint.snapshots.clone());
            }
        }
        let recorder = self.checkpoints.map(|(folder, interval)| {
            let source = Source {
                folder: folder.clone(),
                stage: plan.label.stage,
                foundation: plan.foundation,
                rows: self.rows.clone(),
                snapshots: plan.snapshots,
                interval,
                seconds: before,
            };
            Recorder::new(source, checkpoint)
        });
        if done >= plan.epochs
            && let Some(recorder) = &recorder
        {
            let model = plan.model.load_record(recorder.model()?);
            return Ok((model.to_device(device), before));
        }

        let log = EpochLog::new(
            plan.label.network,
            plan.label.stage,
            self.experiment.judge_split,
            self.rows.clone(),
            self.interrupter.clone(),
        );
        let renderer = self
            .ui
            .renderer(self.interrupter.clone(), plan.label.shown, done);
        let train = Arc::new(plan.train.after(done));
        let training = SupervisedTraining::new(self.directory, train, plan.valid)
            .num_epochs(plan.epochs)
            .with_training_strategy(plan.strategy)
            .with_interrupter(self.interrupter.clone())
            .renderer(renderer)
            .with_metric_logger(log)
            // Burn's own logger writes a line for every step.
            .with_application_logger(None)
            .label(plan.label.shown);
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
            return Err(RunError::Training {
                stage: plan.label.shown,
                reason: reason(&error),
            });
        }
        written?;
        if result.interrupted.is_some() {
            return Err(RunError::Interrupted(plan.label.shown));
        }
        Ok((result.model.to_device(device), seconds))
    }

    fn newest<M: LearnerModel>(&self, plan: &Plan<M>) -> Result<Option<Checkpoint>, RunError> {
        let Some((folder, _)) = self.checkpoints else {
            return Ok(None);
        };
        let found = folder.newest(plan.label.stage, &plan.foundation)?;
        for warning in found.warnings {
            ui::warn(&warning);
        }
        Ok(found.checkpoint)
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

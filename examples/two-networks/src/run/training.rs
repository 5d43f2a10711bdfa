//! What all trainings of a run share: Burn's loop, wired to our progress and our files.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::data::dataloader::DataLoader;
use burn::optim::ModuleOptimizer;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::train::{
    InferenceStep, Interrupter, Learner, LearnerModel, SupervisedTraining, TrainStep,
    TrainingStrategy,
};

use super::RunError;
use super::epochs::{EpochLog, Rows};
use super::images::Experiment;
use crate::settings::Settings;
use crate::ui::Ui;

/// The surroundings of each training of a run.
pub(crate) struct Stage<'a> {
    pub settings: &'a Settings,
    pub experiment: &'a Experiment,
    pub directory: &'a Path,
    pub ui: Ui,
    pub rows: &'a Rows,
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
    pub train: Arc<dyn DataLoader<<M as TrainStep>::Input>>,
    pub valid: Arc<dyn DataLoader<<M as InferenceStep>::Input>>,
}

impl Stage<'_> {
    /// Starts the random numbers of a training. Each has the same start, whatever was trained
    /// before it.
    pub fn seed(&self) {
        self.experiment.device.seed(self.settings.seed);
    }

    /// Runs `plan` with the metrics that `register` adds. Returns the model and the seconds.
    pub(super) fn train<M: LearnerModel>(
        &self,
        plan: Plan<M>,
        register: impl FnOnce(SupervisedTraining<M>) -> SupervisedTraining<M>,
    ) -> Result<(M, f64), RunError> {
        let interrupter = Interrupter::new();
        let log = EpochLog::new(
            plan.label.network,
            plan.label.stage,
            self.experiment.judge_split,
            self.rows.clone(),
        );
        let training = SupervisedTraining::new(self.directory, plan.train, plan.valid)
            .num_epochs(plan.epochs)
            .with_training_strategy(plan.strategy)
            .with_interrupter(interrupter.clone())
            .renderer(self.ui.renderer(interrupter, plan.label.shown))
            .with_metric_logger(log)
            // Burn's own logger writes a line for every step.
            .with_application_logger(None)
            .label(plan.label.shown);
        let started = Instant::now();
        let learner = Learner::new(plan.model, plan.optimizer, plan.scheduler);
        let result = register(training).launch(learner);
        let seconds = started.elapsed().as_secs_f64();
        if let Some(error) = result.error {
            return Err(RunError::Training {
                stage: plan.label.shown,
                message: error.to_string(),
            });
        }
        if result.interrupted.is_some() {
            return Err(RunError::Interrupted(plan.label.shown));
        }
        let device = &self.experiment.device;
        Ok((result.model.to_device(device), seconds))
    }
}

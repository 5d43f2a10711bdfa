//! What both classifiers share: Adam, the rates, and the metrics.

use std::sync::Arc;

use burn::optim::lr_scheduler::LrSchedulerConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::lr_scheduler::sequential::SequentialLrSchedulerConfig;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{ClassificationOutput, InferenceStep, LearnerModel, TrainStep};
use burn_hebbian::FusedAdamConfig;
use burn_hebbian::train::Labelled;
use burn_runs::{Plan, on_devices};
use image_runs::loader::labelled;
use image_runs::{EVALUATION_BATCH, RunError};

use super::stage::Stage;

/// The name, the data, the size of a step and the schedule of a classifier.
pub(super) struct Lessons<'a> {
    pub stage: &'static str,
    pub shown: &'static str,
    pub train: &'a Labelled,
    pub judge: &'a Labelled,
    pub batch_size: usize,
    pub epochs: usize,
    pub rates: &'a [f64],
    /// See [`Plan`].
    pub foundation: String,
}

/// Trains a classifier with Adam. Returns it and the seconds.
pub(super) fn train<M>(stage: &Stage, model: M, lessons: &Lessons) -> Result<(M, f64), RunError>
where
    M: LearnerModel
        + TrainStep<Input = Labelled, Output = ClassificationOutput>
        + InferenceStep<Input = Labelled, Output = ClassificationOutput>,
{
    let loader = labelled(lessons.train, lessons.batch_size).shuffled(stage.settings.seed);
    let device = &stage.experiment.device;
    let plan = Plan {
        stage: lessons.stage,
        shown: lessons.shown,
        model,
        optimizer: FusedAdamConfig::new()
            .with_summed(stage.devices.len())
            .init(),
        scheduler: stepwise(lessons.rates, lessons.epochs * loader.batches()),
        epochs: lessons.epochs,
        budget: None,
        strategy: on_devices(stage.devices),
        train: Arc::new(loader),
        valid: Arc::new(labelled(lessons.judge, EVALUATION_BATCH)),
        foundation: lessons.foundation.clone(),
        state: None,
    };
    let trained = stage.run.train(plan, |training| {
        training
            .metric_train_numeric(AccuracyMetric::new())
            .metric_valid_numeric(AccuracyMetric::new())
            .metric_train_numeric(LossMetric::new())
            .metric_valid_numeric(LossMetric::new())
    })?;
    Ok((trained.model.to_device(device), trained.seconds))
}

/// One rate after another, each for an equal part of `steps`.
fn stepwise(rates: &[f64], steps: usize) -> ModuleLrScheduler {
    // More rates than steps: the last ones, so that training ends as it should.
    let rates = &rates[rates.len().saturating_sub(steps)..];
    let schedulers = rates.iter().copied().map(LrSchedulerConfig::Constant);
    let milestones = (1..rates.len()).map(|part| part * steps / rates.len());
    SequentialLrSchedulerConfig::new(schedulers.collect(), milestones.collect())
        .init()
        .expect("checked settings have at least one rate, and each part at least one step")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rates: &[f64], steps: usize) -> Vec<f64> {
        let mut scheduler = stepwise(rates, steps);
        (0..steps).map(|_| scheduler.step().base()).collect()
    }

    #[test]
    fn each_rate_serves_an_equal_part() {
        assert_eq!(rates(&[0.3, 0.2, 0.1], 6), [0.3, 0.3, 0.2, 0.2, 0.1, 0.1]);
        assert_eq!(rates(&[0.3, 0.1], 5), [0.3, 0.3, 0.1, 0.1, 0.1]);
        assert_eq!(rates(&[0.3, 0.2, 0.1], 2), [0.2, 0.1]);
        assert_eq!(rates(&[0.3], 2), [0.3, 0.3]);
    }
}

//! What both classifiers share: Adam, the rates, the metrics and the final errors.

use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::optim::lr_scheduler::LrSchedulerConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::lr_scheduler::sequential::SequentialLrSchedulerConfig;
use burn::tensor::Tensor;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, ExecutionStrategy, InferenceStep, LearnerModel, TrainStep,
};
use burn_hebbian::FusedAdamConfig;
use burn_hebbian::train::Labelled;
use burn_runs::Plan;

use super::RunError;
use super::images::Experiment;
use super::stage::Stage;
use crate::loader::labelled;

/// Batches of this size are used where nothing is learned.
pub(super) const EVALUATION_BATCH: usize = 1000;

/// The errors of a finished classifier, in percent.
pub(crate) struct Errors {
    pub train: f64,
    pub test: Option<f64>,
    pub validation: Option<f64>,
}

impl Errors {
    pub fn new(experiment: &Experiment, train: f64, judge: f64) -> Self {
        let is_test = experiment.judge_split == "test";
        Self {
            train,
            test: is_test.then_some(judge),
            validation: (!is_test).then_some(judge),
        }
    }
}

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
        optimizer: FusedAdamConfig::new().init(),
        scheduler: stepwise(lessons.rates, lessons.epochs * loader.batches()),
        epochs: lessons.epochs,
        strategy: ExecutionStrategy::single(device.clone().autodiff()).into(),
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

/// The share of wrong answers of `forward`, images to outputs of the classes, in percent.
pub fn classification_error(data: &Labelled, forward: impl Fn(Tensor<2>) -> Tensor<2>) -> f64 {
    let loader = labelled(data, EVALUATION_BATCH);
    let mut wrong = 0;
    for batch in loader.iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let answers = forward(batch.inputs).argmax(1).squeeze_dim(1);
        wrong += answers
            .not_equal(batch.labels)
            .int()
            .sum()
            .into_scalar::<i64>();
    }
    100.0 * wrong as f64 / loader.num_items() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

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

    #[test]
    fn the_error_counts_wrong_answers() {
        let device = Device::default();
        let inputs = Tensor::from_data([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], &device);
        let labels = Tensor::from_data([0, 1, 1, 0], &device);
        assert_eq!(
            classification_error(&Labelled::new(inputs, labels), |inputs| inputs),
            25.0
        );
    }
}

//! What the readout and the backprop network share: Adam, halvings of its rate, and the metrics.

use std::sync::Arc;
use std::time::Duration;

use burn::data::dataloader::DataLoader;
use burn::optim::lr_scheduler::LrSchedulerConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::lr_scheduler::sequential::SequentialLrSchedulerConfig;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{ClassificationOutput, InferenceStep, LearnerModel, TrainStep, TrainingStrategy};
use burn_hebbian::FusedAdamConfig;
use burn_hebbian::train::Labelled;
use burn_runs::Plan;
use image_runs::RunError;
use image_runs::loader::{Loader, labelled};

use super::stage::Stage;

/// The name, the data and the schedule of a classifier.
pub(super) struct Lessons<'a, M: LearnerModel, const D: usize> {
    pub stage: &'static str,
    pub shown: &'static str,
    pub strategy: TrainingStrategy<M>,
    pub train: Loader<Labelled<D>, D>,
    pub valid: Arc<dyn DataLoader<Labelled<D>>>,
    pub epochs: usize,
    /// Adam's rate at the start, and the epochs after which it is halved.
    pub rate: f64,
    pub halvings: &'a [usize],
    /// See [`Plan`], as the next.
    pub budget: Option<Duration>,
    pub foundation: String,
}

/// A loader of what a classifier learns from. Dropout draws from the numbers that it seeds.
pub(super) fn loader<const D: usize>(
    stage: &Stage,
    data: &Labelled<D>,
    batch_size: usize,
) -> Loader<Labelled<D>, D> {
    labelled(data, batch_size)
        .shuffled(stage.settings.seed)
        .reseeding()
}

/// Trains a classifier with Adam. Returns it and the seconds.
pub(super) fn train<M, const D: usize>(
    stage: &Stage,
    model: M,
    lessons: Lessons<M, D>,
) -> Result<(M, f64), RunError>
where
    M: LearnerModel
        + TrainStep<Input = Labelled<D>, Output = ClassificationOutput>
        + InferenceStep<Input = Labelled<D>, Output = ClassificationOutput>,
{
    let device = &stage.experiment.device;
    let batches = lessons.train.batches();
    let parts = stage.parts.of(lessons.stage);
    let plan = Plan {
        stage: lessons.stage,
        shown: lessons.shown,
        model,
        optimizer: FusedAdamConfig::new().init(),
        scheduler: halved(lessons.rate, lessons.halvings, batches),
        epochs: lessons.epochs * parts,
        budget: lessons.budget,
        strategy: lessons.strategy,
        train: Arc::new(lessons.train.in_parts(parts)),
        valid: lessons.valid,
        foundation: lessons.foundation,
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

/// A rate that is halved after each of these epochs of so many `batches`.
fn halved(rate: f64, halvings: &[usize], batches: usize) -> ModuleLrScheduler {
    let rates = (0..=halvings.len()).map(|times| rate * 0.5f64.powi(times as i32));
    let milestones = halvings.iter().map(|epoch| epoch * batches);
    let rates = rates.map(LrSchedulerConfig::Constant);
    SequentialLrSchedulerConfig::new(rates.collect(), milestones.collect())
        .init()
        .expect("checked halvings ascend from 1 on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_halved_after_its_epochs() {
        let mut scheduler = halved(0.8, &[1, 3], 2);
        let rates: Vec<f64> = (0..8).map(|_| scheduler.step().base()).collect();
        assert_eq!(rates, [0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2]);
        assert_eq!(halved(0.8, &[], 2).step().base(), 0.8);
    }
}

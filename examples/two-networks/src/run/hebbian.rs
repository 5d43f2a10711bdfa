//! Stage 1: the hidden layer learns by the local rule, without labels.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::train::TrainingStrategy;
use burn_hebbian::train::{
    ConvergedUnitsMetric, DeadUnitsMetric, InPlaceStrategy, Labelled, MeanNormMetric, Snapshot,
    WeightSnapshots, WinsPerUnitMetric,
};
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinear, HebbianLinearConfig, KrotovHopfield,
    KrotovHopfieldConfig, LocalRule, MaxNormalizedConfig, RuleConfig, unit_length,
};
use burn_runs::{Plan, on_devices};
use image_runs::RunError;
use image_runs::loader::unlabelled;

use super::analysis::candidates;
use super::stage::Stage;
use super::start;
use super::taken::Taken;
use crate::frames::Frames;

/// What stage 1 leaves behind.
pub(crate) struct Hebbian<R: LocalRule> {
    pub layer: HebbianLinear<R>,
    /// The share of converged units, in percent.
    pub converged: f64,
    pub snapshots: Vec<Snapshot>,
    pub seconds: f64,
}

/// The hidden layer of `config` with units that an earlier run has learned.
pub(crate) fn take<C: RuleConfig>(
    stage: &Stage,
    config: &HebbianLinearConfig<C>,
    taken: &Taken,
) -> Result<Hebbian<C::Rule>, RunError> {
    let device = &stage.experiment.device;
    let synapses = taken.tensor(device);
    let layer = config.init(device)?.with_synapses(synapses.clone());
    let units = candidates(stage.settings, stage.experiment.train_images.shape.channels);
    let snapshots = WeightSnapshots::new(units, stage.settings.snapshot_every, synapses.clone());
    Ok(Hebbian {
        converged: converged(&layer),
        snapshots: snapshots.finish(synapses),
        layer,
        seconds: taken.seconds,
    })
}

/// The share of units that have converged, in percent.
fn converged<R: LocalRule>(layer: &HebbianLinear<R>) -> f64 {
    let norms: Vec<f64> = layer.norms().into_data().iter().collect();
    ConvergedUnitsMetric::new().share(norms.into_iter())
}

/// Trains a hidden layer from `config` by the rule of the settings, whose push may grow over the first epochs.
pub(crate) fn train(
    stage: &Stage,
    config: &HebbianLinearConfig<KrotovHopfieldConfig>,
) -> Result<Hebbian<KrotovHopfield>, RunError> {
    let growing = stage.settings.push_epochs;
    let rule = config.rule.clone();
    train_prepared(stage, config, move |layer, epoch| {
        let delta = rule.delta * share_of_push(epoch, growing);
        let rule = rule.clone().with_delta(delta).init();
        let layer = rule.and_then(|rule| layer.with_rule(rule));
        layer.expect("a weaker push is allowed where the whole one is")
    })
}

/// The share of its whole strength that the push has in `epoch`, counted from 1, where it grows over the first `growing`.
fn share_of_push(epoch: usize, growing: usize) -> f64 {
    epoch.min(growing + 1) as f64 / (growing + 1) as f64
}

/// Trains a hidden layer from `config`, whose rule need not be that of the settings, as `prepare` makes it for each epoch.
pub(crate) fn train_prepared<C: RuleConfig>(
    stage: &Stage,
    config: &HebbianLinearConfig<C>,
    prepare: impl Fn(HebbianLinear<C::Rule>, usize) -> HebbianLinear<C::Rule> + Send + Sync + 'static,
) -> Result<Hebbian<C::Rule>, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let device = &experiment.device;
    // Nothing here has a gradient, but Burn's optimizers ask each parameter for its autodiff state
    // and panic where it has none. The layer steps off the autodiff device before it computes.
    let autodiff = device.clone().autodiff();
    let mut layer = config.init(&autodiff)?;
    let mut images = experiment.train.clone();
    if settings.unit_length {
        images.inputs = unit_length(images.inputs);
    }
    if let Some(start) = start::synapses(settings, &images.inputs)? {
        layer = layer.with_synapses(start);
    }
    let units = candidates(settings, stage.experiment.train_images.shape.channels);
    let snapshots = WeightSnapshots::new(units, settings.snapshot_every, layer.synapses());

    let loader = unlabelled(&images, settings.batch_size).shuffled(settings.seed);
    let scheduler = EpochLinearLrSchedulerConfig::new(
        settings.learning_rate,
        settings.epochs_hebbian,
        loader.batches(),
    );
    // The state of the layer does not depend on what it sees: one blank image asks for it.
    let blank = Labelled {
        inputs: Tensor::zeros([1, experiment.visible()], device),
        labels: Tensor::zeros([1], device),
    };
    // On one device steps in place are faster by far; several have only a dense update that can be summed.
    let strategy = match stage.devices {
        [_] => TrainingStrategy::Custom(Arc::new(
            InPlaceStrategy::new(autodiff).with_prepare(prepare),
        )),
        _ => on_devices(stage.devices),
    };
    let plan = Plan {
        stage: "hebbian",
        shown: "biological network, hidden layer",
        model: layer,
        optimizer: MaxNormalizedConfig::new().init()?,
        scheduler: scheduler.init()?.into(),
        epochs: settings.epochs_hebbian,
        budget: None,
        strategy,
        train: Arc::new(loader),
        valid: Arc::new(unlabelled(&blank, 1)),
        foundation: String::new(),
        state: Some(Arc::new(Frames(snapshots.clone()))),
    };
    let trained = stage.run.train(plan, |training| {
        training
            .metric_train_numeric(DeadUnitsMetric::new())
            .metric_train(WinsPerUnitMetric::new())
            .metric_valid_numeric(ConvergedUnitsMetric::new())
            .metric_valid_numeric(MeanNormMetric::new())
            .metric_valid(snapshots.clone())
    })?;
    let layer = trained.model.to_device(device);
    Ok(Hebbian {
        converged: converged(&layer),
        snapshots: snapshots.finish(layer.synapses()),
        layer,
        seconds: trained.seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::share_of_push;

    #[test]
    fn the_push_grows_by_equal_steps_to_the_whole() {
        let shares = |growing| [1, 2, 3, 4, 9].map(|epoch| share_of_push(epoch, growing));
        assert_eq!(shares(3), [0.25, 0.5, 0.75, 1.0, 1.0]);
        assert_eq!(shares(0), [1.0; 5]);
    }
}

//! Several devices give the step of one.

use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use burn::train::{
    ExecutionStrategy, Learner, MultiDeviceOptim, SupervisedTraining, TrainingStrategy,
};
use burn_hebbian::train::{InPlaceStrategy, Labelled};
use burn_hebbian::{HebbianLinear, KrotovHopfieldConfig, MaxNormalizedConfig};
use burn_runs::Ui;
use two_networks::loader::{Loader, unlabelled};

use crate::devices::{self, assert_close, entries, random_case};

fn loader(images: &Tensor<2>, batch_size: usize) -> Loader<Tensor<2>> {
    let data = Labelled {
        inputs: images.clone(),
        labels: Tensor::zeros([images.dims()[0]], &images.device()),
    };
    unlabelled(&data, batch_size)
}

/// What two epochs make of the layer.
fn train(
    layer: &HebbianLinear,
    loader: Loader<Tensor<2>>,
    strategy: impl Into<TrainingStrategy<HebbianLinear>>,
) -> Vec<f32> {
    let directory = tempfile::tempdir().unwrap();
    // A slice counts its epochs apart.
    let valid = loader.slice(0, loader.num_items());
    let loader = Arc::new(loader);
    let optimizer = MaxNormalizedConfig::new().init().unwrap();
    let training = SupervisedTraining::new(directory.path(), loader, valid)
        .num_epochs(2)
        .with_training_strategy(strategy.into())
        .with_application_logger(None)
        .renderer(Ui::None.renderer(Default::default(), "test", 0));
    let result = training.launch(Learner::new(layer.clone(), optimizer, 0.02));
    assert!(result.error.is_none());
    entries(result.model.synapses())
}

fn case() -> (HebbianLinear, Tensor<2>, Device) {
    let device = devices::first().autodiff();
    let (synapses, images) = random_case(21, [12, 10, 40], &device);
    let layer = devices::layer(synapses, KrotovHopfieldConfig::new().with_k(3));
    (layer, images, device)
}

#[test]
fn two_devices_take_the_steps_of_one() {
    let (layer, images, device) = case();
    // Each of two workers takes half of every batch, in the order in which one device takes the whole.
    let both = vec![device.clone(), device.clone()];
    let two = ExecutionStrategy::multi(both, MultiDeviceOptim::OptimMainDevice);
    let found = train(&layer, loader(&images, 20).shuffled(7), two);
    let expected = train(
        &layer,
        loader(&images, 20).shuffled(7),
        ExecutionStrategy::single(device),
    );
    assert_close(&found, &expected, 1e-4, "two devices");
}

#[test]
fn steps_in_place_are_those_of_burns_own_loop() {
    let (layer, images, device) = case();
    let in_place = TrainingStrategy::Custom(Arc::new(InPlaceStrategy::new(device.clone())));
    let found = train(&layer, loader(&images, 10), in_place);
    let expected = train(
        &layer,
        loader(&images, 10),
        ExecutionStrategy::single(device),
    );
    assert_close(&found, &expected, 1e-5, "in place");
}

#[test]
fn a_rule_that_changes_by_the_epoch_is_that_of_each_epoch() {
    let (layer, images, device) = case();
    let prepare = |layer: HebbianLinear, epoch: usize| {
        let rule = KrotovHopfieldConfig::new().with_k(3);
        let rule = rule.with_delta(0.3 * epoch as f64).init().unwrap();
        layer.with_rule(rule).unwrap()
    };
    let strategy = InPlaceStrategy::new(device).with_prepare(prepare);
    let strategy = TrainingStrategy::Custom(Arc::new(strategy));
    let found = train(&layer, loader(&images, 10), strategy);
    let mut expected = layer;
    for epoch in [1, 2] {
        expected = prepare(expected, epoch);
        for rows in images.clone().chunk(4, 0) {
            expected = expected.learn(rows, 0.02);
        }
    }
    let expected = entries(expected.synapses());
    assert_close(&found, &expected, 1e-5, "two epochs of different rules");
}

#[test]
fn a_value_that_is_not_finite_ends_the_training_with_an_error() {
    let (layer, images, device) = case();
    let directory = tempfile::tempdir().unwrap();
    let data = Labelled {
        inputs: images * f32::NAN,
        labels: Tensor::zeros([40], &device),
    };
    let loader = Arc::new(unlabelled(&data, 10));
    let before = entries(layer.synapses());
    let result = SupervisedTraining::new(directory.path(), loader.clone(), loader)
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(InPlaceStrategy::new(
            device,
        ))))
        .with_application_logger(None)
        .renderer(Ui::None.renderer(Default::default(), "test", 0))
        .launch(Learner::new(
            layer,
            MaxNormalizedConfig::new().init().unwrap(),
            0.02,
        ));
    let error = result.error.unwrap().to_string();
    assert!(
        error.contains("step 1 met a value in the examples"),
        "{error}"
    );
    assert_eq!(entries(result.model.synapses()), before);
}

#[test]
fn without_learning_nothing_changes() {
    let (layer, images, device) = case();
    let frozen = layer.clone().freeze();
    let found = train(
        &frozen,
        loader(&images, 10),
        ExecutionStrategy::single(device),
    );
    assert_eq!(found, entries(layer.synapses()));
}

//! The faults that users of version 0.1 met, in their order, each on every backend that is compiled in.
#![recursion_limit = "256"]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::lr_scheduler::LrScheduler;
use burn::module::{Module, ParamGroup};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{DType, Device, Int, Tensor};
use burn::train::{Learner, SupervisedTraining, TrainingStrategy};
use burn_hebbian::train::InPlaceStrategy;
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig,
    LateralInhibitionConfig, LocalRule, LocalUpdate, MaxNormalizedConfig, PowerLossConfig,
};
use outside::{devices, images, is_finite, layer, values};

#[test]
fn fault_1_a_layer_on_a_checkpointing_device_goes_on_after_learning() {
    for (_, device) in devices() {
        let device = device.autodiff().gradient_checkpointing();
        let layer = layer(&device).learn(images(&device), 0.05);
        let input = images(&device).require_grad();
        let gradients = layer.forward(input.clone()).sum().backward();
        assert!(input.grad(&gradients).is_some());
    }
}

#[test]
fn fault_2_a_frozen_layer_does_not_learn_in_place() {
    for (_, device) in devices() {
        let layer = layer(&device).freeze();
        let before = values(layer.synapses());
        let mut learner = InPlaceLearner::new(layer);
        assert_eq!(learner.step(images(&device), 0.05).dims(), [4]);
        assert_eq!(values(learner.into_layer().synapses()), before);
    }
}

/// The types of float that a backend has beside float32.
fn other_floats(name: &str, device: &Device) -> Vec<DType> {
    let all = [DType::F64, DType::F16, DType::BF16];
    let supported = |dtype: &DType| device.supports_dtype(*dtype);
    // wgpu has no float64; its software driver says that it has half floats, but not that they work.
    if name == "wgpu" {
        vec![]
    } else {
        all.into_iter().filter(supported).collect()
    }
}

#[test]
fn fault_3_a_blank_batch_leaves_every_type_of_float_as_it_is() {
    for (name, device) in devices() {
        for dtype in [vec![DType::F32], other_floats(name, &device)].concat() {
            let mut layer = layer(&device);
            layer.weight = layer.weight.map(|weight| weight.cast(dtype));
            let before = values(layer.synapses());
            let blank = Tensor::<2>::zeros([4, 6], &device).cast(dtype);
            let mut learner = InPlaceLearner::new(layer);
            learner.step(blank, 0.05);
            learner.check().unwrap();
            let layer = learner.into_layer();
            assert_eq!(values(layer.synapses()), before, "{name}, {dtype:?}");
            let layer = layer.learn(images(&device).cast(dtype), 0.05);
            assert_ne!(values(layer.synapses()), before, "{name}, {dtype:?}");
            assert!(is_finite(layer.synapses()), "{name}, {dtype:?}");
        }
    }
}

#[test]
fn fault_3_a_large_batch_of_half_floats_is_finite() {
    for (name, device) in devices() {
        if !other_floats(name, &device).contains(&DType::F16) {
            continue;
        }
        let mut layer = layer(&device);
        layer.weight = layer.weight.map(|weight| weight.cast(DType::F16));
        // The sum of these examples is past the largest float16, each of them is not.
        let examples = Tensor::<2>::full([2000, 6], 40.0, &device).cast(DType::F16);
        let mut learner = InPlaceLearner::new(layer);
        learner.step(examples.slice([0..20]), 0.05);
        learner.check().unwrap();
    }
}

#[test]
fn fault_3_the_settling_rule_and_the_power_loss_take_every_type_of_float() {
    for (name, device) in devices() {
        for dtype in other_floats(name, &device) {
            let synapses = Tensor::<2>::ones([3, 2], &device).cast(dtype);
            let rule = LateralInhibitionConfig::new().with_steps(3).init().unwrap();
            let update = rule.update(synapses.clone(), Tensor::ones([1, 2], (&device, dtype)));
            assert_eq!(update.change.dtype(), dtype);
            assert!(is_finite(update.change), "{name}, {dtype:?}");
            let labels = Tensor::<1, Int>::from_data([0, 1, 1], &device);
            let loss = PowerLossConfig::new().init().unwrap();
            assert!(
                is_finite(loss.forward(synapses, labels)),
                "{name}, {dtype:?}"
            );
        }
    }
}

/// Images of which one value is none.
fn broken(device: &Device) -> Tensor<2> {
    let mut values = [[0.5f32; 6]; 4];
    values[2][1] = f32::NAN;
    Tensor::from_data(values, device)
}

#[test]
fn fault_4_a_value_that_is_no_number_destroys_nothing_wherever_it_arrives() {
    for (name, device) in devices() {
        let device = device.autodiff();
        let start = layer(&device);
        let before = values(start.synapses());

        let learned = start.clone().learn(broken(&device), 0.05);
        assert_eq!(values(learned.synapses()), before, "{name}: learn");

        let mut learner = InPlaceLearner::new(start.clone());
        learner.step(broken(&device), 0.05);
        assert!(learner.check().is_err(), "{name}: the learner says so");
        assert_eq!(
            values(learner.into_layer().synapses()),
            before,
            "{name}: in place"
        );

        let mut gradients = GradientsParams::new();
        start.register_update(&mut gradients, start.local_update(broken(&device)));
        let mut optimizer = MaxNormalizedConfig::new().init().unwrap();
        let learned = optimizer.step(0.05, start, gradients);
        assert_eq!(values(learned.synapses()), before, "{name}: optimizer");
    }
}

#[test]
fn fault_5_updates_of_one_step_are_summed() {
    for (name, device) in devices() {
        let device = device.autodiff();
        let layer = layer(&device);
        let (first, second) = (images(&device), images(&device));
        let step = |updates: Vec<LocalUpdate>| {
            let mut gradients = GradientsParams::new();
            for update in updates {
                layer.register_update(&mut gradients, update);
            }
            let mut optimizer = MaxNormalizedConfig::new().init().unwrap();
            values(optimizer.step(0.05, layer.clone(), gradients).synapses())
        };
        let both = Tensor::cat(vec![first.clone(), second.clone()], 0);
        let expected = step(vec![layer.local_update(both)]);
        let found = step(vec![layer.local_update(first), layer.local_update(second)]);
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{name}: {found} {expected}"
            );
        }
    }
}

#[test]
fn fault_6_after_a_fault_the_winners_are_those_of_the_batch_at_hand() {
    for (name, device) in devices() {
        let winners =
            |winners: Tensor<1, Int>| -> Vec<i64> { winners.into_data().iter().collect() };
        let mut learner = InPlaceLearner::new(layer(&device));
        learner.step(images(&device), 0.05);
        learner.step(broken(&device), 0.05);
        assert!(learner.check().is_err());
        let next = Tensor::cat(vec![images(&device), images(&device)], 0);
        let expected = winners(learner.layer().winners(next.clone()));
        assert_eq!(winners(learner.step(next, 0.05)), expected, "{name}");
    }
}

/// Ten batches, of which the third is broken; counts those that were fetched.
#[derive(Clone)]
struct Loader {
    device: Device,
    fetched: Arc<AtomicUsize>,
}

impl DataLoader<Tensor<2>> for Loader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Tensor<2>> + 'a> {
        Box::new(Batches {
            loader: self,
            given: 0,
        })
    }

    fn num_items(&self) -> usize {
        10
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Tensor<2>>> {
        Arc::new(Self {
            device: device.clone(),
            ..self.clone()
        })
    }

    fn slice(&self, _start: usize, _end: usize) -> Arc<dyn DataLoader<Tensor<2>>> {
        Arc::new(self.clone())
    }
}

struct Batches<'a> {
    loader: &'a Loader,
    given: usize,
}

impl Iterator for Batches<'_> {
    type Item = Result<Tensor<2>, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.given == 10 {
            return None;
        }
        self.given += 1;
        self.loader.fetched.fetch_add(1, Ordering::Relaxed);
        Some(Ok(if self.given == 3 {
            broken(&self.loader.device)
        } else {
            images(&self.loader.device)
        }))
    }
}

impl DataLoaderIterator<Tensor<2>> for Batches<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.given, 10, None)
    }
}

#[test]
fn fault_7_a_run_on_a_cpu_stops_at_the_step_that_met_it() {
    let device = Device::flex().autodiff();
    let fetched = Arc::new(AtomicUsize::new(0));
    let loader = |fetched: &Arc<AtomicUsize>| {
        Arc::new(Loader {
            device: device.clone(),
            fetched: fetched.clone(),
        })
    };
    let directory = std::env::temp_dir().join(format!("outside-{}", std::process::id()));
    let strategy = InPlaceStrategy::new(device.clone());
    let result = SupervisedTraining::new(&directory, loader(&fetched), loader(&Arc::default()))
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)))
        .with_application_logger(None)
        .num_epochs(2)
        .launch(Learner::new(
            layer(&device),
            MaxNormalizedConfig::new().init().unwrap(),
            0.05,
        ));
    let _ = std::fs::remove_dir_all(&directory);
    let error = result.error.unwrap().to_string();
    assert!(error.contains("epoch 1, step 3 met"), "{error}");
    assert_eq!(fetched.load(Ordering::Relaxed), 3);
}

#[test]
fn fault_8_there_may_be_more_examples_than_workgroups_along_one_axis() {
    const MANY: usize = 65_600;
    for (name, device) in devices() {
        let rule = || KrotovHopfieldConfig::new().with_k(2);
        let of_size = |visible, hidden| {
            HebbianLinearConfig::new(visible, hidden)
                .with_rule(rule())
                .init(&device)
                .unwrap()
        };
        // The last example alone has ink, so that it decides what is learned.
        let mut pixels = vec![0.0f32; 2 * MANY];
        pixels[2 * MANY - 2] = 1.0;
        let data = burn::tensor::TensorData::new(pixels, [MANY, 2]);
        let examples = Tensor::<2>::from_data(data, &device);
        let layer = of_size(2, 3);
        let last = examples.clone().slice([MANY - 1..MANY]);
        let (found, expected) = (
            values(layer.clone().learn(examples, 0.05).synapses()),
            values(layer.learn(last, 0.05).synapses()),
        );
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{name}: {found} {expected}"
            );
        }

        // Past what a device takes, a layer is refused by name.
        match HebbianLinearConfig::new(1, MANY)
            .with_rule(rule())
            .init(&device)
        {
            Ok(layer) => assert!(is_finite(
                layer
                    .learn(Tensor::<2>::ones([1, 1], &device), 0.1)
                    .synapses()
            )),
            Err(error) => assert_eq!(error.field(), "hidden", "{name}"),
        }
    }
}

#[test]
fn fault_9_a_power_or_a_radius_that_would_overflow_is_refused_by_name() {
    let refused = |p, radius| {
        let config = KrotovHopfieldConfig::new().with_p(p).with_radius(radius);
        config.init().unwrap_err().field()
    };
    assert_eq!(refused(200.0, 2.0), "p");
    assert_eq!(refused(100.0, 1.0), "p");
    assert_eq!(refused(3.0, 1e-20), "radius");
    let config = LateralInhibitionConfig::new()
        .with_p(30.0)
        .with_radius(50.0);
    assert_eq!(config.init().unwrap_err().field(), "radius");
}

#[test]
fn fault_10_the_rate_of_an_epoch_lasts_as_long_as_its_steps() {
    let config = EpochLinearLrSchedulerConfig::new(0.4, 2, 8).with_accumulation(4);
    let mut scheduler = config.init().unwrap();
    let rates: Vec<f64> = (0..4).map(|_| scheduler.step()).collect();
    assert_eq!(rates, [0.4, 0.4, 0.2, 0.2]);
}

#[test]
fn fault_11_a_blank_batch_decides_nothing_for_those_after_it() {
    for (name, device) in devices() {
        let learn = |batches: [Tensor<2>; 2], start: &burn_hebbian::HebbianLinear| {
            let mut learner = InPlaceLearner::new(start.clone());
            for batch in batches {
                learner.step(batch, 0.05);
            }
            learner.check().unwrap();
            values(learner.into_layer().synapses())
        };
        let start = layer(&device);
        let dense = images(&device) + 0.1;
        let blank = Tensor::zeros([4, 6], &device);
        let expected = learn([dense.clone(), blank.clone()], &start);
        assert_eq!(learn([blank, dense], &start), expected, "{name}");
    }
}

/// A rule of a user that breaks off in the middle of a step, once.
#[derive(Clone, Debug)]
struct BreaksOff;

impl LocalRule for BreaksOff {
    fn update(&self, _synapses: Tensor<2>, _visible: Tensor<2>) -> LocalUpdate {
        panic!("broken off")
    }
}

#[test]
fn fault_11_what_broke_off_does_not_spoil_what_follows() {
    for (_, device) in devices() {
        let broken = HebbianLinearConfig::new(6, 9)
            .init_with(BreaksOff, &device)
            .unwrap();
        let input = images(&device);
        let broken_off = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            broken.learn(input, 0.05);
        }));
        assert!(broken_off.is_err());
        let start = layer(&device);
        let learned = start.clone().learn(images(&device), 0.05);
        assert_ne!(values(learned.synapses()), values(start.synapses()));
    }
}

#[test]
#[should_panic(expected = "a learning rate must be finite, got NaN")]
fn fault_11_a_rate_that_is_no_number_is_refused() {
    let device = Device::flex();
    layer(&device).learn(images(&device), f64::NAN);
}

#[test]
#[should_panic(expected = "incompatible shapes")]
fn fault_12_a_forgotten_group_cannot_pass_unnoticed() {
    let device = Device::flex().autodiff();
    let layer = layer(&device);
    let mut gradients = GradientsParams::new();
    layer.register_update(&mut gradients, layer.local_update(images(&device)));
    let misspelt = ParamGroup::from_predicate("hiden");
    let rule = MaxNormalizedConfig::new().build().unwrap();
    let mut optimizer = AdamConfig::new().init().with_group(misspelt, rule, None);
    optimizer.step(0.05, layer, gradients);
}

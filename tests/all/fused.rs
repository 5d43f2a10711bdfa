//! The fused step against the same rule made of Burn's own operations, which float64 still takes.

use std::cell::Cell;

use burn::tensor::{DType, Device, Int, Tensor};
use burn_hebbian::rule::currents;
use burn_hebbian::{HebbianLinear, HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig};
use burn_runs::Backend;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::devices::{self, assert_close, entries, matrix, random_case, uniform};

/// The backends that have a fused path.
fn fused() -> Vec<(Backend, Device)> {
    let mut devices = devices::all();
    devices.retain(|(backend, _)| matches!(backend, Backend::Flex | Backend::Ndarray));
    devices
}

/// Images of which `ink` of the values are not 0.
fn images(seed: u64, count: usize, visible: usize, ink: f64, device: &Device) -> Tensor<2> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = uniform(&mut rng, count * visible, 0.1, 1.0);
    for value in &mut values {
        if !rng.random_bool(ink) {
            *value = 0.0;
        }
    }
    matrix(count, visible, values, device)
}

/// Whether two currents that rank next to each other, where it matters, differ by rounding only.
fn is_close_call(row: &[f32], k: usize) -> bool {
    let scale = row
        .iter()
        .fold(0.0f32, |most, current| most.max(current.abs()));
    let mut ranked = row.to_vec();
    ranked.sort_by(|a, b| b.total_cmp(a));
    let gap = |rank: usize| ranked[rank] - ranked[rank + 1];
    let gaps = [0, k - 2, (k - 1).min(row.len() - 2)].map(gap);
    // A blank example ties all units and changes nothing, whoever wins.
    scale > 0.0 && gaps.iter().any(|gap| *gap < 1e-5 * scale)
}

fn indices(tensor: Tensor<1, Int>) -> Vec<i64> {
    tensor.into_data().iter().collect()
}

#[derive(Debug)]
struct Case {
    seed: u64,
    /// Hidden, visible, batch.
    shape: [usize; 3],
    ink: f64,
    rule: KrotovHopfieldConfig,
}

prop_compose! {
    /// Shapes on both sides of every block: panels of 128, stretches of 56, groups of 6.
    fn case()(
        hidden in prop_oneof![2..20usize, 120..140usize, 250..260usize],
        visible in prop_oneof![1..10usize, 50..60usize, 110..120usize],
    )(
        seed in any::<u64>(),
        batch in 1..15usize,
        ink in prop_oneof![Just(0.1), Just(0.3), Just(0.9)],
        k in prop_oneof![2..=hidden.min(9), 2..=hidden, Just(hidden)],
        p in prop_oneof![Just(1.0), Just(2.0), Just(3.0), Just(4.0), 1.5..5.0f64],
        delta in prop_oneof![Just(0.0), 0.0..1.0f64],
        radius in prop_oneof![Just(1.0), 0.5..2.0f64],
        hidden in Just(hidden),
        visible in Just(visible),
    ) -> Case {
        let rule = KrotovHopfieldConfig::new()
            .with_p(p)
            .with_k(k)
            .with_delta(delta)
            .with_radius(radius);
        Case { seed, shape: [hidden, visible, batch], ink, rule }
    }
}

/// Takes three steps on `device` and, made of Burn's own operations, in float64 on a CPU. Returns how many
/// could be compared.
fn take_steps(case: &Case, backend: Backend, device: &Device) -> u64 {
    let [hidden, visible, batch] = case.shape;
    let exact_device = devices::first();
    let start = |device| random_case(case.seed, [hidden, visible, 1], device).0;
    let exact = devices::layer(start(&exact_device).cast(DType::F64), case.rule.clone());
    let mut exact = InPlaceLearner::new(exact);
    let mut learner = InPlaceLearner::new(devices::layer(start(device), case.rule.clone()));
    for step in 0..3 {
        let images = |device| images(case.seed ^ step, batch, visible, case.ink, device);
        let exact_images = images(&exact_device).cast(DType::F64);
        let currents = entries(currents(
            exact.layer().synapses(),
            exact_images.clone(),
            case.rule.p,
        ));
        let update = learner.layer().local_update(images(device));
        let expected = exact.layer().local_update(exact_images.clone());
        let winners = learner.step(images(device), 0.03);
        let expected_winners = exact.step(exact_images, 0.03);
        if currents
            .chunks(hidden)
            .any(|row| is_close_call(row, case.rule.k))
        {
            // Rounding may choose other units, and all that follows differs.
            return step;
        }
        let what = format!("{backend:?}, {case:?}, step {step}");
        assert_eq!(indices(winners), indices(expected_winners), "{what}");
        assert_eq!(indices(update.winners), indices(expected.winners), "{what}");
        assert_close(
            &entries(update.change),
            &entries(expected.change),
            1e-3,
            &what,
        );
        let (found, expected) = (learner.layer(), exact.layer());
        assert_close(
            &entries(found.synapses()),
            &entries(expected.synapses()),
            1e-3,
            &what,
        );
    }
    learner.check().unwrap();
    3
}

/// A few shapes on every backend: software drivers compile a kernel for each.
#[test]
fn every_backend_takes_the_same_steps() {
    for (backend, device) in devices::all() {
        for (seed, shape, p, k, delta) in [
            (1, [2, 1, 1], 3.0, 2, 0.4),
            (2, [130, 57, 13], 3.0, 7, 0.4),
            (3, [65, 20, 9], 2.0, 5, 0.2),
            (4, [33, 70, 6], 4.5, 33, 0.0),
            (5, [20, 40, 9], 1.0, 3, 0.1),
        ] {
            let rule = KrotovHopfieldConfig::new()
                .with_p(p)
                .with_k(k)
                .with_delta(delta)
                .with_radius(1.2);
            let case = Case {
                seed,
                shape,
                ink: 0.8,
                rule,
            };
            let compared = take_steps(&case, backend, &device);
            assert_eq!(
                compared, 3,
                "{backend:?}, {case:?}: choose a seed without close calls"
            );
        }
    }
}

#[test]
fn the_same_start_gives_the_same_bits() {
    for (_, device) in devices::all() {
        let run = || {
            let mut learner = learner(&device);
            for seed in 0..5 {
                learner.step(images(seed, 12, 6, 0.7, &device), 0.05);
            }
            synapses(&learner)
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn steps_in_place_are_those_of_burns_own_operations() {
    const CASES: u32 = 150;
    let (taken, compared) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        cases: CASES,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&case(), |case| {
        for (backend, device) in fused() {
            taken.set(taken.get() + 3);
            compared.set(compared.get() + take_steps(&case, backend, &device));
        }
        Ok(())
    });
    outcome.unwrap();
    let (taken, compared) = (taken.get(), compared.get());
    println!("{compared} of {taken} steps compared, the others after a close call");
    assert!(compared * 10 > taken * 8, "{compared} of {taken}");
}

fn learner(device: &Device) -> InPlaceLearner {
    let (synapses, _) = random_case(5, [9, 6, 1], device);
    InPlaceLearner::new(devices::layer(
        synapses,
        KrotovHopfieldConfig::new().with_k(3),
    ))
}

fn synapses(learner: &InPlaceLearner) -> Vec<f32> {
    entries(learner.layer().synapses())
}

#[test]
fn a_bad_batch_is_named_and_changes_nothing() {
    for (backend, device) in devices::all() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut learner = learner(&device);
            let good = images(1, 4, 6, 0.9, &device);
            learner.step(good.clone(), 0.05);
            let before = synapses(&learner);
            let mut values = vec![0.5; 24];
            values[13] = bad;
            learner.step(matrix(4, 6, values, &device), 0.05);
            learner.step(good, 0.05);
            assert_eq!(synapses(&learner), before, "{backend:?}, {bad}");
            let error = learner.check().unwrap_err();
            assert_eq!(error.step(), 2);
            assert_eq!(
                error.to_string(),
                "step 2 met a value in the examples that is not finite: the synapses are as they \
                 were before it"
            );
        }
    }
}

#[test]
fn bad_synapses_are_named() {
    for (backend, device) in devices::all() {
        let mut values = vec![0.5; 54];
        values[20] = f32::NAN;
        let layer = devices::layer(
            matrix(9, 6, values, &device),
            KrotovHopfieldConfig::new().with_k(3),
        );
        let mut learner = InPlaceLearner::new(layer);
        learner.step(images(1, 4, 6, 0.9, &device), 0.05);
        let error = learner.check().unwrap_err().to_string();
        assert!(
            error.contains("a synapse that is not finite"),
            "{backend:?}: {error}"
        );
    }
}

#[test]
fn an_overflow_is_named() {
    for (_, device) in devices::all() {
        let mut learner = learner(&device);
        let before = synapses(&learner);
        learner.step(images(1, 4, 6, 0.9, &device) * 1e38, 0.05);
        assert_eq!(synapses(&learner), before);
        let error = learner.check().unwrap_err().to_string();
        assert!(error.contains("overflowed"), "{error}");
    }
}

#[test]
fn the_smallest_layers_and_batches_learn() {
    for (_, device) in devices::all() {
        for shape in [[2, 1, 1], [2, 1, 7], [7, 3, 1]] {
            let (synapses, images) = random_case(3, shape, &device);
            let rule = KrotovHopfieldConfig::new().with_k(shape[0]);
            let layer = devices::layer(synapses.clone(), rule);
            let learned: HebbianLinear = layer.learn(images, 0.1);
            let moved = (learned.synapses() - synapses)
                .abs()
                .max()
                .into_scalar::<f32>();
            assert!((moved - 0.1).abs() < 1e-5, "{shape:?}: moved by {moved}");
        }
    }
}

#[test]
fn a_batch_of_blanks_changes_nothing() {
    for (_, device) in devices::all() {
        let mut learner = learner(&device);
        let before = synapses(&learner);
        learner.step(Tensor::<2>::zeros([4, 6], &device), 0.05);
        learner.check().unwrap();
        assert_eq!(synapses(&learner), before);
    }
}

#[test]
fn a_layer_taken_out_stays_as_it_is() {
    for (_, device) in devices::all() {
        let mut learner = learner(&device);
        let taken = learner.layer();
        let before = entries(taken.synapses());
        learner.step(images(1, 4, 6, 0.9, &device), 0.05);
        assert_eq!(entries(taken.synapses()), before);
        assert_ne!(synapses(&learner), before);
    }
}

#[test]
fn two_learners_of_one_thread_do_not_disturb_each_other() {
    let device = devices::first();
    let batch = images(1, 4, 6, 0.9, &device);
    let mut alone = learner(&device);
    alone.step(batch.clone(), 0.05);
    alone.step(batch.clone(), 0.05);
    let (mut one, mut other) = (learner(&device), learner(&device));
    one.step(batch.clone(), 0.05);
    other.step(batch.clone() * 2.0, 0.01);
    one.step(batch, 0.05);
    assert_eq!(synapses(&one), synapses(&alone));
}

#[test]
fn synapses_to_a_dark_pixel_fade_to_nothing() {
    for (backend, device) in fused() {
        let mut learner = learner(&device);
        let dark = matrix(1, 6, vec![1.0, 1.0, 1.0, 1.0, 1.0, 0.0], &device);
        for seed in 0..5000 {
            learner.step(images(seed, 12, 6, 0.9, &device) * dark.clone(), 0.01);
        }
        learner.check().unwrap();
        let synapses = synapses(&learner);
        // Subnormal numbers would slow every step that follows.
        let subnormal = synapses.iter().filter(|synapse| synapse.is_subnormal());
        assert_eq!(subnormal.count(), 0, "{backend:?}: {synapses:?}");
        let faded = synapses.chunks(6).filter(|unit| unit[5] == 0.0).count();
        assert!(faded > 0, "{backend:?}: {synapses:?}");
    }
}

/// Sizes on both sides of what the kernels of a GPU take; larger batches are taken in parts.
#[test]
fn there_may_be_any_number_of_examples_and_as_many_units_as_the_device_takes() {
    for (backend, device) in devices::all() {
        let rule = || KrotovHopfieldConfig::new().with_k(2);
        for count in [1000, 4096, 4097, 65_600] {
            // One example alone has ink, so that it decides what is learned.
            for at in [0, count / 2, count - 1] {
                let mut pixels = vec![0.0; 2 * count];
                pixels[2 * at] = 1.0;
                let examples = matrix(count, 2, pixels, &device);
                let one = examples.clone().narrow(0, at, 1);
                let (synapses, _) = random_case(61, [3, 2, 1], &device);
                let layer = devices::layer(synapses, rule());
                let expected = entries(layer.clone().learn(one.clone(), 0.05).synapses());
                let what = format!("{backend:?}, example {at} of {count}");
                let winners = indices(layer.winners(examples.clone()));
                assert_eq!(winners[at], indices(layer.winners(one))[0], "{what}");
                let found = entries(layer.learn(examples, 0.05).synapses());
                assert_close(&found, &expected, 1e-5, &what);
            }
        }
        // The last unit alone fits, so that it wins.
        let count = 65_535;
        let mut start = vec![0.0; count];
        start[count - 1] = 0.5;
        let layer = devices::layer(matrix(count, 1, start, &device), rule());
        let learned = layer.learn(matrix(1, 1, vec![1.0], &device), 0.1);
        let last = entries(learned.synapses())[count - 1];
        assert!((last - 0.6).abs() < 1e-5, "{backend:?}: {last}");
        // More are refused by name where the device does not take them.
        let layer = HebbianLinearConfig::new(1, 65_536).init(&device);
        if fused().iter().any(|(other, _)| *other == backend) {
            layer.unwrap();
        } else {
            assert_eq!(layer.unwrap_err().field(), "hidden", "{backend:?}");
        }
    }
}

#[test]
fn small_and_large_batches_may_take_turns() {
    for (backend, device) in devices::all() {
        let (small, large) = (
            images(1, 12, 6, 0.7, &device),
            images(2, 4100, 6, 0.7, &device),
        );
        let mut taken = learner(&device);
        let mut expected = taken.layer();
        for batch in [&small, &large, &small] {
            taken.step(batch.clone(), 0.05);
            expected = expected.learn(batch.clone(), 0.05);
        }
        taken.check().unwrap();
        let what = format!("{backend:?}");
        assert_close(
            &synapses(&taken),
            &entries(expected.synapses()),
            1e-5,
            &what,
        );
    }
}

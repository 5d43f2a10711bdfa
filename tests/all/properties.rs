//! What holds for any synapses and any images.

use burn::module::ParamId;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Int, Tensor};
use burn_hebbian::{HebbianLinear, KrotovHopfieldConfig, MaxNormalizedConfig};
use proptest::prelude::*;

use crate::devices::{self, assert_close, entries, random_case};

/// A seed, the shape [hidden, visible, batch] and a rule that fits it.
fn case() -> impl Strategy<Value = (u64, [usize; 3], KrotovHopfieldConfig)> {
    (
        any::<u64>(),
        2..40usize,
        1..30usize,
        1..20usize,
        0.0..1.0f64,
    )
        .prop_flat_map(|(seed, hidden, visible, batch, delta)| {
            let p = prop_oneof![Just(2.0), Just(3.0), 1.0..5.0f64];
            (Just((seed, [hidden, visible, batch], delta)), 2..=hidden, p)
        })
        .prop_map(|((seed, shape, delta), k, p)| {
            let rule = KrotovHopfieldConfig::new()
                .with_p(p)
                .with_k(k)
                .with_delta(delta);
            (seed, shape, rule)
        })
}

fn optimizer_step(layer: HebbianLinear, gradients: GradientsParams) -> Vec<f32> {
    let mut optimizer: ModuleOptimizer = MaxNormalizedConfig::new().init().unwrap();
    entries(optimizer.step(0.03, layer, gradients).synapses())
}

fn gradients(layer: &HebbianLinear, images: Tensor<2>) -> GradientsParams {
    let mut gradients = GradientsParams::new();
    layer.register_update(&mut gradients, layer.local_update(images));
    gradients
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_blank_image_changes_nothing((seed, shape, rule) in case()) {
        let (synapses, images) = random_case(seed, shape, &devices::first());
        let change = devices::layer(synapses, rule).local_update(images.zeros_like()).change;
        prop_assert!(entries(change).iter().all(|change| *change == 0.0));
    }

    #[test]
    fn a_blank_image_beside_others_changes_nothing((seed, shape, rule) in case()) {
        let (synapses, images) = random_case(seed, shape, &devices::first());
        let layer = devices::layer(synapses, rule);
        let blank = images.zeros_like();
        let alone = entries(layer.local_update(images.clone()).change);
        let beside = entries(layer.local_update(Tensor::cat(vec![images, blank], 0)).change);
        assert_close(&beside, &alone, 1e-5, "beside blanks");
    }

    #[test]
    fn the_order_of_a_batch_does_not_matter((seed, shape, rule) in case()) {
        let (synapses, images) = random_case(seed, shape, &devices::first());
        let layer = devices::layer(synapses, rule);
        let reversed = Tensor::<1, Int>::arange(0..shape[2] as i64, &images.device()).flip([0]);
        let expected = entries(layer.local_update(images.clone()).change);
        let found = entries(layer.local_update(images.select(0, reversed)).change);
        assert_close(&found, &expected, 1e-5, "reversed batch");
    }

    #[test]
    fn the_scale_of_the_images_does_not_matter((seed, shape, rule) in case()) {
        // The winners stay, and one maximum divides the change.
        let (synapses, images) = random_case(seed, shape, &devices::first());
        let layer = devices::layer(synapses, rule);
        let expected = entries(layer.clone().learn(images.clone(), 0.05).synapses());
        let found = entries(layer.learn(images * 0.25, 0.05).synapses());
        assert_close(&found, &expected, 1e-4, "darker images");
    }

    #[test]
    fn two_half_batches_accumulate_to_one_whole((seed, shape, rule) in case()) {
        let shape = [shape[0], shape[1], 2 * shape[2]];
        let device = devices::first().autodiff();
        let (synapses, images) = random_case(seed, shape, &device);
        let mut layer = devices::layer(synapses, rule);
        layer.weight.id = ParamId::new();
        let mut accumulator = GradientsAccumulator::new();
        for half in images.clone().chunk(2, 0) {
            accumulator.accumulate(&layer, gradients(&layer, half));
        }
        let halves = optimizer_step(layer.clone(), accumulator.grads());
        let whole = optimizer_step(layer.clone(), gradients(&layer, images));
        assert_close(&halves, &whole, 1e-4, "halves");
    }

    #[test]
    fn the_optimizer_takes_the_step_of_learn((seed, shape, rule) in case()) {
        let (synapses, images) = random_case(seed, shape, &devices::first().autodiff());
        let layer = devices::layer(synapses, rule);
        let expected = entries(layer.clone().learn(images.clone(), 0.03).synapses());
        let found = optimizer_step(layer.clone(), gradients(&layer, images));
        assert_close(&found, &expected, 1e-5, "optimizer");
    }
}

#[test]
fn norms_go_to_one() {
    // With one unit that wins every time and no push, learning ends on the sphere from anywhere.
    for (p, radius) in [(2.0, 1.0), (3.0, 1.0), (3.0, 2.0), (4.5, 0.7)] {
        let device = devices::first();
        let (synapses, images) = random_case(7, [2, 12, 30], &device);
        // The second unit looks away from every image, so that the first always wins.
        let away = Tensor::cat(
            vec![
                synapses.narrow(0, 0, 1).abs(),
                -images.clone().narrow(0, 0, 1),
            ],
            0,
        );
        let rule = KrotovHopfieldConfig::new()
            .with_p(p)
            .with_k(2)
            .with_delta(0.0)
            .with_radius(radius);
        let mut layer = devices::layer(away, rule);
        for step in 0..2000 {
            let rate = 0.02 * (1.0 - f64::from(step) / 2000.0);
            layer = layer.learn(images.clone(), rate);
        }
        let norm: f32 = layer.norms().into_data().iter().next().unwrap();
        assert!(
            (norm - 1.0).abs() < 0.01,
            "p {p}, radius {radius}: norm {norm}"
        );
    }
}

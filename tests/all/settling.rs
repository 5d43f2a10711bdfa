//! The slower form of the rule on real digits.

use burn::tensor::Tensor;
use burn_hebbian::rule::{currents, powered_synapses};
use burn_hebbian::{HebbianLinearConfig, LateralInhibition, LateralInhibitionConfig, LocalRule};
use image_sets::ImageSet;

use crate::devices;

fn digits(count: usize, device: &burn::tensor::Device) -> Tensor<2> {
    let images = ImageSet::Digits.load(None).unwrap().train;
    let (pixels, _) = images.to_tensors(device);
    pixels.narrow(0, 0, count)
}

/// How many units stay active in the mean, and how often the strongest settled unit is the one
/// with the largest current, in percent.
fn settled(rule: &LateralInhibition, synapses: Tensor<2>, images: Tensor<2>) -> (f32, f32) {
    let currents = currents(synapses, images, 3.0);
    let settled = rule.settle(currents.clone());
    let agree = settled.clone().argmax(1).equal(currents.argmax(1));
    let share = agree.int().float().mean().into_scalar::<f32>();
    let active = settled.greater_elem(0.0).int().sum_dim(1).float().mean();
    (active.into_scalar(), 100.0 * share)
}

#[test]
fn a_handful_of_units_stays_active_and_the_strongest_current_leads() {
    for (backend, device) in devices::all() {
        device.seed(11);
        let images = digits(200, &device);
        let mut layer = HebbianLinearConfig::new(64, 100)
            .with_rule(LateralInhibitionConfig::new())
            .init(&device)
            .unwrap();
        let rule = layer.rule().clone();
        for stage in ["before learning", "after learning"] {
            let (active, agree) = settled(&rule, layer.synapses(), images.clone());
            println!("{backend:?}, {stage}: {active} active units, {agree} % agreement");
            assert!(
                (1.0..=10.0).contains(&active),
                "{backend:?}, {stage}: {active} active"
            );
            assert!(agree >= 99.0, "{backend:?}, {stage}: {agree} % agree");
            for batch in 0..12 {
                let start = batch % 10 * 20;
                layer = layer.learn(images.clone().narrow(0, start, 20), 0.02);
            }
        }
    }
}

#[test]
fn the_settled_state_is_at_rest() {
    let device = devices::first();
    let (synapses, images) = devices::random_case(3, [60, 20, 15], &device);
    let rule = LateralInhibitionConfig::new().init().unwrap();
    let currents = images.matmul(powered_synapses(synapses, 3.0).transpose());
    let h = rule.settle(currents.clone());
    let firing = h.clone().clamp_min(0.0);
    let others = firing.clone().sum_dim(1) - firing;
    let drift = (currents.clone() - others * 0.9 - h).abs().max_dim(1);
    let scale = currents.abs().max_dim(1);
    let relative: Vec<f32> = (drift / scale).into_data().iter().collect();
    assert!(relative.iter().all(|drift| *drift < 0.02), "{relative:?}");
}

#[test]
fn a_blank_image_changes_nothing() {
    let device = devices::first();
    let (synapses, images) = devices::random_case(4, [9, 6, 3], &device);
    let rule = LateralInhibitionConfig::new().init().unwrap();
    let change = devices::entries(rule.update(synapses, images.zeros_like()).change);
    assert!(change.iter().all(|change| *change == 0.0));
}

/// The update by loops over indices in float64: activities that settle by many small steps of time, then
/// `dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)`.
fn by_loops(w: &[Vec<f64>], images: &[Vec<f64>], p: f64, delta: f64, radius: f64) -> Vec<f32> {
    let (inhibition, threshold) = (0.8, 0.9);
    let mut change = vec![0.0; w.len() * w[0].len()];
    for v in images {
        let current = |w: &Vec<f64>| -> f64 {
            let products = w
                .iter()
                .zip(v)
                .map(|(w, v)| w.signum() * w.abs().powf(p - 1.0) * v);
            products.sum()
        };
        let currents: Vec<f64> = w.iter().map(current).collect();
        let mut h = vec![0.0; w.len()];
        for _ in 0..40_000 {
            let firing: f64 = h.iter().map(|h: &f64| h.max(0.0)).sum();
            for (h, current) in h.iter_mut().zip(&currents) {
                *h += 0.005 * (current - inhibition * (firing - h.max(0.0)) - *h);
            }
        }
        let strongest = h.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (unit, h) in h.iter().enumerate() {
            let g = if *h < 0.0 {
                0.0
            } else if *h < threshold * strongest {
                -delta
            } else {
                1.0
            };
            for (i, v) in v.iter().enumerate() {
                let toward = radius.powf(p) * v - currents[unit] * w[unit][i];
                change[unit * w[0].len() + i] += g * toward;
            }
        }
    }
    change
        .into_iter()
        .map(|change: f64| change as f32)
        .collect()
}

#[test]
fn a_large_batch_is_the_sum_of_its_examples() {
    const COUNT: usize = 65_600;
    for (backend, device) in devices::all() {
        // The last example alone has ink.
        let mut pixels = vec![0.0; 2 * COUNT];
        pixels[2 * COUNT - 2] = 1.0;
        let images = devices::matrix(COUNT, 2, pixels, &device);
        let (synapses, _) = devices::random_case(62, [3, 2, 1], &device);
        let rule = LateralInhibitionConfig::new()
            .with_steps(20)
            .init()
            .unwrap();
        let one = images.clone().narrow(0, COUNT - 1, 1);
        let expected = devices::entries(rule.update(synapses.clone(), one).change);
        let found = devices::entries(rule.update(synapses, images).change);
        devices::assert_close(&found, &expected, 1e-5, &format!("{backend:?}"));
    }
}

#[test]
fn the_update_is_that_of_loops_over_indices() {
    let device = devices::first();
    let (hidden, visible) = (8, 5);
    for (seed, p) in [(51, 2.0), (52, 3.0), (53, 2.5)] {
        let (synapses, images) = devices::random_case(seed, [hidden, visible, 6], &device);
        let rule = LateralInhibitionConfig::new()
            .with_p(p)
            .with_delta(0.3)
            .with_radius(1.2)
            .with_inhibition(0.8)
            .with_threshold(0.9)
            .with_steps(3000)
            .init()
            .unwrap();
        let rows = |tensor: Tensor<2>| -> Vec<Vec<f64>> {
            let values = devices::entries(tensor);
            let rows = values.chunks(visible);
            rows.map(|row| row.iter().map(|value| f64::from(*value)).collect())
                .collect()
        };
        let expected = by_loops(&rows(synapses.clone()), &rows(images.clone()), p, 0.3, 1.2);
        let found = devices::entries(rule.update(synapses, images).change);
        devices::assert_close(&found, &expected, 1e-4, &format!("seed {seed}, p = {p}"));
    }
}

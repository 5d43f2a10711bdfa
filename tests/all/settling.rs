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

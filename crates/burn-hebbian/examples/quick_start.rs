//! A layer learns what images are made of, alone and without labels.
//!
//! The images are those of the bars problem: each shows a few of the 16 rows and columns of a grid
//! of 8 by 8 pixels. `cargo run --release -p burn-hebbian --example quick_start`
//!
//! Will it learn on images of your own?
//!
//! - Give all the same length with [`unit_length`].
//! - Start with a rate of about 0.04 that falls to 0.
//! - Take thousands of steps. A synapse changes by at most the rate in a step and starts at a size of
//!   about 1, so half the rate needs twice the steps, and so does a start of twice the size.
//! - Watch the norms. They start large (N(0, 1): at p = 3, 1.6 times the number of pixels) and fall
//!   to 1, unit by unit. Their mean tells early whether it moves, the share of converged units when
//!   it is done. Units that never win are dead and stay large: a few are normal; for fewer, lower
//!   delta.

use std::error::Error;

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use burn_hebbian::{
    HebbianLinear, HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig, unit_length,
};

const SIDE: usize = 8;
const PIXELS: usize = SIDE * SIDE;
const HIDDEN: usize = 32;
const STEPS: usize = 2000;
const RATE: f64 = 0.04;

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    device.seed(1);
    let rule = KrotovHopfieldConfig::new().with_k(2).with_delta(0.1);
    let layer = HebbianLinearConfig::new(PIXELS, HIDDEN).with_rule(rule);
    let mut learner = InPlaceLearner::new(layer.init(&device)?);
    for step in 0..STEPS {
        if [0, 50, 100, 200, 400, 800].contains(&step) {
            println!("step {step:4}: {}", state(&learner.layer(), &device));
        }
        let rate = RATE * (1.0 - step as f64 / STEPS as f64);
        learner.step(images(100, &device), rate);
    }
    // Whether all steps met finite values only.
    learner.check()?;
    let layer = learner.into_layer();
    println!("step {STEPS}: {}", state(&layer, &device));

    // The cosine between each bar and the unit that is most like it.
    let alike = bars(&device).matmul(unit_length(layer.synapses()).transpose());
    let least = alike.max_dim(1).min().into_scalar::<f64>();
    println!("every bar has a unit that is like it, with a cosine of at least {least:.2}");
    assert!(least > 0.8, "a bar was not found");
    assert!(converged(&layer) >= HIDDEN * 9 / 10, "it has not converged");
    Ok(())
}

/// What to watch.
fn state(layer: &HebbianLinear, device: &Device) -> String {
    let mean = layer.norms().mean().into_scalar::<f64>();
    let winners: Vec<i64> = layer
        .winners(images(1000, device))
        .into_data()
        .iter()
        .collect();
    let dead = (0..HIDDEN as i64)
        .filter(|unit| !winners.contains(unit))
        .count();
    let converged = converged(layer);
    format!("mean norm {mean:6.2}, {converged:2} of {HIDDEN} units converged, {dead:2} dead")
}

/// The number of units whose norm is within 0.05 of 1.
fn converged(layer: &HebbianLinear) -> usize {
    let near = (layer.norms() - 1.0).abs().lower_equal_elem(0.05);
    near.int().sum().into_scalar::<i64>() as usize
}

/// Images of unit length, `[count, 64]`: each bar is lit with a chance of 1 in 8, on some noise.
fn images(count: usize, device: &Device) -> Tensor<2> {
    let lit = Distribution::Bernoulli(1.0 / SIDE as f64);
    let noise = Distribution::Uniform(0.0, 0.1);
    let shape = [count, SIDE, SIDE];
    let rows = Tensor::<3>::random([count, SIDE, 1], lit, device).expand(shape);
    let columns = Tensor::<3>::random([count, 1, SIDE], lit, device).expand(shape);
    let images = rows.max_pair(columns) + Tensor::random(shape, noise, device);
    unit_length(images.reshape([count, PIXELS]))
}

/// The 16 bars, one to a row, of unit length.
fn bars(device: &Device) -> Tensor<2> {
    let pixels = (0..2 * SIDE).flat_map(|bar| {
        (0..PIXELS).map(move |pixel| f32::from(bar == pixel / SIDE || bar == SIDE + pixel % SIDE))
    });
    let pixels = TensorData::new(pixels.collect::<Vec<f32>>(), [2 * SIDE, PIXELS]);
    unit_length(Tensor::from_data(pixels, device))
}

//! How many steps a layer needs: `cargo run --release -p benches --bin convergence -- --data-dir DIR`.
//!
//! The rule of thumb in the docs of `burn-hebbian` is held against MNIST: as many steps as it asks
//! for, or a multiple of them, and how far from the sphere `sum |W|^p = 1` the units are then.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::PathBuf;

use burn::tensor::{Device, Distribution, Tensor};
use burn_hebbian::train::ConvergedUnitsMetric;
use burn_hebbian::{HebbianLinear, HebbianLinearConfig, InPlaceLearner, unit_length};
use burn_runs::Backend;
use clap::Parser;
use image_sets::ImageSet;

use benches::shape::Shape;

/// Learns MNIST by the rule's defaults and tells how many units converged.
#[derive(Parser, Debug)]
#[command(name = "convergence")]
struct Arguments {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// The folder with `mnist/`.
    #[arg(long)]
    data_dir: PathBuf,
    /// Visible units, hidden units and batch; may be repeated.
    #[arg(long, default_values = [
        "784x100x100", "784x300x20", "784x300x100", "784x300x400", "784x1000x100", "784x2000x100",
    ])]
    shape: Vec<Shape>,
    /// The learning rate of the first step; it falls linearly to 0.
    #[arg(long, default_value_t = 0.04)]
    rate: f64,
    /// The number of steps, in units of the rule of thumb.
    #[arg(long, default_value_t = 1.0)]
    times: f64,
}

/// As many steps as the docs of `burn-hebbian` advise.
fn rule_of_thumb(shape: Shape, rate: f64) -> f64 {
    60.0 / rate * (shape.hidden as f64 / shape.batch as f64).max(1.0)
}

/// The layer after its steps on images `[images, visible]`, drawn at random.
fn learn(
    layer: HebbianLinear,
    images: &Tensor<2>,
    batch: usize,
    rate: f64,
    steps: usize,
) -> Result<HebbianLinear, Box<dyn Error>> {
    let [count, _] = images.dims();
    let mut learner = InPlaceLearner::new(layer);
    for step in 0..steps {
        let drawn = Distribution::Uniform(0.0, count as f64);
        let drawn = Tensor::<1>::random([batch], drawn, &images.device()).int();
        let examples = images.clone().select(0, drawn.clamp_max(count as i64 - 1));
        learner.step(examples, rate * (1.0 - step as f64 / steps as f64));
    }
    learner.check()?;
    Ok(learner.into_layer())
}

/// The median of the units' norms, and the share of them within 0.05 of 1, in percent.
fn summary(layer: &HebbianLinear) -> (f64, f64) {
    let mut norms: Vec<f64> = layer.norms().into_data().iter().collect();
    norms.sort_by(f64::total_cmp);
    let median = norms[norms.len() / 2];
    (median, ConvergedUnitsMetric::new().share(norms.into_iter()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let device: Device = arguments.backend.device()?;
    let images = ImageSet::Mnist.load(Some(&arguments.data_dir))?.train;
    let images = unit_length(images.to_tensors(&device).0);
    println!("shape          steps  median norm, before  after  converged");
    for shape in arguments.shape {
        device.seed(0);
        let layer = HebbianLinearConfig::new(shape.visible, shape.hidden).init(&device)?;
        let (before, _) = summary(&layer);
        let steps = (arguments.times * rule_of_thumb(shape, arguments.rate)) as usize;
        let layer = learn(layer, &images, shape.batch, arguments.rate, steps)?;
        let (after, converged) = summary(&layer);
        println!("{shape:<13} {steps:>6}  {before:>19.0} {after:>6.2} {converged:>8.0} %");
    }
    Ok(())
}

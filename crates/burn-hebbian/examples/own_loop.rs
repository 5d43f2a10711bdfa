//! A training loop of one's own: one layer learns by the local rule, the next by Adam, in one step.
//!
//! `cargo run --release -p burn-hebbian --example own_loop`

use std::error::Error;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinear, HebbianLinearConfig, KrotovHopfieldConfig,
    MaxNormalizedConfig, RectifiedPower, RectifiedPowerConfig, unit_length,
};

const PIXELS: usize = 64;
const HIDDEN: usize = 80;
const CLASSES: usize = 4;
/// Each class has ten patterns, so that no linear classifier of the pixels can tell them apart.
const PATTERNS: usize = 40;
const EPOCHS: usize = 30;
const BATCHES: usize = 100;

/// The field `hidden` learns by the local rule; `readout` by gradients.
#[derive(Module, Debug)]
struct Model {
    hidden: HebbianLinear,
    activation: RectifiedPower,
    readout: Linear,
}

impl Model {
    fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let hidden = self.activation.forward(self.hidden.forward(images));
        self.readout.forward(unit_length(hidden))
    }

    /// The share of right answers, in percent.
    fn accuracy(&self, images: Tensor<2>, labels: Tensor<1, Int>) -> f64 {
        let answers = self.forward(images).argmax(1).squeeze_dim(1);
        100.0 * answers.equal(labels).float().mean().into_scalar::<f64>()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default().autodiff();
    device.seed(1);
    let patterns = Tensor::random([PATTERNS, PIXELS], Distribution::Default, &device);
    let rule = KrotovHopfieldConfig::new().with_k(2).with_delta(0.1);
    let hidden = HebbianLinearConfig::new(PIXELS, HIDDEN).with_rule(rule);
    let mut model = Model {
        hidden: hidden.init(&device)?,
        activation: RectifiedPowerConfig::new(4.5).init()?,
        readout: LinearConfig::new(HIDDEN, CLASSES).init(&device),
    };

    // Adam for all, and the rule's own step and rate for the hidden layer. A group is named by a part
    // of the path of its parameters.
    let group = || ParamGroup::from_predicate("hidden");
    let local = MaxNormalizedConfig::new().build()?;
    let mut optimizer = AdamConfig::new().init().with_group(group(), local, None);
    let rate = EpochLinearLrSchedulerConfig::new(0.04, EPOCHS, BATCHES).init()?;
    let mut rates = ModuleLrScheduler::new(0.01).with_group(group(), rate);
    let loss = CrossEntropyLossConfig::new().init(&device);

    for epoch in 1..=EPOCHS {
        for _ in 0..BATCHES {
            let (images, labels) = examples(&patterns, 100);
            let update = model.hidden.local_update(images.clone());
            let loss = loss.forward(model.forward(images), labels);
            let mut gradients = GradientsParams::from_grads(loss.backward(), &model);
            model.hidden.register_update(&mut gradients, update);
            model = optimizer.step(rates.step(), model, gradients);
        }
        if [1, 2, 5, 10, EPOCHS].contains(&epoch) {
            let (images, labels) = examples(&patterns, 2000);
            let right = model.accuracy(images, labels);
            let norm = model.hidden.norms().mean().into_scalar::<f64>();
            println!("epoch {epoch:2}: mean norm {norm:6.2}, accuracy {right:5.1} %");
        }
    }

    let norm = model.hidden.norms().mean().into_scalar::<f64>();
    assert!(norm < 10.0, "the hidden layer stayed near its start");
    let (images, labels) = examples(&patterns, 2000);
    assert!(
        model.accuracy(images, labels) > 85.0,
        "the readout did not learn"
    );
    Ok(())
}

/// Images of patterns that are drawn by chance, with noise, of unit length, and their classes.
fn examples(patterns: &Tensor<2>, count: usize) -> (Tensor<2>, Tensor<1, Int>) {
    let device = patterns.device();
    let chosen = Distribution::Uniform(0.0, PATTERNS as f64);
    let chosen = Tensor::<1, Int>::random([count], chosen, &device);
    let noise = Tensor::random([count, PIXELS], Distribution::Normal(0.0, 0.4), &device);
    let images = unit_length(patterns.clone().select(0, chosen.clone()) + noise);
    (images, chosen.remainder_scalar(CLASSES as i64))
}

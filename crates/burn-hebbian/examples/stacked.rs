//! Two layers learn one after the other without labels, then all is fine-tuned by backpropagation.
//!
//! Between the layers stand [`RectifiedPower`] and [`unit_length`]: the second layer then sees
//! activities that are sparse and of one length. With a plain ReLU they are so alike that few of its
//! units ever win, and most stay near their start.
//! `cargo run --release -p burn-hebbian --example stacked`

use std::error::Error;

use burn::module::{Module, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn_hebbian::{
    HebbianLinear, HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig, RectifiedPower,
    RectifiedPowerConfig, unit_length,
};

const PIXELS: usize = 64;
const HIDDEN: [usize; 2] = [80, 60];
const CLASSES: usize = 4;
/// Each class has ten patterns, so that no linear classifier of the pixels can tell them apart.
const PATTERNS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default().autodiff();
    device.seed(1);
    let patterns = Tensor::random([PATTERNS, PIXELS], Distribution::Default, &device);
    let activation = RectifiedPowerConfig::new(4.5).init()?;
    let between = |activities| unit_length(activation.forward(activities));

    let first = learn([PIXELS, HIDDEN[0]], &device, || examples(&patterns).0)?;
    let second = learn(HIDDEN, &device, || {
        between(first.forward(examples(&patterns).0))
    })?;
    println!("first layer:  {}", norms(&first));
    println!("second layer: {}", norms(&second));

    let mut model = Model {
        first: first.to_linear(),
        second: second.to_linear(),
        readout: LinearConfig::new(HIDDEN[1], CLASSES).init(&device),
        activation: activation.clone(),
    };
    // The readout alone, on what the layers learned without a label.
    for layer in ["first", "second"] {
        model = model.freeze_group(ParamGroup::from_predicate(layer));
    }
    let model = fine_tune(model, 300, 0.01, &patterns);
    let before = model.accuracy(&patterns);
    // Then all.
    let model = fine_tune(model.unfreeze(), 500, 0.001, &patterns);
    let after = model.accuracy(&patterns);
    println!("accuracy before fine-tuning {before:.1} %, after it {after:.1} %");
    for layer in [&first, &second] {
        let mean = layer.norms().mean().into_scalar::<f64>();
        assert!(
            mean < 30.0,
            "a layer stayed near its start: mean norm {mean}"
        );
    }
    assert!(before > 50.0 && after > 90.0, "the network did not learn");
    Ok(())
}

/// A layer that learned from the examples, without labels.
fn learn(
    [visible, hidden]: [usize; 2],
    device: &Device,
    examples: impl Fn() -> Tensor<2>,
) -> Result<HebbianLinear, Box<dyn Error>> {
    const STEPS: usize = 3000;
    let rule = KrotovHopfieldConfig::new().with_k(2).with_delta(0.1);
    let layer = HebbianLinearConfig::new(visible, hidden).with_rule(rule);
    let mut learner = InPlaceLearner::new(layer.init(device)?);
    for step in 0..STEPS {
        let rate = 0.04 * (1.0 - step as f64 / STEPS as f64);
        learner.step(examples(), rate);
    }
    learner.check()?;
    Ok(learner.into_layer())
}

/// An ordinary model of Burn.
#[derive(Module, Debug)]
struct Model {
    first: Linear,
    second: Linear,
    readout: Linear,
    activation: RectifiedPower,
}

impl Model {
    fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let first = unit_length(self.activation.forward(self.first.forward(images)));
        let second = unit_length(self.activation.forward(self.second.forward(first)));
        self.readout.forward(second)
    }

    /// The share of right answers, in percent.
    fn accuracy(&self, patterns: &Tensor<2>) -> f64 {
        let mut right = 0.0;
        for _ in 0..20 {
            let (images, labels) = examples(patterns);
            let answers = self.forward(images).argmax(1).squeeze_dim(1);
            right += answers.equal(labels).float().mean().into_scalar::<f64>();
        }
        right * 100.0 / 20.0
    }
}

/// Trains what is not frozen by backpropagation.
fn fine_tune(mut model: Model, steps: usize, rate: f64, patterns: &Tensor<2>) -> Model {
    let mut adam = AdamConfig::new().init();
    let loss = CrossEntropyLossConfig::new().init(&patterns.device());
    for _ in 0..steps {
        let (images, labels) = examples(patterns);
        let loss = loss.forward(model.forward(images), labels);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = adam.step(rate, model, gradients);
    }
    model
}

/// Both start at a mean norm of about 100.
fn norms(layer: &HebbianLinear) -> String {
    let norms = layer.norms();
    let [hidden] = norms.dims();
    let near = (norms.clone() - 1.0).abs().lower_equal_elem(0.05);
    let converged = near.int().sum().into_scalar::<i64>();
    let mean = norms.mean().into_scalar::<f64>();
    format!("mean norm {mean:.2}, {converged} of {hidden} units converged")
}

/// Images of patterns that are drawn by chance, with noise, of unit length, and their classes.
fn examples(patterns: &Tensor<2>) -> (Tensor<2>, Tensor<1, Int>) {
    let device = patterns.device();
    let chosen = Distribution::Uniform(0.0, PATTERNS as f64);
    let chosen = Tensor::<1, Int>::random([100], chosen, &device);
    let noise = Tensor::random([100, PIXELS], Distribution::Normal(0.0, 0.4), &device);
    let images = unit_length(patterns.clone().select(0, chosen.clone()) + noise);
    (images, chosen.remainder_scalar(CLASSES as i64))
}

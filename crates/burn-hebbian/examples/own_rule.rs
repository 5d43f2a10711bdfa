//! A rule of one's own, with settings that are saved and loaded as any of Burn's.
//!
//! ```text
//! y    = W v
//! g_mu = 1 for the unit with the largest y, leak for the others
//! dW   = g (y v - y^2 W)
//! ```
//!
//! Oja's rule for the winner, and a little of it for the rest: with the leak no unit is dead, as in
//! the leaky learning of Rumelhart & Zipser, *Feature discovery by competitive learning*, Cognitive
//! Science 9 (1985) 75. `cargo run --release -p burn-hebbian --example own_rule`

use std::error::Error;

use burn::config::Config;
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn_hebbian::{
    HebbianLinearConfig, InPlaceLearner, LocalRule, LocalUpdate, RuleConfig, SettingError,
    unit_length,
};

/// Settings of the [`LeakyOja`] rule.
#[derive(Config, Debug, PartialEq)]
struct LeakyOjaConfig {
    /// How much the losers learn, from 0 to 1.
    #[config(default = 0.01)]
    leak: f64,
}

impl RuleConfig for LeakyOjaConfig {
    type Rule = LeakyOja;

    fn init(&self) -> Result<LeakyOja, SettingError> {
        if (0.0..=1.0).contains(&self.leak) {
            Ok(LeakyOja { leak: self.leak })
        } else {
            Err(SettingError::new("leak", self.leak, "from 0 to 1"))
        }
    }
}

#[derive(Clone, Debug)]
struct LeakyOja {
    leak: f64,
}

impl LocalRule for LeakyOja {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        let [hidden, _] = synapses.dims();
        let y = visible.clone().matmul(synapses.clone().transpose());
        let winners: Tensor<1, Int> = y.clone().argmax(1).squeeze_dim(1);
        let won: Tensor<2> = winners.clone().one_hot(hidden).float();
        let learned = y.clone() * (won * (1.0 - self.leak) + self.leak); // g y
        let decay = (learned.clone() * y).sum_dim(0).transpose() * synapses;
        LocalUpdate {
            change: learned.transpose().matmul(visible) - decay,
            winners,
        }
    }
    // The norms are the squared lengths, which is what the trait assumes, and Oja's rule drives them
    // to 1.
}

const PIXELS: usize = 64;
const PATTERNS: usize = 10;
const HIDDEN: usize = 20;
const STEPS: usize = 3000;

fn main() -> Result<(), Box<dyn Error>> {
    let refused = LeakyOjaConfig::new().with_leak(2.0).init();
    println!("a wrong setting: {}", refused.unwrap_err());

    let config =
        HebbianLinearConfig::new(PIXELS, HIDDEN).with_rule(LeakyOjaConfig::new().with_leak(0.02));
    let file = std::env::temp_dir().join(format!("own_rule-{}.json", std::process::id()));
    config.save(&file)?;
    println!("the settings: {}", std::fs::read_to_string(&file)?);
    let loaded = HebbianLinearConfig::<LeakyOjaConfig>::load(&file)?;
    std::fs::remove_file(&file)?;
    assert_eq!(loaded.rule, config.rule);

    let device = Device::default();
    device.seed(1);
    let patterns = Tensor::<2>::random([PATTERNS, PIXELS], Distribution::Default, &device);
    let mut learner = InPlaceLearner::new(loaded.init(&device)?);
    for step in 0..STEPS {
        let rate = 0.02 * (1.0 - step as f64 / STEPS as f64);
        learner.step(examples(&patterns, 100), rate);
    }
    learner.check()?;
    let layer = learner.into_layer();

    let norms = layer.norms();
    let (least, most) = (norms.clone().min(), norms.max());
    let (least, most) = (least.into_scalar::<f64>(), most.into_scalar::<f64>());
    println!("the squared lengths of the units are from {least:.3} to {most:.3}");
    let alike = unit_length(patterns).matmul(unit_length(layer.synapses()).transpose());
    let alike = alike.max_dim(1).min().into_scalar::<f64>();
    println!("every pattern has a unit that is like it, with a cosine of at least {alike:.3}");
    assert!(least > 0.9 && most < 1.1, "a unit was left behind");
    assert!(alike > 0.95, "a pattern was not found");
    Ok(())
}

/// Patterns that are drawn by chance, with noise, of unit length.
fn examples(patterns: &Tensor<2>, count: usize) -> Tensor<2> {
    let device = patterns.device();
    let chosen = Distribution::Uniform(0.0, PATTERNS as f64);
    let chosen = Tensor::<1, Int>::random([count], chosen, &device);
    let noise = Tensor::random([count, PIXELS], Distribution::Normal(0.0, 0.1), &device);
    unit_length(patterns.clone().select(0, chosen) + noise)
}

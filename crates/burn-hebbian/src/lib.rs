//! Local, biologically plausible learning for [Burn](https://burn.dev).
//!
//! ```text
//! dW_mu,i = g_mu (R^p v_i - I_mu W_mu,i)
//! ```
//!
//! Hidden units compete for each example: the winner's synapses move toward it, those of the unit
//! ranked k away from it, by quantities that the two connected neurons know. No labels, no
//! backpropagation. This crate makes the rule of Krotov & Hopfield, *Unsupervised learning by
//! competing hidden units*, PNAS 116 (2019) 7723,
//! [doi:10.1073/pnas.1820458116](https://doi.org/10.1073/pnas.1820458116), the rules of
//! [soft](SoftCompetition) and [hard](WinnerTakeAll) competition, and any
//! [rule of your own](LocalRule), a first-class citizen of Burn:
//!
//! - [`HebbianLinear`] and [`HebbianConv2d`]: modules that learn outside autodiff and drop into any
//!   model.
//! - [`HebbianStack`]: deep networks in which every block learns from what the one below makes of an
//!   image.
//! - [`MaxNormalized`]: the rule's step as a Burn optimizer, for parameter groups, gradient
//!   accumulation and several devices.
//! - [`train`]: steps, metrics and snapshots for `SupervisedTraining`.
//!
//! ```
//! use burn::tensor::{Device, Distribution, Tensor};
//! use burn_hebbian::{HebbianLinearConfig, KrotovHopfieldConfig};
//!
//! let device = Device::default();
//! let rule = KrotovHopfieldConfig::new().with_p(2.0).with_k(2).with_delta(0.2);
//! let mut layer = HebbianLinearConfig::new(20, 12).with_rule(rule).init(&device)?;
//! for _ in 0..300 {
//!     let images = Tensor::<2>::random([50, 20], Distribution::Default, &device);
//!     layer = layer.learn(images, 0.02);
//! }
//! // Units that keep winning end on the sphere: sum |W|^p = 1.
//! let closest = (layer.norms() - 1.0).abs().min().into_scalar::<f32>();
//! assert!(closest < 0.1, "{closest}");
//! # Ok::<(), burn_hebbian::SettingError>(())
//! ```
//!
//! # What for what
//!
//! | I want | use |
//! |---|---|
//! | a layer alone | [`HebbianLinear::learn`], or [`learn_in_place`](HebbianLinear::learn_in_place) in the field of a struct |
//! | many steps in a loop of my own | [`InPlaceLearner`]: about one matrix product a step |
//! | a convolution that learns | [`HebbianConv2d`], with any of the rules |
//! | a deep network that learns locally | [`HebbianStack`] of [`HebbianBlock`]s, and a [`DropoutReadout`] of its features |
//! | `SupervisedTraining` for a layer or a stack alone | it as the model, with [`InPlaceStrategy`](train::InPlaceStrategy) |
//! | the layer inside a larger model | [`local_update`](HebbianLinear::local_update) and [`register_update`](HebbianLinear::register_update) in its `TrainStep`, as [below](#inside-a-larger-model) |
//! | a rule of my own | [`LocalRule`] with [`init_with`](HebbianLinearConfig::init_with); with settings of its own, [`RuleConfig`] |
//! | a classifier on top | [`BiologicalNetwork`]; to train it on features computed once, [`Readout`] and [`FeatureScale`] |
//! | a `Linear` of it, and back | [`to_linear`](HebbianLinear::to_linear), [`init_from_linear`](HebbianLinearConfig::init_from_linear) |
//! | a `Conv2d` of it, and back | [`to_conv2d`](HebbianConv2d::to_conv2d), [`init_from_conv2d`](HebbianConv2dConfig::init_from_conv2d) |
//! | a rule that the user of my program chooses | [`AnyRuleConfig`] |
//! | to save and load | a record, as of any module; with its settings, [`to_safetensors`](BiologicalNetwork::to_safetensors) and [`from_safetensors`](BiologicalNetwork::from_safetensors) |
//! | metrics of several layers | [`NormsInput::and`](train::NormsInput::and), [`WinnersInput::and`](train::WinnersInput::and), and the metrics' `of_layer` |
//! | to stop learning, and go on | [`freeze`](burn::module::Module::freeze), [`unfreeze`](burn::module::Module::unfreeze) |
//!
//! # Will it learn?
//!
//! This is for the rule of Krotov & Hopfield; soft competition starts from long synapses and takes its
//! [settings](SoftCompetition) from elsewhere. The synapses start far from where they end. At p = 3 the norm `sum |W|^p` of a unit starts near
//! 1.6 times the number of its inputs and ends at 1; in a step the synapse that changes most changes
//! by the learning rate, and all others by less. A layer that stopped half way is made of random
//! features, and no error says so. Give it
//!
//! - **inputs of unit length**, by [`unit_length`]: an example of ten times the length is ten times
//!   as loud;
//! - **a rate near 0.04 that falls to 0**, as of [`EpochLinearLrScheduler`], and not the 1e-3 that suits
//!   Adam;
//! - **thousands of steps**. Half the rate takes twice as many; so do twice the units, for in one step
//!   no more units can win than there are examples. A rule of thumb, measured and not proven, for a rate
//!   that falls linearly from its first step:
//!
//! ```text
//! steps = 60 / rate * max(1, hidden / batch)
//! ```
//!
//! What MNIST's images at unit length made of layers with the default rule, from rate 0.04:
//!
//! | hidden | batch | steps | of the rule of thumb | median norm | units within 0.05 of 1 |
//! |---|---|---|---|---|---|
//! | 300 | 100 | 1,125 | 0.25 | 1,253 -> 167 | 0 % |
//! | 300 | 100 | 2,250 | 0.5 | 1,253 -> 2.08 | 13 % |
//! | 300 | 100 | 4,500 | 1 | 1,253 -> 1.13 | 48 % |
//! | 300 | 100 | 9,000 | 2 | 1,253 -> 1.03 | 55 % |
//! | 300 | 20 | 22,500 | 1 | 1,253 -> 1.03 | 54 % |
//! | 300 | 400 | 1,500 | 1 | 1,253 -> 1.30 | 41 % |
//! | 100 | 100 | 1,500 | 1 | 1,246 -> 1.01 | 56 % |
//! | 1,000 | 100 | 15,000 | 1 | 1,250 -> 1.04 | 52 % |
//! | 2,000 | 100 | 30,000 | 1 | 1,246 -> 1.01 | 69 % |
//!
//! (`cargo run --release -p benches --bin convergence -- --data-dir DIR` in the repository, flex,
//! seed 0.) Watch [`norms`](HebbianLinear::norms): they fall from their start to 1, or the layer did not
//! learn. In Burn's loop [`MeanNormMetric`](train::MeanNormMetric),
//! [`ConvergedUnitsMetric`](train::ConvergedUnitsMetric) and [`DeadUnitsMetric`](train::DeadUnitsMetric)
//! show them, and the units that win nothing. Not all units reach 1: those that are often pushed away, by
//! delta, stay above it.
//!
//! # Inside a larger model
//!
//! The update travels where a gradient would. [`MaxNormalized`] takes it, for the parameter group of
//! the layer, at a rate of its own; Adam trains the rest:
//!
// Needs the feature, as the links above to what is in it do.
#![cfg_attr(feature = "train", doc = "```")]
#![cfg_attr(not(feature = "train"), doc = "```ignore")]
//! use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
//! use burn::module::{Module, ParamGroup};
//! use burn::nn::{Linear, LinearConfig};
//! use burn::optim::{AdamConfig, GradientsParams};
//! use burn::tensor::{Device, Distribution, Int, Tensor};
//! use burn::train::{ClassificationOutput, TrainOutput, TrainStep};
//! use burn_hebbian::train::Labelled;
//! use burn_hebbian::{
//!     EpochLinearLrSchedulerConfig, HebbianLinear, HebbianLinearConfig, KrotovHopfieldConfig,
//!     MaxNormalizedConfig, Objective, RectifiedPower, RectifiedPowerConfig, unit_length,
//! };
//!
//! #[derive(Module, Debug)]
//! struct Model {
//!     hidden: HebbianLinear,
//!     activation: RectifiedPower,
//!     readout: Linear,
//! }
//!
//! impl TrainStep for Model {
//!     type Input = Labelled;
//!     type Output = ClassificationOutput;
//!
//!     fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
//!         let images = unit_length(batch.inputs);
//!         let update = self.hidden.local_update(images.clone());
//!         let hidden = self.activation.forward(self.hidden.forward(images));
//!         let item = Objective::CrossEntropy.judge(self.readout.forward(hidden), batch.labels);
//!         let mut grads = GradientsParams::from_grads(item.loss.backward(), self);
//!         self.hidden.register_update(&mut grads, update);
//!         TrainOutput { grads, item }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Parameters that an optimizer trains are made on an autodiff device.
//! let device = Device::default().autodiff();
//! # device.seed(1);
//! let rule = KrotovHopfieldConfig::new().with_k(2);
//! let mut model = Model {
//!     hidden: HebbianLinearConfig::new(16, 8).with_rule(rule).init(&device)?,
//!     activation: RectifiedPowerConfig::new(2.0).init()?,
//!     readout: LinearConfig::new(8, 4).init(&device),
//! };
//! let (epochs, batches) = (20, 50);
//! let hidden = ParamGroup::from_predicate("hidden");
//! let mut optimizer = AdamConfig::new()
//!     .init()
//!     .with_group(hidden.clone(), MaxNormalizedConfig::new().build()?, None);
//! let falling = EpochLinearLrSchedulerConfig::new(0.04, epochs, batches).init()?;
//! let mut rates = ModuleLrScheduler::new(1e-2).with_group(hidden, falling);
//!
//! // `Learner::new(model, optimizer, rates)` hands the three to `SupervisedTraining`; by hand:
//! let mut loss = 0.0;
//! for _ in 0..epochs * batches {
//!     // Four patterns of four pixels, in noise.
//!     let labels = Tensor::<1, Int>::arange(0..20, &device) % 4;
//!     let patterns = labels.clone().one_hot::<2>(4).float().repeat_dim(1, 4);
//!     let noise = Tensor::random([20, 16], Distribution::Uniform(0.0, 0.3), &device);
//!     let step = TrainStep::step(&model, Labelled::new(patterns + noise, labels));
//!     model = optimizer.step(rates.step(), model, step.grads);
//!     loss = step.item.loss.into_scalar::<f32>();
//! }
//! assert!(loss < 0.1, "{loss}");
//! let closest = (model.hidden.norms() - 1.0).abs().min().into_scalar::<f32>();
//! assert!(closest < 0.05, "{closest}");
//! # Ok(())
//! # }
//! ```
#![recursion_limit = "256"]

mod error;
mod kernel;
pub mod nn;
pub mod optim;
mod power;
pub mod rule;
mod step;
#[cfg(feature = "train")]
pub mod train;

pub use error::SettingError;
pub use kernel::NotFiniteError;
#[cfg(feature = "remote")]
pub use kernel::remote;
pub use nn::*;
pub use optim::*;
pub use rule::{
    AnyRule, AnyRuleConfig, KrotovHopfield, KrotovHopfieldConfig, LateralInhibition,
    LateralInhibitionConfig, LocalRule, LocalUpdate, RuleConfig, SoftCompetition,
    SoftCompetitionConfig, WinnerForm, WinnerTakeAll, WinnerTakeAllConfig,
};

// So that the code in it compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

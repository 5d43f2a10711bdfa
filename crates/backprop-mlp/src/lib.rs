//! The baseline of [`burn-hebbian`](burn_hebbian): the same shape of network, trained end to end.
//!
//! ```text
//! z = S ReLU(U v + b) + c        visible -> hidden -> classes
//! ```
//!
//! All weights are learned by backpropagation with an [`Objective`](burn_hebbian::Objective), the cross-entropy or the
//! power loss of Krotov & Hopfield, PNAS 116 (2019) 7723. Both networks of the comparison are
//! flat and fully connected: no convolution, no augmentation, no dropout.
//!
//! ```
//! use backprop_mlp::BackpropMlpConfig;
//! use burn::optim::{AdamConfig, GradientsParams};
//! use burn::tensor::{Device, Tensor};
//! use burn::train::TrainStep;
//! use burn_hebbian::train::Labelled;
//!
//! let device = Device::default().autodiff();
//! let mut model = BackpropMlpConfig::new(2, 16, 2).init(&device)?;
//! let mut adam = AdamConfig::new().init();
//! // Exclusive or: the classes are not linearly separable.
//! let inputs = Tensor::from_data([[0., 0.], [0., 1.], [1., 0.], [1., 1.]], &device);
//! let batch = Labelled::new(inputs, Tensor::from_data([0, 1, 1, 0], &device));
//! for _ in 0..300 {
//!     let step = TrainStep::step(&model, batch.clone());
//!     model = adam.step(0.02, model, step.grads);
//! }
//! let answers = model.forward(batch.inputs).argmax(1).into_data();
//! assert_eq!(answers.convert::<i64>().try_into_vec::<i64>().unwrap(), [0, 1, 1, 0]);
//! # Ok::<(), burn_hebbian::SettingError>(())
//! ```
#![recursion_limit = "256"]

mod model;

pub use model::{BackpropMlp, BackpropMlpConfig};

// So that the code in it compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

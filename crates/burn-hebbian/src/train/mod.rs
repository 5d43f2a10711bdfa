//! Glue for `burn-train`: the layer as a learner of its own, metrics, and snapshots.
//!
//! A [`HebbianLinear`](crate::HebbianLinear) is a complete model for
//! [`SupervisedTraining`](burn::train::SupervisedTraining): its training input is a batch of
//! examples, its step registers the local update where a gradient would be. Inside a larger model,
//! call [`register_update`](crate::HebbianLinear::register_update) in that model's own step.

mod classifier;
mod dropout_readout;
mod in_place_strategy;
mod labelled;
mod learn_in_place;
mod linear;
mod metric;
mod snapshots;
mod stack;

pub use in_place_strategy::InPlaceStrategy;
pub use labelled::Labelled;
pub use learn_in_place::{LearnInPlace, StackInHand};
pub use linear::{HebbianActivity, HebbianState};
pub use metric::{
    ConvergedUnitsMetric, DeadUnitsMetric, MeanNormMetric, NormsInput, WinnersInput,
    WinsPerUnitMetric,
};
pub use snapshots::{Snapshot, SynapsesInput, WeightSnapshots};
pub use stack::{StackActivity, StackState};

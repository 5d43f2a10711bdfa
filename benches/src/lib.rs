//! How long a step takes, in units of its matrix product.
//!
//! Four programs measure it: `step` at the sizes that people use, `sweep` against the size, `limits` against
//! what the machine can do at all, `deep` in a deep network and its readout.

#![recursion_limit = "256"]

pub mod deep;
pub mod figures;
pub mod peak;
pub mod readout;
pub mod report;
pub mod shape;
pub mod timing;
pub mod workload;

//! How long a step takes, in units of its matrix product.
//!
//! Three programs measure it: `step` at the sizes that people use, `sweep` against the size, `deep` in
//! a deep network and its readout.

#![recursion_limit = "256"]

pub mod deep;
pub mod figures;
pub mod readout;
pub mod report;
pub mod shape;
pub mod timing;
pub mod workload;

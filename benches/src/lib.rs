//! How long a step takes, in units of its matrix product.
//!
//! Two programs measure it: `step` at the sizes that people use, `sweep` against the size.

#![recursion_limit = "256"]

pub mod figures;
pub mod shape;
pub mod timing;
pub mod workload;

//! How long a step takes, in units of its matrix product.
//!
//! Five programs measure it: `step` at the sizes that people use, `sweep` against the size, `limits` against
//! what the machine can do at all, `deep` in a deep network and its readout, `remote` on servers.

#![recursion_limit = "256"]

pub mod deep;
pub mod figures;
pub mod peak;
pub mod readout;
#[cfg(feature = "remote")]
pub mod relay;
pub mod report;
pub mod shape;
pub mod timing;
pub mod workload;

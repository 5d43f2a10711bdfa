//! Two networks learn the same images: one by a local, biological rule, one by backpropagation.
//!
//! The comparison of Krotov & Hopfield, *Unsupervised learning by competing hidden units*, PNAS
//! 116 (2019) 7723, on Burn's training loop. The library is what the binary `two-networks` is made
//! of; the benchmarks use its loader.
//!
//! Data flows one way: [images](image_sets) -> [loader] -> [training](run) -> [files and figures](report).
#![recursion_limit = "256"]

pub mod finished;
mod frames;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod report;
pub mod run;
pub mod search;
pub mod settings;
pub mod table;

pub use image_runs::loader;

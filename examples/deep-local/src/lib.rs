//! Blocks of convolutions that learn locally, and a readout on top: deep SoftHebb on Burn.
//!
//! The network of Journe et al., *Hebbian deep learning without feedback*, ICLR 2023, arXiv
//! 2209.11883: each block competes for the patches of its input and changes by what its own units see
//! and answer; only a linear readout learns from labels. Beside it, the same network trained end to
//! end by backpropagation. The library is what the binary `deep-local` is made of.
//!
//! Data flows one way: [images](image_sets) -> [training](run) -> files -> [figures](report).
#![recursion_limit = "256"]

pub mod finished;
pub mod report;
pub mod run;
pub mod settings;
pub mod table;

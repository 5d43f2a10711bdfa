//! Checkpoints: what a run that was stopped goes on from.
//!
//! A run with an unfinished training has a folder `checkpoint/` in its output folder. One file in
//! it holds all that a training depends on after some epoch: Burn's records of the model, of the
//! optimizer and of the learning rate, and the numbers and frames so far. The order of the images
//! and the start of the weights follow from the seed and the epoch, so they need no record.

mod file;
mod folder;
mod identity;
mod recorder;

pub use file::{About, Checkpoint, Flaw};
pub use folder::{CheckpointError, Folder, Found};
pub use identity::Identity;
pub(crate) use recorder::{Recorder, Source};

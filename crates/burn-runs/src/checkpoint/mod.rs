//! Checkpoints: what a run that was stopped goes on from.
//!
//! A run with an unfinished training has a folder `checkpoint/` in its output folder. One file in
//! it holds all that a training depends on after some epoch: Burn's records of the model, of the
//! optimizer and of the learning rate, the metrics so far, and what the program adds. The order of
//! the examples and the start of the weights follow from a seed and the epoch, so they need no record.

mod file;
mod folder;
mod identity;
mod recorder;

pub use file::{About, Checkpoint, Extras, Flaw, sha256};
pub use folder::{CheckpointError, Folder, Found, Unfinished};
pub use identity::Identity;
pub(crate) use recorder::{Recorder, Source};

use std::time::Duration;

/// How often a checkpoint is written unless a program is told otherwise: every 30 seconds.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);

/// What a program keeps in the checkpoints of a training, beside Burn's records and metrics.
pub trait ProgramState: Send + Sync {
    /// The parts as of the end of `epoch`; the epoch after may have begun.
    fn save(&self, epoch: usize) -> Extras;

    /// Goes on after `epoch` with what [`save`](Self::save) gave then.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the parts.
    fn restore(&self, epoch: usize, extras: &Extras) -> Result<(), String>;
}

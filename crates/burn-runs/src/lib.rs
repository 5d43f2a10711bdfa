//! Runs on Burn's training loop: stopped at any moment and resumed to the byte, and watched meanwhile.
//!
//! Burn's `SupervisedTraining` is the loop. This crate is what a program around it needs beside:
//!
//! - [`Run`]: trainings one after the other, each from its newest checkpoint on, with a result, a stop
//!   or a reason at the end.
//! - [`checkpoint`]: one file an epoch, whole, with a checksum, that names what it belongs to.
//! - [`DeviceLoader`]: examples as one tensor on the device, gathered there into batches.
//! - [`metrics`]: the values of Burn's metrics as rows.
//! - [`ui`] and [`signals`]: a bar, lines or Burn's dashboard, and Ctrl-C.
//! - [`Output`] and [`files`]: files that are there whole or not at all, in a locked folder.
//! - [`table`]: finished runs as lines of a table.
//! - [`Backend`] and [`machine`]: where tensors are computed, chosen at run time.
//! - `remote`: servers that a run computes on, and an end where one is gone (feature `remote`).
//!
//! ```
//! use burn_runs::checkpoint::{CheckpointError, Folder, Identity};
//! use serde_json::json;
//!
//! let out = tempfile::tempdir()?;
//! let run = |seed| Identity::new("program", "1.0.0", &json!({"seed": seed}));
//! Folder::start(out.path(), run(0))?;
//!
//! // Another process, after a stop: what was begun can be gone on with, as itself only.
//! assert_eq!(Folder::identity(out.path())?, run(0));
//! Folder::resume(out.path(), run(0))?;
//! let refused = Folder::resume(out.path(), run(1)).unwrap_err();
//! assert!(refused.to_string().contains("seed is 1 and was 0"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![recursion_limit = "256"]

pub mod backend;
pub mod checkpoint;
pub mod files;
pub mod growing;
pub mod loader;
pub mod machine;
pub mod metrics;
pub mod output;
#[cfg(feature = "remote")]
pub mod remote;
pub mod signals;
pub mod table;
pub mod training;
pub mod ui;

#[cfg(test)]
mod tests;

pub use backend::{Backend, BackendError};
pub use loader::{DeviceLoader, ResumableLoader};
pub use output::{Output, OutputError};
pub use training::{Plan, Run, StageError, Trained, on_devices};
pub use ui::Ui;

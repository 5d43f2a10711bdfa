//! What programs share that learn images, beside the runs of `burn-runs`:
//!
//! - [`settings!`] declares every setting once: a field, a flag, and a key of a file.
//! - [`RunArgs`] and [`Surroundings`]: where a run finds its images and writes its files.
//! - [`RunError`] and [`Failure`]: why it has no result, in one sentence that says what to do.
//! - [`Experiment`]: the images on the device, those to judge by apart, and the [`Errors`] on both.
//! - [`Watch`]: who looks at a run while it goes on, such as [`live`] pages and, with a [`Board`], TensorBoard.
//! - [`predict`] and [`export`]: what a finished run says of image files, and its arrays for other programs.
//!
//! ```
//! use burn::tensor::Device;
//! use image_runs::{Experiment, load_images};
//! use image_sets::{ImageSet, OwnOptions};
//!
//! let (data, kind) = load_images(&ImageSet::Digits.into(), None, OwnOptions::default())?;
//! let experiment = Experiment::new(data, &kind, 100, &Device::default())?;
//! // With images held out, nothing can read the test set any more.
//! assert_eq!(experiment.judge_split, "validation");
//! assert_eq!(experiment.judge.inputs.dims(), [100, 64]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![recursion_limit = "256"]

mod address;
mod args;
mod board;
mod draw;
mod earlier_run;
mod experiment;
pub mod export;
mod failure;
mod features;
mod finished;
mod identity;
mod images;
mod kind;
mod list;
pub mod live;
pub mod loader;
mod pairs;
pub mod predict;
mod seeds;
mod serve;
mod servers;
pub mod settings;
mod surroundings;
mod table;
mod watch;

pub use address::Address;
pub use args::RunArgs;
pub use board::Board;
pub use earlier_run::EarlierRun;
pub use experiment::{EVALUATION_BATCH, Errors, Experiment, classification_error};
pub use failure::{AGAIN, FAILED, Failure, REFUSED, RunError};
pub use features::check_features;
pub use finished::check_finished;
pub use identity::{identity, overrides_of};
pub use images::load_images;
pub use kind::{IMAGES, ImageKind, title};
pub use list::List;
pub use pairs::{Pair, overrides_of_pairs};
pub use seeds::Seeds;
pub use serve::{ServeArgs, ServeFailure};
pub use servers::{ServerError, Servers};
pub use settings::SettingsError;
pub use surroundings::{RESULT, Surroundings, quoted, unfinished};
pub use table::{NetworkRow, networks};
pub use watch::{METRICS, Watch, growing_rows};

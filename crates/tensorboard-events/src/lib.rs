//! Scalars and images as event files that TensorBoard opens.
//!
//! ```
//! use tensorboard_events::{EventFile, Moment};
//!
//! let folder = tempfile::tempdir()?;
//! let mut events = EventFile::create(folder.path())?;
//! events.scalar(Moment::now(1), "train/loss", 0.25)?;
//! events.flush()?; // TensorBoard sees it from here on
//! assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A file is a row of records, each an `Event` of
//! [`event.proto`](https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto).
//! What is left of that here: the version of the file, scalars, and images as PNG.

mod event;
mod message;
mod record;

pub use event::{EventFile, Events, Moment, Png};

// So that the code in it compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

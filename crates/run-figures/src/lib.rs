//! Figures of training runs: plain numbers become SVG, PNG, GIF and one HTML page.
//!
//! The crate knows no model, no device and no file. All functions are pure: the same numbers give
//! the same bytes.
//!
//! ```
//! use run_figures::curves::{self, Curve};
//! use run_figures::palette::TEAL;
//! use run_figures::plot::{HALF, Stroke};
//!
//! let errors = [(1.0, 8.0), (2.0, 4.5), (3.0, 3.1)];
//! let curve = Curve::new("test", Stroke::solid(TEAL), errors);
//! let svg = curves::svg(HALF, &[curve], 10.0, "Error (%)")?;
//! assert!(svg.starts_with("<svg") && svg.contains("Epoch"));
//! # Ok::<(), run_figures::FigureError>(())
//! ```
//!
//! - Plots, as the text of an `svg` element: [`curves`] over epochs, a [`histogram`], the [`signs`]
//!   of weights, [`ranks`] of counts, [`means`] of repeated measurements. What they share is [`plot`].
//! - Pictures of weights: [`detectors`] in a [`grid`], and their [`growth`] as an animation; of what
//!   excites a unit of a deeper layer: [`patches`] of images.
//! - The [`page`] that holds them, with the [`palette`] and [numbers as people read them](mod@format).

pub mod canvas;
mod colour_bar;
pub mod curves;
pub mod detectors;
mod error;
pub mod format;
pub mod grid;
pub mod growth;
pub mod histogram;
pub mod means;
pub mod page;
pub mod palette;
pub mod patches;
pub mod plot;
pub mod ranks;
pub mod signs;

pub use error::FigureError;

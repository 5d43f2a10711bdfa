//! What can keep a figure from being drawn.

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

/// Why a figure could not be drawn, in the words of the library that draws it.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A plot could not be drawn.
    #[error("cannot draw a plot: {0}")]
    Plot(#[from] DrawingAreaErrorKind<io::Error>),
    /// A picture could not be stored.
    #[error("cannot store a picture as PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// An animation could not be stored.
    #[error("cannot store an animation as GIF: {0}")]
    Gif(#[from] gif::EncodingError),
}

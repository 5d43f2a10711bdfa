//! The growth of the weights as an animation: one frame of detectors a snapshot, under it a bar for the epoch.

use gif::{Encoder, EncodingError, Frame, Repeat};

use super::canvas::{Canvas, Grid};
use super::detectors;
use super::palette::{self, GAP, INK, LEVELS};
use super::tensors::{Snapshots, Weights};
use super::{ImageInfo, ReportError};

/// Width of the animation; small, as the file holds every frame.
const WIDTH: usize = 320;
/// Height of the bar for the epoch.
const BAR: usize = 4;
/// How long a frame stays, in hundredths of a second.
const DELAY: u16 = 12;
/// How long the last frame stays, in hundredths of a second.
const LAST_DELAY: u16 = 250;

/// Indices of the colours after those of the scale.
const GAP_INDEX: u8 = LEVELS;
const INK_INDEX: u8 = LEVELS + 1;
/// The index that lets the frame before shine through.
const UNCHANGED: u8 = LEVELS + 2;

/// The grid of `shown` detectors in a frame.
pub(super) fn grid(shown: usize, image: &ImageInfo) -> Grid {
    Grid::square(shown, image, WIDTH)
}

/// The animation, looping for ever, in the colours of the last frame's scale.
pub(super) fn gif(snapshots: &Snapshots, image: &ImageInfo) -> Result<Vec<u8>, ReportError> {
    encode(snapshots, image).map_err(|error| ReportError::figure("weights.gif", error))
}

fn encode(snapshots: &Snapshots, image: &ImageInfo) -> Result<Vec<u8>, EncodingError> {
    let last = snapshots.frames.last().map(|frame| frame.units().collect());
    let last: Vec<&[f32]> = last.unwrap_or_default();
    let limits = detectors::limits(&last, image);
    let grid = grid(last.len(), image);
    let (width, height) = (side(grid.size().0)?, side(grid.size().1 + BAR)?);

    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &gray_palette())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut before = None;
    let end = snapshots.epochs.last().copied().unwrap_or(0.0);
    for (n, (weights, epoch)) in snapshots.frames.iter().zip(&snapshots.epochs).enumerate() {
        let done = epoch / end;
        let mut frame = if image.channels == 1 {
            let now = gray(&grid, weights, limits[0], done);
            let changes = changes(before.as_ref(), &now);
            before = Some(now);
            Frame::from_indexed_pixels(width, height, changes, Some(UNCHANGED))
        } else {
            let now = colour(&grid, weights, &limits, image, done);
            Frame::from_rgb_speed(width, height, &now, 10)
        };
        let is_last = n + 1 == snapshots.frames.len();
        frame.delay = if is_last { LAST_DELAY } else { DELAY };
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(bytes)
}

/// The colours of gray detectors: the scale, those of the surroundings, and one that is never seen.
fn gray_palette() -> Vec<u8> {
    let scale = (0..LEVELS).map(palette::diverging);
    scale.chain([GAP, INK, GAP]).flatten().collect()
}

/// A frame of gray detectors, as indices of the palette.
fn gray(grid: &Grid, weights: &Weights, limit: f32, done: f32) -> Vec<u8> {
    let level = |n, i| palette::level(weights.unit(n)[i], limit);
    with_bar(grid.paint(GAP_INDEX, level), done, GAP_INDEX, INK_INDEX)
}

/// A frame of colour detectors, as red, green and blue in turn.
fn colour(grid: &Grid, weights: &Weights, limits: &[f32], image: &ImageInfo, done: f32) -> Vec<u8> {
    let colour = |n, i| detectors::colour(weights.unit(n), i, limits[n], image);
    let pixels = with_bar(grid.paint(GAP, colour), done, GAP, INK);
    pixels.into_flattened()
}

/// The pixels of the canvas and of a bar below, filled from the left by the part that is `done`.
fn with_bar<P: Copy>(mut canvas: Canvas<P>, done: f32, ground: P, ink: P) -> Vec<P> {
    let top = canvas.height;
    canvas.height += BAR;
    canvas.pixels.resize(canvas.width * canvas.height, ground);
    // What is no number, as 0 / 0 in a run of no epochs, becomes 0 here.
    let filled = (done.clamp(0.0, 1.0) * canvas.width as f32).round() as usize;
    canvas.fill((0, top), (filled, BAR), ink);
    canvas.pixels
}

/// Marks what has not changed since the frame before, which shrinks the file as the weights settle.
fn changes(before: Option<&Vec<u8>>, now: &[u8]) -> Vec<u8> {
    let Some(before) = before else {
        return now.to_vec();
    };
    let pairs = before.iter().zip(now);
    pairs
        .map(|(old, new)| if old == new { UNCHANGED } else { *new })
        .collect()
}

fn side(length: usize) -> Result<u16, EncodingError> {
    let error = || std::io::Error::other("the detectors are too many for one picture");
    u16::try_from(length).map_err(|_| error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_with_the_epochs() {
        let bar = |done| {
            let pixels = with_bar(Canvas::filled(10, 3, 0_u8), done, 1, 2);
            assert_eq!(pixels.len(), 10 * (3 + BAR));
            pixels[30..40].iter().filter(|&&p| p == 2).count()
        };
        assert_eq!((bar(0.0), bar(0.4), bar(1.0), bar(f32::NAN)), (0, 4, 10, 0));
    }

    #[test]
    fn the_palette_has_white_in_the_middle_and_fits_a_gif() {
        let colours = gray_palette();
        assert_eq!(colours.len(), 3 * (usize::from(UNCHANGED) + 1));
        assert_eq!(colours[3 * 64..][..3], [255; 3]);
        assert_eq!(colours[3 * usize::from(INK_INDEX)..][..3], INK);
    }

    #[test]
    fn only_changes_are_stored() {
        assert_eq!(changes(None, &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(
            changes(Some(&vec![1, 9, 3]), &[1, 2, 3]),
            [UNCHANGED, 2, UNCHANGED]
        );
    }
}

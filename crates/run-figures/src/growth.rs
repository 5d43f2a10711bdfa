//! The growth of the weights as an animation: one frame of detectors a snapshot, under it a bar for the epoch.

use gif::{Encoder, EncodingError, Frame, Repeat};
use maud::{Markup, html};

use crate::canvas::{Canvas, data_uri};
use crate::grid::{Grid, PictureSize};
use crate::palette::{self, GAP, INK, LEVELS};
use crate::{FigureError, detectors};

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

/// Some units at one moment of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot<'a> {
    /// The epochs done.
    pub epoch: f32,
    /// The weights of each unit.
    pub units: Vec<&'a [f32]>,
}

/// An animation of detectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The bytes of the GIF.
    pub gif: Vec<u8>,
    /// Its width in pixels.
    pub width: u16,
}

impl Growth {
    /// The animation as a picture of a page; `alt` says what it shows.
    pub fn markup(&self, alt: &str) -> Markup {
        html! {
            // Twice its size: the browser can do that without a larger file.
            img.pixels width=(2 * u32::from(self.width)) src=(data_uri("image/gif", &self.gif)) alt=(alt);
        }
    }
}

/// Draws the animation, looping for ever, in the colours of the last snapshot's scale.
///
/// # Errors
///
/// A [`FigureError`] where there is no snapshot, or the detectors are too many for one picture.
///
/// # Panics
///
/// If a snapshot has fewer units than the last, or a unit fewer values than a picture of this size.
pub fn draw(snapshots: &[Snapshot], size: PictureSize) -> Result<Growth, FigureError> {
    let last = snapshots
        .last()
        .ok_or_else(|| refused("there is no snapshot"))?;
    let limits = detectors::limits(&last.units, size);
    let grid = Grid::square(last.units.len(), size, WIDTH);
    let (width, height) = (side(grid.size().0)?, side(grid.size().1 + BAR)?);

    let mut gif = Vec::new();
    let mut encoder = Encoder::new(&mut gif, width, height, &gray_palette())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut before = None;
    for (n, snapshot) in snapshots.iter().enumerate() {
        let units = &snapshot.units;
        let done = snapshot.epoch / last.epoch;
        let mut frame = if size.is_gray() {
            let now = gray(&grid, units, limits[0], done);
            let changes = changes(before.as_ref(), &now);
            before = Some(now);
            Frame::from_indexed_pixels(width, height, changes, Some(UNCHANGED))
        } else {
            let now = colour(&grid, units, &limits, size, done);
            Frame::from_rgb_speed(width, height, &now, 10)
        };
        let is_last = n + 1 == snapshots.len();
        frame.delay = if is_last { LAST_DELAY } else { DELAY };
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(Growth { gif, width })
}

/// The colours of gray detectors: the scale, those of the surroundings, and one that is never seen.
fn gray_palette() -> Vec<u8> {
    let scale = (0..LEVELS).map(palette::diverging);
    scale.chain([GAP, INK, GAP]).flatten().collect()
}

/// A frame of gray detectors, as indices of the palette.
fn gray(grid: &Grid, units: &[&[f32]], limit: f32, done: f32) -> Vec<u8> {
    let level = |n: usize, i: usize| palette::level(units[n][i], limit);
    with_bar(grid.paint(GAP_INDEX, level), done, GAP_INDEX, INK_INDEX)
}

/// A frame of colour detectors, as red, green and blue in turn.
fn colour(grid: &Grid, units: &[&[f32]], limits: &[f32], size: PictureSize, done: f32) -> Vec<u8> {
    let colour = |n: usize, i: usize| detectors::colour(units[n], i, limits[n], size);
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
    u16::try_from(length).map_err(|_| refused("the detectors are too many for one picture"))
}

fn refused(reason: &str) -> EncodingError {
    std::io::Error::other(reason).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw_units(units: usize, snapshots: usize, channels: usize) -> Result<Growth, FigureError> {
        let size = PictureSize {
            channels,
            height: 1,
            width: 200,
        };
        let weights = vec![0.5; size.values()];
        let epochs = 0..snapshots;
        let snapshots = epochs.map(|epoch| Snapshot {
            epoch: epoch as f32,
            units: vec![&weights; units],
        });
        draw(&snapshots.collect::<Vec<_>>(), size)
    }

    #[test]
    fn there_is_a_frame_for_each_snapshot() {
        for channels in [1, 3] {
            let growth = draw_units(4, 3, channels).unwrap();
            let mut decoder = gif::DecodeOptions::new()
                .read_info(&growth.gif[..])
                .unwrap();
            assert_eq!((decoder.width(), decoder.height()), (403, 5 + BAR as u16));
            assert_eq!(decoder.width(), growth.width);
            let mut delays = Vec::new();
            while let Some(frame) = decoder.read_next_frame().unwrap() {
                delays.push(frame.delay);
            }
            assert_eq!(delays, [DELAY, DELAY, LAST_DELAY]);
        }
    }

    #[test]
    fn what_makes_no_picture_is_refused() {
        for (units, snapshots, part) in [(1, 0, "no snapshot"), (120_000, 1, "too many")] {
            let text = draw_units(units, snapshots, 1).unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        }
    }

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

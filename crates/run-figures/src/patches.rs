//! Patches of images: what a unit of a deeper layer sees where it is excited.

use std::ops::Range;

use crate::canvas::Canvas;
use crate::detectors::photo;
use crate::grid::{Grid, PictureSize};
use crate::palette::{GAP, Rgb};

/// Width of a grid of patches: six of them stand side by side on the page.
const WIDTH: usize = 160;

/// A cut-out of an image. What of it lies beyond the edge of the image has no pixels to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch<'a> {
    /// All values of the patch; those beyond the edge can be any.
    pub pixels: &'a [u8],
    /// The rows of the patch that lie in the image.
    pub rows: Range<usize>,
    /// The columns of the patch that lie in the image.
    pub columns: Range<usize>,
}

/// Patches of `size` in a near-square grid, from images whose brightest pixels have the value `white`.
/// What lies beyond the edge of an image has the colour of the gaps.
///
/// # Panics
///
/// If a patch has fewer values than a picture of this size.
pub fn grid(patches: &[Patch], white: f32, size: PictureSize) -> Canvas<Rgb> {
    Grid::square(patches.len(), size, WIDTH).paint(GAP, |n, i| {
        let patch = &patches[n];
        let seen =
            patch.rows.contains(&(i / size.width)) && patch.columns.contains(&(i % size.width));
        if seen {
            photo(patch.pixels, i, white, size)
        } else {
            GAP
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_the_image_are_shown_and_those_beyond_are_gap() {
        let size = PictureSize {
            channels: 3,
            height: 2,
            width: 2,
        };
        let red = [255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0];
        let patches = [(0..2, 0..2), (1..2, 0..2), (0..2, 0..0)].map(|(rows, columns)| Patch {
            pixels: &red,
            rows,
            columns,
        });
        let shown = |patches: &[Patch]| {
            let canvas = grid(patches, 255.0, size);
            let red = canvas.pixels.iter().filter(|&&pixel| pixel == [255, 0, 0]);
            (canvas.width, red.count())
        };
        // One patch: pixels of 80 by 80. Three lie in two columns: pixels of 40 by 40.
        assert_eq!(shown(&patches[..1]), (162, 4 * 80 * 80));
        assert_eq!(shown(&patches), (163, (4 + 2) * 40 * 40));
    }
}

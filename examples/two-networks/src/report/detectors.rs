//! Hidden units as pictures: the weights of a unit, laid out like the image it looks at.

use super::ImageInfo;
use super::canvas::{Canvas, Grid};
use super::palette::{self, GAP, LEVELS, Rgb};

/// Width of a grid of gray detectors: what half the page leaves beside the colour bar.
const GRAY_WIDTH: usize = 432;
/// Width of a grid of colour detectors: half the page.
const COLOUR_WIDTH: usize = 492;
/// Width of a detector beside an image.
const PAIR_WIDTH: usize = 180;

/// The weight that gets the full colour, for each detector.
///
/// Gray images share one limit, so that detectors can be compared; colour images each have their own, as their
/// hue matters and not their strength.
pub(super) fn limits(detectors: &[&[f32]], image: &ImageInfo) -> Vec<f32> {
    let mut limits: Vec<f32> = detectors.iter().map(|detector| largest(detector)).collect();
    if image.channels == 1 {
        let shared = largest(&limits);
        limits.fill(shared);
    }
    limits
}

/// The largest finite amount, or 1 when there is none to scale by.
fn largest(values: &[f32]) -> f32 {
    let amounts = values.iter().map(|value| value.abs());
    let largest = amounts
        .filter(|amount| amount.is_finite())
        .fold(0.0, f32::max);
    if largest > 0.0 { largest } else { 1.0 }
}

/// Smallest and largest finite weight of some detectors.
pub(super) fn range(detectors: &[&[f32]]) -> (f32, f32) {
    let finite = || {
        detectors
            .iter()
            .copied()
            .flatten()
            .copied()
            .filter(|w| w.is_finite())
    };
    let range = (
        finite().fold(f32::INFINITY, f32::min),
        finite().fold(f32::NEG_INFINITY, f32::max),
    );
    if range.0 <= range.1 {
        range
    } else {
        (0.0, 0.0)
    }
}

/// Pixel `i` of a detector: blue - white - red for gray images, the colour itself around middle gray for others.
pub(super) fn colour(detector: &[f32], i: usize, limit: f32, image: &ImageInfo) -> Rgb {
    if image.channels == 1 {
        return palette::diverging(palette::level(detector[i], limit));
    }
    std::array::from_fn(|channel| {
        let part = (detector[channel * image.plane() + i] / limit).clamp(-1.0, 1.0);
        let part = if part.is_nan() { 0.0 } else { part };
        (255.0 * (0.5 + 0.5 * part)).round() as u8
    })
}

/// The detectors in a near-square grid.
pub(super) fn grid(detectors: &[&[f32]], image: &ImageInfo) -> Canvas<Rgb> {
    let limits = limits(detectors, image);
    let width = if image.channels == 1 {
        GRAY_WIDTH
    } else {
        COLOUR_WIDTH
    };
    let grid = Grid::square(detectors.len(), image, width);
    grid.paint(GAP, |n, i| colour(detectors[n], i, limits[n], image))
}

/// A detector, and an image beside it.
pub(super) fn pair(detector: &[f32], pixels: &[u8], image: &ImageInfo) -> Canvas<Rgb> {
    let limit = largest(detector);
    Grid::row(2, image, PAIR_WIDTH).paint(GAP, |n, i| match n {
        0 => colour(detector, i, limit, image),
        _ => photo(pixels, i, image),
    })
}

/// Pixel `i` of an image; gray images have dark ink on white, so that zero is white as it is in a detector.
fn photo(pixels: &[u8], i: usize, image: &ImageInfo) -> Rgb {
    let bright = |value: u8| (255.0 * f32::from(value) / image.white).round() as u8;
    if image.channels == 1 {
        return [255 - bright(pixels[i]); 3];
    }
    std::array::from_fn(|channel| bright(pixels[channel * image.plane() + i]))
}

/// The scale of gray detectors from its top, red, to its bottom, blue.
pub(super) fn colour_bar() -> Canvas<Rgb> {
    Canvas {
        width: 1,
        height: usize::from(LEVELS),
        pixels: (0..LEVELS).rev().map(palette::diverging).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(channels: usize) -> ImageInfo {
        ImageInfo {
            channels,
            height: 1,
            width: 2,
            white: 16.0,
        }
    }

    #[test]
    fn gray_detectors_share_a_limit_and_colour_ones_do_not() {
        let detectors: [&[f32]; 2] = [&[0.5, -2.0], &[f32::NAN, 1.0]];
        assert_eq!(limits(&detectors, &image(1)), [2.0, 2.0]);
        assert_eq!(limits(&detectors, &image(3)), [2.0, 1.0]);
        assert_eq!(limits(&[&[0.0, 0.0]], &image(1)), [1.0]);
        assert_eq!(range(&detectors), (-2.0, 1.0));
        assert_eq!(range(&[&[f32::NAN]]), (0.0, 0.0));
    }

    #[test]
    fn colour_detectors_read_planes_around_middle_gray() {
        let detector = [1.0, 0.0, 0.0, -1.0, 0.0, f32::NAN];
        assert_eq!(colour(&detector, 0, 1.0, &image(3)), [255, 128, 128]);
        assert_eq!(colour(&detector, 1, 1.0, &image(3)), [128, 0, 128]);
    }

    #[test]
    fn images_span_white_to_black_ink_or_full_colour() {
        assert_eq!(photo(&[0, 16], 0, &image(1)), [255; 3]);
        assert_eq!(photo(&[0, 16], 1, &image(1)), [0; 3]);
        assert_eq!(photo(&[16, 0, 8, 0, 0, 0], 0, &image(3)), [255, 128, 0]);
    }

    #[test]
    fn the_colour_bar_ends_in_blue() {
        let bar = colour_bar();
        assert_eq!(bar.pixels[0], palette::diverging(LEVELS - 1));
        assert_eq!(bar.pixels[64], [255; 3]);
        assert_eq!(bar.pixels[128], palette::diverging(0));
    }
}

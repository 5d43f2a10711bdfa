//! Detectors: the weights of a hidden unit as a picture, laid out like the image it looks at.

use maud::{Markup, html};

use crate::canvas::Canvas;
use crate::format::number;
use crate::grid::{Grid, PictureSize};
use crate::palette::{self, GAP, Rgb};
use crate::{FigureError, colour_bar};

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
pub(crate) fn limits(detectors: &[&[f32]], size: PictureSize) -> Vec<f32> {
    let mut limits: Vec<f32> = detectors.iter().map(|detector| largest(detector)).collect();
    if size.is_gray() {
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
fn range(detectors: &[&[f32]]) -> (f32, f32) {
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
pub(crate) fn colour(detector: &[f32], i: usize, limit: f32, size: PictureSize) -> Rgb {
    if size.is_gray() {
        return palette::diverging(palette::level(detector[i], limit));
    }
    std::array::from_fn(|channel| {
        let part = (detector[channel * size.plane() + i] / limit).clamp(-1.0, 1.0);
        let part = if part.is_nan() { 0.0 } else { part };
        (255.0 * (0.5 + 0.5 * part)).round() as u8
    })
}

/// The detectors in a near-square grid with the range of their weights; beside gray ones their
/// scale. `alt` says what the picture shows.
///
/// # Errors
///
/// A [`FigureError`] where the picture cannot be stored.
///
/// # Panics
///
/// If a detector has fewer values than a picture of this size.
pub fn markup(detectors: &[&[f32]], size: PictureSize, alt: &str) -> Result<Markup, FigureError> {
    let (low, high) = range(detectors);
    Ok(html! {
        div.detectors {
            img.pixels src=(grid(detectors, size).data_uri()?) alt=(alt);
            @if size.is_gray() { (colour_bar::markup(limits(detectors, size)[0])?) }
        }
        p.range { "weights from " (number(low.into(), 3)) " to " (number(high.into(), 3)) }
    })
}

/// The detectors in a near-square grid.
///
/// # Panics
///
/// If a detector has fewer values than a picture of this size.
pub fn grid(detectors: &[&[f32]], size: PictureSize) -> Canvas<Rgb> {
    let limits = limits(detectors, size);
    let width = if size.is_gray() {
        GRAY_WIDTH
    } else {
        COLOUR_WIDTH
    };
    let grid = Grid::square(detectors.len(), size, width);
    grid.paint(GAP, |n, i| colour(detectors[n], i, limits[n], size))
}

/// A detector, and beside it an image whose brightest pixels have the value `white`.
///
/// # Panics
///
/// If one of them has fewer values than a picture of this size.
pub fn pair(detector: &[f32], pixels: &[u8], white: f32, size: PictureSize) -> Canvas<Rgb> {
    let limit = largest(detector);
    Grid::row(2, size, PAIR_WIDTH).paint(GAP, |n, i| match n {
        0 => colour(detector, i, limit, size),
        _ => photo(pixels, i, white, size),
    })
}

/// Pixel `i` of an image whose brightest pixels have the value `white`; gray images have dark ink on white, so that zero is white as it is in a detector.
pub(crate) fn photo(pixels: &[u8], i: usize, white: f32, size: PictureSize) -> Rgb {
    let bright = |value: u8| (255.0 * f32::from(value) / white).round() as u8;
    if size.is_gray() {
        return [255 - bright(pixels[i]); 3];
    }
    std::array::from_fn(|channel| bright(pixels[channel * size.plane() + i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(channels: usize) -> PictureSize {
        PictureSize {
            channels,
            height: 1,
            width: 2,
        }
    }

    #[test]
    fn gray_detectors_share_a_limit_and_colour_ones_do_not() {
        let detectors: [&[f32]; 2] = [&[0.5, -2.0], &[f32::NAN, 1.0]];
        assert_eq!(limits(&detectors, size(1)), [2.0, 2.0]);
        assert_eq!(limits(&detectors, size(3)), [2.0, 1.0]);
        assert_eq!(limits(&[&[0.0, 0.0]], size(1)), [1.0]);
        assert_eq!(range(&detectors), (-2.0, 1.0));
        assert_eq!(range(&[&[f32::NAN]]), (0.0, 0.0));
    }

    #[test]
    fn colour_detectors_read_planes_around_middle_gray() {
        let detector = [1.0, 0.0, 0.0, -1.0, 0.0, f32::NAN];
        assert_eq!(colour(&detector, 0, 1.0, size(3)), [255, 128, 128]);
        assert_eq!(colour(&detector, 1, 1.0, size(3)), [128, 0, 128]);
    }

    #[test]
    fn images_span_white_to_black_ink_or_full_colour() {
        assert_eq!(photo(&[0, 16], 0, 16.0, size(1)), [255; 3]);
        assert_eq!(photo(&[0, 16], 1, 16.0, size(1)), [0; 3]);
        assert_eq!(photo(&[16, 0, 8, 0, 0, 0], 0, 16.0, size(3)), [255, 128, 0]);
    }

    #[test]
    fn only_gray_detectors_have_a_scale() {
        let text = |channels| {
            let detector = [-0.5, 0.25, 0.0, 0.0, 0.0, 0.0];
            let text = markup(&[&detector], size(channels), "one").unwrap();
            text.into_string()
        };
        assert!(text(1).contains("Colour scale") && !text(3).contains("Colour scale"));
        assert!(text(3).contains("weights from \u{2212}0.500 to 0.250"));
    }
}

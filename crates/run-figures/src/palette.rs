//! The colours of the figures.

/// Red, green and blue, 0 to 255.
pub type Rgb = [u8; 3];

/// The first of the things compared.
pub const TEAL: Rgb = [0x12, 0x7a, 0x6b];
/// The second of the things compared.
pub const ORANGE: Rgb = [0xc4, 0x62, 0x1a];
/// Negative weights.
pub const NEGATIVE: Rgb = [0x3b, 0x7d, 0xbf];
/// Positive weights.
pub const POSITIVE: Rgb = [0xd0, 0x4a, 0x45];
/// Weights near zero.
pub const NEUTRAL: Rgb = [0xb4, 0xb8, 0xc0];
/// Gaps between pictures.
pub const GAP: Rgb = [0xd8, 0xdb, 0xe1];
/// Axes and text.
pub const INK: Rgb = [0x2b, 0x30, 0x3a];

/// The colours of lines, one after the other.
pub const LINES: [Rgb; 5] = [TEAL, ORANGE, NEGATIVE, POSITIVE, INK];

/// Steps of the blue - white - red scale: odd, so that zero has one of its own, and no more than the eye can tell
/// apart, which keeps the animation small.
pub const LEVELS: u8 = 129;

const MIDDLE: u8 = LEVELS / 2;

/// The colours from white to the end of the scale, in equal steps.
const COLD: [Rgb; 3] = [[255, 255, 255], [0x63, 0x9f, 0xd6], [0x0b, 0x3c, 0x8c]];
const WARM: [Rgb; 3] = [[255, 255, 255], [0xec, 0x7a, 0x62], [0x9e, 0x0c, 0x20]];

/// The step of `value` on a scale from `-limit` to `limit`; what is no number counts as zero.
pub fn level(value: f32, limit: f32) -> u8 {
    let part = (value / limit).clamp(-1.0, 1.0);
    let part = if part.is_nan() { 0.0 } else { part };
    (f32::from(MIDDLE) * (1.0 + part)).round() as u8
}

/// The colour of a step of the scale: blue below zero, white at zero, red above.
pub fn diverging(level: u8) -> Rgb {
    let stops = if level < MIDDLE { &COLD } else { &WARM };
    let along = 2.0 * f32::from(level.min(LEVELS - 1).abs_diff(MIDDLE)) / f32::from(MIDDLE);
    let (from, to, part) = if along < 1.0 {
        (stops[0], stops[1], along)
    } else {
        (stops[1], stops[2], along - 1.0)
    };
    std::array::from_fn(|c| {
        let (from, to) = (f32::from(from[c]), f32::from(to[c]));
        (from + (to - from) * part).round() as u8
    })
}

/// A colour as CSS writes it.
pub fn css([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(value: f32, limit: f32) -> Rgb {
        diverging(level(value, limit))
    }

    #[test]
    fn the_scale_runs_from_blue_over_white_to_red() {
        assert_eq!(colour(-2.0, 2.0), COLD[2]);
        assert_eq!(colour(0.0, 2.0), [255; 3]);
        assert_eq!(colour(2.0, 2.0), WARM[2]);
        assert_eq!(colour(1.0, 2.0), WARM[1]);
        assert_eq!(colour(-1.0, 2.0), COLD[1]);
    }

    #[test]
    fn values_past_the_limit_keep_the_last_colour() {
        assert_eq!((level(-9.0, 2.0), level(9.0, 2.0)), (0, LEVELS - 1));
        assert_eq!(colour(f32::INFINITY, 2.0), WARM[2]);
    }

    #[test]
    fn what_is_no_number_is_white() {
        assert_eq!(colour(f32::NAN, 2.0), [255; 3]);
    }

    #[test]
    fn equal_amounts_lie_equally_far_from_zero() {
        for value in [0.1, 0.37, 0.9] {
            assert_eq!(level(value, 1.0) - MIDDLE, MIDDLE - level(-value, 1.0));
        }
    }

    #[test]
    fn css_colours_have_six_digits() {
        assert_eq!(css([1, 16, 255]), "#0110ff");
    }
}

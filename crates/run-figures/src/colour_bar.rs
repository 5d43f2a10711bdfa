//! The scale beside a grid of gray detectors.

use maud::{Markup, html};

use crate::FigureError;
use crate::canvas::Canvas;
use crate::format::tick;
use crate::palette::{LEVELS, Rgb, diverging};

/// The scale from `limit`, at the top, down to `-limit`.
pub(crate) fn markup(limit: f32) -> Result<Markup, FigureError> {
    let picture = picture().data_uri()?;
    let limit = f64::from(limit);
    let (values, step) = ticks(limit);
    Ok(html! {
        div.bar {
            img src=(picture) alt="Colour scale";
            @for value in values {
                span style={ "top:" (format!("{:.2}", 50.0 - 50.0 * value / limit)) "%" } { (tick(value, step)) }
            }
        }
    })
}

/// All colours of the scale from its top, red, to its bottom, blue.
fn picture() -> Canvas<Rgb> {
    Canvas {
        width: 1,
        height: usize::from(LEVELS),
        pixels: (0..LEVELS).rev().map(diverging).collect(),
    }
}

/// Round numbers within `limit` on both sides of zero, and the step between them.
fn ticks(limit: f64) -> (Vec<f64>, f64) {
    let half = limit / 2.0;
    let power = 10_f64.powf(half.log10().floor());
    let step = [5.0, 2.0, 1.0]
        .iter()
        .find(|&&step| step * power <= half * (1.0 + 1e-9));
    let step = step.unwrap_or(&1.0) * power;
    let last = (limit / step + 1e-9).floor() as i32;
    ((-last..=last).map(|n| f64::from(n) * step).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_in_blue() {
        let bar = picture();
        assert_eq!(bar.pixels[0], diverging(LEVELS - 1));
        assert_eq!(bar.pixels[64], [255; 3]);
        assert_eq!(bar.pixels[128], diverging(0));
    }

    #[test]
    fn it_has_round_ticks_on_both_sides() {
        let (values, step) = ticks(0.44);
        assert_eq!((values.len(), step), (5, 0.2));
        let (values, _) = ticks(2.3);
        assert_eq!(values, [-2.0, -1.0, 0.0, 1.0, 2.0]);
        assert_eq!(ticks(1.0).0, [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn its_ends_stand_at_its_top_and_bottom() {
        let text = markup(1.0).unwrap().into_string();
        assert!(text.contains("top:0.00%\">1.0<"), "{text}");
        assert!(text.contains("top:100.00%\">\u{2212}1.0<"), "{text}");
    }
}

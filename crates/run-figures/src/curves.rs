//! Curves over the epochs of a training.

use crate::FigureError;
use crate::format::tick;
use crate::plot::{self, Axes, Mark, Point, Stroke, round_up};

/// Final errors below this, in percent, are drawn up to [`SMALL_TOP`].
const SMALL_ERROR: f64 = 2.0;
/// The top of the axis for small errors, in percent.
const SMALL_TOP: f64 = 3.0;

/// One curve, as points of epoch and value.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve<'a> {
    label: &'a str,
    stroke: Stroke,
    points: Vec<Point>,
}

impl<'a> Curve<'a> {
    /// A curve through points of epoch and value; those that are not finite are left out.
    pub fn new(
        label: &'a str,
        stroke: Stroke,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points
            .into_iter()
            .filter(|(epoch, value)| epoch.is_finite() && value.is_finite());
        Self {
            label,
            stroke,
            points: points.collect(),
        }
    }

    /// The line where it is below `top`, and a dot at its end, which keeps a run of one epoch visible.
    fn marks(&self, top: f64) -> impl Iterator<Item = Mark> {
        let lines = below(&self.points, top)
            .into_iter()
            .map(|part| Mark::Line(part, self.stroke));
        let end = self.points.last().filter(|end| end.1 <= top);
        lines.chain(end.map(|&end| Mark::Dot(end, self.stroke.colour)))
    }
}

/// A top for errors in percent that shows where the curves end: 3 % if all end below 2 %, else twice
/// the largest final error.
pub fn error_top(curves: &[Curve]) -> f64 {
    let last = curves.iter().filter_map(|curve| curve.points.last());
    let largest = last.map(|&(_, error)| error).fold(0.0, f64::max);
    if largest < SMALL_ERROR {
        SMALL_TOP
    } else {
        round_up(2.0 * largest).min(100.0)
    }
}

/// Draws curves from 0 to `top`, cut off above it, as the text of an `svg` element. Curves without
/// points are left out; a single curve needs no legend. `size` is [`plot::WIDE`] or [`plot::HALF`].
///
/// # Errors
///
/// A [`FigureError`] where the plotting library fails.
pub fn svg(
    size: (u32, u32),
    curves: &[Curve],
    top: f64,
    y_label: &str,
) -> Result<String, FigureError> {
    let epochs = curves.iter().flat_map(|curve| &curve.points);
    let end = epochs.map(|point| point.0).fold(1.0, f64::max);
    let axes = Axes {
        x: 0.0..end,
        y: 0.0..top,
        x_label: "Epoch",
        y_label,
        // Some curves tell of parts of one epoch.
        x_tick: &|x| tick(*x, if end <= 3.0 { 0.1 } else { 1.0 }),
        y_tick: &|y| tick(*y, if top <= 5.0 { 0.1 } else { 1.0 }),
        y_ticks: 7,
    };
    let marks: Vec<_> = curves.iter().flat_map(|curve| curve.marks(top)).collect();
    let drawn = curves.iter().filter(|curve| !curve.points.is_empty());
    let legend: Vec<_> = drawn.map(|curve| (curve.label, curve.stroke)).collect();
    plot::svg(size, &axes, &marks, &legend)
}

/// The parts of a line at or below `top`, cut where it crosses.
fn below(points: &[Point], top: f64) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = Vec::new();
    let mut before: Option<Point> = None;
    for &point in points {
        let inside = point.1 <= top;
        let crossing = before.filter(|from| (from.1 <= top) != inside).map(|from| {
            let part = (top - from.1) / (point.1 - from.1);
            (from.0 + part * (point.0 - from.0), top)
        });
        if inside && before.is_none_or(|from| from.1 > top) {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(crossing);
            part.extend(inside.then_some(point));
        }
        before = Some(point);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::TEAL;

    fn curve<'a>(label: &'a str, values: &[f64]) -> Curve<'a> {
        let points = (0..).map(f64::from).zip(values.iter().copied());
        Curve::new(label, Stroke::solid(TEAL), points)
    }

    #[test]
    fn the_top_follows_the_final_errors() {
        let top = |errors: &[f64]| error_top(&[curve("test", errors)]);
        assert_eq!(top(&[90.0, 1.5]), 3.0);
        assert_eq!(top(&[90.0, 49.25]), 100.0);
        assert_eq!(top(&[90.0, 9.8]), 20.0);
        assert_eq!(top(&[90.0, 9.8, f64::NAN]), 20.0);
        assert_eq!(top(&[90.0]), 100.0);
        assert_eq!(top(&[]), 3.0);
    }

    #[test]
    fn lines_are_cut_at_the_top() {
        let points = [
            (0.0, 6.0),
            (1.0, 2.0),
            (2.0, 1.0),
            (3.0, 5.0),
            (4.0, 5.0),
            (5.0, 3.0),
        ];
        let parts = below(&points, 3.0);
        assert_eq!(parts[0], [(0.75, 3.0), (1.0, 2.0), (2.0, 1.0), (2.5, 3.0)]);
        assert_eq!(parts[1], [(5.0, 3.0), (5.0, 3.0)]);
        assert!(below(&[(0.0, 6.0), (1.0, 5.0)], 3.0).is_empty());
    }

    #[test]
    fn a_plot_names_its_axes_and_the_curves_it_has() {
        let curves = [
            curve("train", &[1.0]),
            curve("validation", &[f64::NAN]),
            curve("test", &[1.0]),
        ];
        let text = svg(plot::HALF, &curves, 3.0, "Error (%)").unwrap();
        for part in ["Epoch", "Error (%)", "train", "test"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("validation"));
        assert!(svg(plot::HALF, &[], 3.0, "Error (%)").is_ok());
    }

    #[test]
    fn parts_of_an_epoch_have_ticks_of_their_own() {
        let points = (0..=10).map(|part| (f64::from(part) / 10.0, 50.0));
        let curve = Curve::new("test", Stroke::solid(TEAL), points);
        let text = svg(plot::HALF, &[curve], 100.0, "Units (%)").unwrap();
        for tick in ["\n0.2\n", "\n0.8\n", "\n40\n"] {
            assert!(text.contains(tick), "{tick:?}: {text}");
        }
    }
}

//! Curves over the epochs: the errors of both networks, and the converged share of the hidden units.

use super::format::tick;
use super::palette::{BACKPROP, BIOLOGICAL};
use super::plot::{self, Axes, Mark, Point, Stroke, round_up};
use super::{MetricsRow, ReportError};

/// Final errors below this, in percent, are drawn on the paper's own scale.
const SMALL_ERROR: f64 = 2.0;
/// The top of the paper's scale for them, in percent.
const SMALL_TOP: f64 = 3.0;

/// One line of a plot, as points of epoch and percent.
#[derive(Debug, Clone, PartialEq)]
struct Curve {
    label: &'static str,
    stroke: Stroke,
    points: Vec<Point>,
}

impl Curve {
    /// The line where it is below `top`, and a dot at its end, which keeps a run of one epoch visible.
    fn marks(&self, top: f64) -> impl Iterator<Item = Mark> {
        let lines = below(&self.points, top)
            .into_iter()
            .map(|part| Mark::Line(part, self.stroke));
        let end = self.points.last().filter(|end| end.1 <= top);
        lines.chain(end.map(|&end| Mark::Dot(end, self.stroke.colour)))
    }
}

/// The errors of both networks, over readout epochs for the biological one.
pub(super) fn errors_svg(rows: &[MetricsRow]) -> Result<String, ReportError> {
    let curves = error_curves(rows);
    let top = error_top(&curves);
    svg("the error curves", plot::WIDE, &curves, top, "Error (%)")
}

/// The share of converged hidden units over the epochs of the local rule.
pub(super) fn converged_svg(rows: &[MetricsRow]) -> Result<String, ReportError> {
    let curve = Curve {
        label: "converged",
        stroke: Stroke {
            colour: BIOLOGICAL,
            dashed: false,
        },
        points: points(rows, |row| {
            if row.stage == "hebbian" {
                row.converged
            } else {
                None
            }
        }),
    };
    svg(
        "the converged share",
        plot::HALF,
        &[curve],
        100.0,
        "Converged units (%)",
    )
}

fn error_curves(rows: &[MetricsRow]) -> Vec<Curve> {
    [
        ("biological, train", "readout", "train", BIOLOGICAL),
        (
            "biological, validation",
            "readout",
            "validation",
            BIOLOGICAL,
        ),
        ("biological, test", "readout", "test", BIOLOGICAL),
        ("backprop, train", "backprop", "train", BACKPROP),
        ("backprop, validation", "backprop", "validation", BACKPROP),
        ("backprop, test", "backprop", "test", BACKPROP),
    ]
    .into_iter()
    .map(|(label, stage, split, colour)| Curve {
        label,
        stroke: Stroke {
            colour,
            dashed: split == "train",
        },
        points: points(rows, |row| {
            if row.stage == stage && row.split == split {
                row.error
            } else {
                None
            }
        }),
    })
    .filter(|curve| !curve.points.is_empty())
    .collect()
}

fn points(rows: &[MetricsRow], value: impl Fn(&MetricsRow) -> Option<f64>) -> Vec<Point> {
    let values = rows
        .iter()
        .filter_map(|row| Some((row.epoch as f64, value(row)?)));
    values.filter(|(_, value)| value.is_finite()).collect()
}

/// A top that shows where the curves end: the paper's 3 % for small errors, else twice the largest final one.
fn error_top(curves: &[Curve]) -> f64 {
    let last = curves.iter().filter_map(|curve| curve.points.last());
    let largest = last.map(|&(_, error)| error).fold(0.0, f64::max);
    if largest < SMALL_ERROR {
        SMALL_TOP
    } else {
        round_up(2.0 * largest).min(100.0)
    }
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

fn svg(
    figure: &'static str,
    size: (u32, u32),
    curves: &[Curve],
    top: f64,
    y_label: &str,
) -> Result<String, ReportError> {
    let epochs = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.0);
    let axes = Axes {
        x: 0.0..epochs.fold(1.0, f64::max),
        y: 0.0..top,
        x_label: "Epoch",
        y_label,
        x_tick: &|x| tick(*x, 1.0),
        y_tick: &|y| tick(*y, if top <= 5.0 { 0.1 } else { 1.0 }),
        y_ticks: 7,
    };
    let marks: Vec<_> = curves.iter().flat_map(|curve| curve.marks(top)).collect();
    let legend: Vec<_> = curves
        .iter()
        .map(|curve| (curve.label, curve.stroke))
        .collect();
    plot::svg(figure, size, &axes, &marks, &legend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stage: &'static str, split: &'static str, epoch: usize, error: f64) -> MetricsRow {
        MetricsRow {
            network: "hebbian".into(),
            stage: stage.into(),
            epoch,
            split: split.into(),
            error: Some(error),
            loss: None,
            converged: Some(error),
        }
    }

    #[test]
    fn curves_are_those_that_the_rows_hold() {
        let rows = [
            row("hebbian", "train", 1, 9.0),
            row("readout", "test", 1, 4.0),
            row("readout", "test", 2, 3.0),
            row("backprop", "train", 1, f64::NAN),
            row("backprop", "validation", 1, 5.0),
        ];
        let curves = error_curves(&rows);
        let labels: Vec<_> = curves.iter().map(|curve| curve.label).collect();
        assert_eq!(labels, ["biological, test", "backprop, validation"]);
        assert_eq!(curves[0].points, [(1.0, 4.0), (2.0, 3.0)]);
    }

    #[test]
    fn the_top_follows_the_final_errors() {
        let top = |errors: &[f64]| {
            let rows: Vec<_> = errors
                .iter()
                .enumerate()
                .map(|(n, &e)| row("readout", "test", n, e))
                .collect();
            error_top(&error_curves(&rows))
        };
        assert_eq!(top(&[90.0, 1.5]), 3.0);
        assert_eq!(top(&[90.0, 49.25]), 100.0);
        assert_eq!(top(&[90.0, 9.8]), 20.0);
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
    fn a_plot_names_its_axes_and_curves() {
        let text = errors_svg(&[
            row("readout", "test", 1, 1.0),
            row("backprop", "test", 1, 1.0),
        ])
        .unwrap();
        for part in ["Epoch", "Error (%)", "biological, test", "backprop, test"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(errors_svg(&[]).is_ok());
    }
}

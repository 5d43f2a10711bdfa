//! What the plots share: the SVG around them, their axes, and round numbers for these.

use std::io;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use crate::FigureError;
use crate::palette::{GAP, INK, Rgb};

/// Width and height of a plot as wide as the page.
pub const WIDE: (u32, u32) = (1000, 400);
/// Width and height of a plot that shares its row with another.
pub const HALF: (u32, u32) = (560, 330);

/// A place on a plot, in the units of its axes.
pub type Point = (f64, f64);

/// The axes of a plot.
pub struct Axes<'a> {
    /// What the x axis spans.
    pub x: Range<f64>,
    /// What the y axis spans.
    pub y: Range<f64>,
    /// What stands below the x axis.
    pub x_label: &'a str,
    /// What stands beside the y axis.
    pub y_label: &'a str,
    /// The text at a tick of the x axis.
    pub x_tick: &'a dyn Fn(&f64) -> String,
    /// The text at a tick of the y axis.
    pub y_tick: &'a dyn Fn(&f64) -> String,
    /// Greatest number of ticks on the y axis.
    pub y_ticks: usize,
}

/// What is drawn on the axes.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through some points.
    Line(Vec<Point>, Stroke),
    /// A dot.
    Dot(Point, Rgb),
    /// A filled rectangle between two corners.
    Bar([Point; 2], Rgb),
}

/// The look of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: Rgb,
    /// Whether it has gaps.
    pub dashed: bool,
}

impl Stroke {
    /// A line without gaps.
    pub fn solid(colour: Rgb) -> Self {
        let dashed = false;
        Self { colour, dashed }
    }
}

/// Draws marks on axes, with a legend of strokes where there are several, as the text of an `svg` element.
///
/// # Errors
///
/// A [`FigureError`] where the plotting library fails.
///
/// # Panics
///
/// If an axis has an end that is no finite number, which would keep the library busy for ever.
pub fn svg(
    size: (u32, u32),
    axes: &Axes,
    marks: &[Mark],
    legend: &[(&str, Stroke)],
) -> Result<String, FigureError> {
    let ends = [axes.x.start, axes.x.end, axes.y.start, axes.y.end];
    assert!(
        ends.iter().all(|end| end.is_finite()),
        "axes must be finite, not {:?} and {:?}",
        axes.x,
        axes.y
    );
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
    draw(&root, axes, marks, legend)?;
    root.present()?;
    drop(root);
    Ok(text)
}

fn draw(
    root: &DrawingArea<SVGBackend, Shift>,
    axes: &Axes,
    marks: &[Mark],
    legend: &[(&str, Stroke)],
) -> Result<(), DrawingAreaErrorKind<io::Error>> {
    let ink = colour(INK);
    let mut chart = ChartBuilder::on(root)
        .margin(12)
        .margin_right(18)
        .x_label_area_size(52)
        .y_label_area_size(70)
        .build_cartesian_2d(axes.x.clone(), axes.y.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(colour(GAP))
        .axis_style(ink)
        .label_style(("sans-serif", 17, &ink))
        .axis_desc_style(("sans-serif", 18, &ink))
        .x_labels(9)
        .y_labels(axes.y_ticks)
        .x_desc(axes.x_label)
        .y_desc(axes.y_label)
        .x_label_formatter(axes.x_tick)
        .y_label_formatter(axes.y_tick)
        .draw()?;
    for mark in marks {
        let area = chart.plotting_area();
        match mark {
            Mark::Line(points, stroke) => area.draw(&line(points.clone(), *stroke))?,
            Mark::Dot(at, fill) => area.draw(&Circle::new(*at, 4, colour(*fill).filled()))?,
            Mark::Bar(corners, fill) => {
                area.draw(&Rectangle::new(*corners, colour(*fill).filled()))?
            }
        }
    }
    if legend.len() > 1 {
        for &(label, stroke) in legend {
            chart
                .draw_series(std::iter::empty::<Circle<Point, i32>>())?
                .label(label)
                .legend(move |(x, y)| line(vec![(x, y), (x + 28, y)], stroke));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .margin(4)
            .legend_area_size(40)
            .background_style(WHITE.mix(0.85))
            .label_font(("sans-serif", 17, &ink))
            .draw()?;
    }
    Ok(())
}

/// A line in its stroke; a plain one is a dashed one whose first dash is longer than any plot.
fn line<P: Copy>(points: Vec<P>, stroke: Stroke) -> DashedPathElement<std::vec::IntoIter<P>, i32> {
    let dash = if stroke.dashed { 6 } else { 1_000_000 };
    DashedPathElement::new(points, dash, 4, colour(stroke.colour).stroke_width(2))
}

/// A colour of the palette as the plotting library has it.
fn colour([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

/// The next round number at or above a positive `value`.
pub fn round_up(value: f64) -> f64 {
    const STEPS: [f64; 9] = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let step = STEPS
        .iter()
        .find(|&&step| step * power >= value * (1.0 - 1e-9));
    step.unwrap_or(&10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_lie_at_or_above() {
        for (value, round) in [
            (0.9, 1.0),
            (1.2, 1.5),
            (3.0, 3.0),
            (87.0, 100.0),
            (0.021, 0.025),
            (0.0, 1.0),
        ] {
            assert!((round_up(value) - round).abs() < 1e-12, "{value}");
        }
        assert_eq!(round_up(f64::NAN), 1.0);
    }
}

//! Repeated measurements at a few values of a setting: each a dot, and a line through their means.

use crate::FigureError;
use crate::format::number;
use crate::palette::LINES;
use crate::plot::{self, Axes, Mark, Stroke, round_up};

/// One line of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What its measurements share.
    pub name: String,
    /// The measurements at each tick; none is negative.
    pub values: Vec<Vec<f64>>,
}

/// Draws `series` over `ticks`, the values of the setting, with the labels of the axes x and y, as
/// the text of an `svg` element of the size [`plot::WIDE`].
///
/// # Errors
///
/// A [`FigureError`] where the plotting library fails.
pub fn svg(
    (x_label, y_label): (&str, &str),
    ticks: &[String],
    series: &[Series],
) -> Result<String, FigureError> {
    let all = series.iter().flat_map(|line| line.values.iter().flatten());
    let finite = all.filter(|value| value.is_finite());
    let (lowest, highest) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    let top = round_up(highest * 1.05);
    // Small differences are what such a figure is for.
    let bottom = if 0.5 * top < lowest && lowest <= highest {
        0.9 * lowest
    } else {
        0.0
    };
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    for (line, colour) in series.iter().zip(LINES.into_iter().cycle()) {
        let stroke = Stroke::solid(colour);
        let places = || (0..).map(f64::from).zip(&line.values);
        let means = places()
            .filter(|(_, values)| !values.is_empty())
            .map(|(x, values)| (x, values.iter().sum::<f64>() / values.len() as f64));
        marks.push(Mark::Line(means.collect(), stroke));
        marks.extend(places().flat_map(|(x, values)| {
            values
                .iter()
                .map(move |value| Mark::Dot((x, *value), colour))
        }));
        legend.push((line.name.as_str(), stroke));
    }
    let axes = Axes {
        x: -0.5..ticks.len() as f64 - 0.5,
        y: bottom..top,
        x_label,
        y_label,
        x_tick: &|at| tick(ticks, *at),
        y_tick: &|value| number(*value, if top < 4.0 { 1 } else { 0 }),
        y_ticks: 7,
    };
    plot::svg(plot::WIDE, &axes, &marks, &legend)
}

/// The value at a place of the axis; nothing between two of them.
fn tick(ticks: &[String], at: f64) -> String {
    let near = (at - at.round()).abs() < 1e-6 && at > -0.5;
    let tick = near.then(|| ticks.get(at.round() as usize)).flatten();
    tick.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_their_places_only() {
        let ticks = ["2".to_string(), "7".to_string()];
        assert_eq!(tick(&ticks, 1.0), "7");
        assert_eq!(tick(&ticks, 0.5), "");
        assert_eq!(tick(&ticks, -1.0), "");
        assert_eq!(tick(&ticks, 2.0), "");
    }

    #[test]
    fn the_figure_names_its_setting_and_lines() {
        let line = |name: &str, value| Series {
            name: name.into(),
            values: vec![vec![value, value + 0.2], vec![]],
        };
        let ticks = ["2".to_string(), "7".to_string()];
        let lines = [line("a", 1.5), line("b", 1.9)];
        let svg = svg(("loss power", "Validation error (%)"), &ticks, &lines).unwrap();
        for text in ["loss power", "Validation error", ">\na\n", ">\nb\n"] {
            assert!(svg.contains(text), "{text} is missing in {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 4);
    }

    #[test]
    fn no_measurements_make_an_empty_figure() {
        let ticks = ["2".to_string()];
        let empty = Series {
            name: "a".into(),
            values: vec![vec![]],
        };
        for series in [&[][..], &[empty]] {
            let svg = svg(("k", "Error (%)"), &ticks, series).unwrap();
            assert!(svg.contains("Error (%)") && !svg.contains("<circle"));
        }
    }
}

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
/// the text of an `svg` element of the size [`plot::WIDE`]. Where the largest is more than eight times the smallest, the
/// axis y is logarithmic.
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
    let is_logarithmic = lowest > 0.0 && highest > 8.0 * lowest;
    let y = |value: f64| if is_logarithmic { value.log2() } else { value };
    let (bottom, top) = if is_logarithmic {
        (y(lowest) - 0.3, y(highest) + 0.3)
    } else {
        let top = round_up(highest * 1.05);
        // Small differences are what such a figure is for.
        let is_narrow = 0.5 * top < lowest && lowest <= highest;
        (if is_narrow { 0.9 * lowest } else { 0.0 }, top)
    };
    let y_tick = |value: &f64| match is_logarithmic {
        true if value.fract() == 0.0 => number(value.exp2(), 0),
        true => String::new(),
        false => number(*value, if top < 4.0 { 1 } else { 0 }),
    };
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    for (line, colour) in series.iter().zip(LINES.into_iter().cycle()) {
        let stroke = Stroke::solid(colour);
        let places = || (0..).map(f64::from).zip(&line.values);
        let means = places()
            .filter(|(_, values)| !values.is_empty())
            .map(|(x, values)| (x, y(values.iter().sum::<f64>() / values.len() as f64)));
        marks.push(Mark::Line(means.collect(), stroke));
        marks.extend(places().flat_map(|(x, values)| {
            values
                .iter()
                .map(move |value| Mark::Dot((x, y(*value)), colour))
        }));
        legend.push((line.name.as_str(), stroke));
    }
    let axes = Axes {
        x: -0.5..ticks.len() as f64 - 0.5,
        y: bottom..top,
        x_label,
        y_label,
        x_tick: &|at| tick(ticks, *at),
        y_tick: &y_tick,
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
    fn measurements_far_apart_stand_on_a_logarithmic_axis() {
        let of = |values: &[f64]| Series {
            name: "a".into(),
            values: vec![values.to_vec()],
        };
        let svg = |values: &[f64]| {
            let svg = svg(("k", "Error (%)"), &["2".to_string()], &[of(values)]).unwrap();
            let ticks = ["4", "32"].map(|tick| svg.contains(&format!(">\n{tick}\n")));
            (ticks, svg.matches("<circle").count())
        };
        assert_eq!(svg(&[3.0, 60.0]), ([true, true], 2));
        assert_eq!(svg(&[20.0, 60.0]), ([false, false], 2));
        assert_eq!(svg(&[0.0, 60.0]), ([false, false], 2));
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

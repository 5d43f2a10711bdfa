//! The figure of a search: errors at each value of one setting.

use std::path::Path;

use super::ReportError;
use super::format::number;
use super::palette::{BACKPROP, BIOLOGICAL, INK, NEGATIVE, POSITIVE, Rgb};
use super::plot::{self, Axes, Mark, Stroke, round_up};
use burn_runs::files::write_whole;

/// One line of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the trials of the line share.
    pub name: String,
    /// The errors at each tick, one for each seed, in percent.
    pub errors: Vec<Vec<f64>>,
}

const COLOURS: [Rgb; 5] = [BIOLOGICAL, BACKPROP, NEGATIVE, POSITIVE, INK];

/// Draws lines of validation errors over `ticks`, the values of the setting `axis`, as an SVG file.
///
/// # Errors
///
/// A [`ReportError`] where the figure cannot be drawn or written.
pub fn draw_trials(
    axis: &str,
    ticks: &[String],
    series: &[Series],
    file: &Path,
) -> Result<(), ReportError> {
    let all = series.iter().flat_map(|line| line.errors.iter().flatten());
    let (lowest, highest) = all.fold((f64::INFINITY, 0.0_f64), |(low, high), error| {
        (low.min(*error), high.max(*error))
    });
    let top = round_up(highest * 1.05);
    // Differences of a tenth of a point are what such a figure is for.
    let bottom = if lowest > 0.5 * top {
        0.9 * lowest
    } else {
        0.0
    };
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    for (line, colour) in series.iter().zip(COLOURS.into_iter().cycle()) {
        let stroke = Stroke {
            colour,
            dashed: false,
        };
        let places = || (0..).map(f64::from).zip(&line.errors);
        let means = places()
            .filter(|(_, errors)| !errors.is_empty())
            .map(|(x, errors)| (x, errors.iter().sum::<f64>() / errors.len() as f64));
        marks.push(Mark::Line(means.collect(), stroke));
        marks.extend(places().flat_map(|(x, errors)| {
            errors
                .iter()
                .map(move |error| Mark::Dot((x, *error), colour))
        }));
        legend.push((line.name.as_str(), stroke));
    }
    let label = axis.replace('_', " ");
    let axes = Axes {
        x: -0.5..ticks.len() as f64 - 0.5,
        y: bottom..top,
        x_label: &label,
        y_label: "Validation error (%)",
        x_tick: &|at| tick(ticks, *at),
        y_tick: &|error| number(*error, if top < 4.0 { 1 } else { 0 }),
        y_ticks: 7,
    };
    let svg = plot::svg("the trials", plot::WIDE, &axes, &marks, &legend)?;
    write_whole(file, svg.as_bytes()).map_err(|error| ReportError::Write {
        file: file.to_path_buf(),
        error,
    })
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
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trials.svg");
        let line = |name: &str, error| Series {
            name: name.into(),
            errors: vec![vec![error, error + 0.2], vec![]],
        };
        let ticks = ["2".to_string(), "7".to_string()];
        draw_trials(
            "loss_power",
            &ticks,
            &[line("a", 1.5), line("b", 1.9)],
            &file,
        )
        .unwrap();
        let svg = std::fs::read_to_string(&file).unwrap();
        for text in ["loss power", "Validation error", ">\na\n", ">\nb\n"] {
            assert!(svg.contains(text), "{text} is missing in {svg}");
        }
    }
}

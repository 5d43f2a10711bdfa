//! Curves over the epochs: the errors of the networks, and the converged share of the hidden units.

use run_figures::FigureError;
use run_figures::curves::{self, Curve};
use run_figures::plot::{HALF, Stroke, WIDE};

use super::{BACKPROP, BIOLOGICAL, MetricsRow};

/// The errors of the networks, over readout epochs for the biological one.
pub(super) fn errors_svg(rows: &[MetricsRow]) -> Result<String, FigureError> {
    let curves = [
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
    .map(|(label, stage, split, colour)| {
        let dashed = split == "train";
        let rows = rows
            .iter()
            .filter(|row| row.stage == stage && row.split == split);
        let points = rows.filter_map(|row| Some((row.epoch as f64, row.error?)));
        Curve::new(label, Stroke { colour, dashed }, points)
    });
    curves::svg(WIDE, &curves, curves::error_top(&curves), "Error (%)")
}

/// The share of converged hidden units over the epochs of the local rule.
pub(super) fn converged_svg(rows: &[MetricsRow]) -> Result<String, FigureError> {
    let rows = rows.iter().filter(|row| row.stage == "hebbian");
    let points = rows.filter_map(|row| Some((row.epoch as f64, row.converged?)));
    let curve = Curve::new("converged", Stroke::solid(BIOLOGICAL), points);
    curves::svg(HALF, &[curve], 100.0, "Converged units (%)")
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
        let text = errors_svg(&[
            row("hebbian", "train", 1, 9.0),
            row("readout", "test", 1, 4.0),
            row("readout", "test", 2, 3.0),
            row("backprop", "train", 1, f64::NAN),
            row("backprop", "validation", 1, 5.0),
        ])
        .unwrap();
        for part in ["Error (%)", "biological, test", "backprop, validation"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("train") && !text.contains("backprop, test"));
        assert!(errors_svg(&[]).is_ok());
    }

    #[test]
    fn the_share_of_converged_units_is_that_of_stage_1() {
        let rows = |stage| [row(stage, "train", 1, 10.0), row(stage, "train", 2, 90.0)];
        let lines = |stage| {
            let text = converged_svg(&rows(stage)).unwrap();
            text.matches("<circle").count()
        };
        assert_eq!((lines("hebbian"), lines("readout")), (1, 0));
    }
}

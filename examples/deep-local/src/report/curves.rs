//! Curves over the epochs: the errors of the networks, and how the blocks come to rest.

use run_figures::FigureError;
use run_figures::curves::{self, Curve};
use run_figures::palette::LINES;
use run_figures::plot::{HALF, Stroke, WIDE, round_up};

use super::{BACKPROP, FINE_TUNED, LOCAL, MetricsRow};

/// The errors of the networks, over readout epochs for the local one.
pub(super) fn errors_svg(rows: &[MetricsRow]) -> Result<String, FigureError> {
    let networks = [
        ("local", "readout", LOCAL),
        ("backprop", "backprop", BACKPROP),
        ("fine-tuned", "fine-tuned", FINE_TUNED),
    ];
    let kinds = networks
        .iter()
        .flat_map(|network| ["train", "validation", "test"].map(|split| (network, split)));
    let kinds: Vec<_> = kinds
        .map(|((name, stage, colour), split)| (format!("{name}, {split}"), *stage, split, *colour))
        .collect();
    let curves: Vec<_> = kinds
        .iter()
        .map(|(label, stage, split, colour)| {
            let stroke = Stroke {
                colour: *colour,
                dashed: *split == "train",
            };
            let rows = rows
                .iter()
                .filter(|row| row.stage == *stage && row.split == *split && row.metric == "Error");
            Curve::new(label, stroke, rows.map(|row| (row.epoch, row.value)))
        })
        .collect();
    curves::svg(WIDE, &curves, curves::error_top(&curves), "Error (%)")
}

/// One curve a block of the metric of this name over the local phase; nothing where it has one value, which
/// is no curve.
pub(super) fn blocks_svg(
    rows: &[MetricsRow],
    blocks: usize,
    metric: &str,
    label: &str,
) -> Result<Option<String>, FigureError> {
    let names: Vec<_> = (1..=blocks).map(|block| format!("block {block}")).collect();
    let points: Vec<Vec<_>> = names
        .iter()
        .map(|name| {
            let metric = format!("{metric} ({name})");
            let rows = rows.iter().filter(|row| row.metric == metric);
            rows.map(|row| (row.epoch, row.value)).collect()
        })
        .collect();
    if points.iter().all(|points| points.len() < 2) {
        return Ok(None);
    }
    let values = points.iter().flatten().map(|point| point.1);
    let top = round_up(values.filter(|value| value.is_finite()).fold(0.0, f64::max));
    let colours = LINES.iter().cycle();
    let curves: Vec<_> = names
        .iter()
        .zip(points)
        .zip(colours)
        .map(|((name, points), colour)| Curve::new(name, Stroke::solid(*colour), points))
        .collect();
    curves::svg(HALF, &curves, top, label).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stage: &str, split: &str, metric: &str, epoch: f64, value: f64) -> MetricsRow {
        MetricsRow {
            stage: stage.into(),
            epoch,
            split: split.into(),
            metric: metric.into(),
            value,
        }
    }

    #[test]
    fn curves_are_those_that_the_rows_hold() {
        let text = errors_svg(&[
            row("local", "train", "Loss", 1.0, 9.0),
            row("readout", "test", "Error", 1.0, 26.0),
            row("readout", "test", "Error", 2.0, 23.0),
            row("backprop", "train", "Error", 1.0, f64::NAN),
            row("backprop", "validation", "Error", 1.0, 25.0),
        ])
        .unwrap();
        for part in ["Error (%)", "local, test", "backprop, validation"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("train") && !text.contains("backprop, test"));
        assert!(errors_svg(&[]).is_ok());
    }

    #[test]
    fn blocks_have_curves_where_there_are_epochs() {
        let norm = |block: &str, epoch: f64| {
            let metric = format!("Mean Norm ({block})");
            row("local", "train", &metric, epoch, 9.0 / epoch)
        };
        let one = [norm("block 1", 1.0), norm("block 2", 1.0)];
        let draw = |rows: &[MetricsRow]| blocks_svg(rows, 2, "Mean Norm", "Mean norm").unwrap();
        assert_eq!(draw(&one), None);
        let text = draw(&[one[0].clone(), norm("block 1", 2.0), one[1].clone()]).unwrap();
        for part in ["block 1", "block 2", "Mean norm"] {
            assert!(text.contains(part), "{part}");
        }
        assert_eq!(draw(&[]), None);
    }
}

//! A bar on a terminal, and lines elsewhere.

use std::io::{self, Write};

use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::{MetricAttributes, MetricDefinition, MetricId};
use burn::train::renderer::*;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The most lines that one training prints where no bar can be drawn.
const MAX_LINES: usize = 20;

/// A bar on a terminal, and lines elsewhere, where indicatif hides bars.
pub(super) struct PlainRenderer {
    label: String,
    bar: ProgressBar,
    prints_lines: bool,
    metrics: Vec<Shown>,
    epoch: usize,
    epochs: usize,
    /// The items of one epoch's training split.
    items: usize,
    in_training_split: bool,
}

/// A numeric metric with its latest values in the training and the validation split.
struct Shown {
    id: MetricId,
    name: String,
    unit: Option<String>,
    values: [Option<f64>; 2],
}

impl PlainRenderer {
    pub(super) fn new(label: &str, visible: bool) -> Self {
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        // The values have a line of their own: bar and values do not fit into 80 columns.
        let style = "{prefix} [{wide_bar}] {elapsed}, {eta} left\n{msg}";
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(ProgressStyle::with_template(style).expect("the template is valid"));
        Self {
            label: label.to_string(),
            prints_lines: visible && bar.is_hidden(),
            bar,
            metrics: Vec::new(),
            epoch: 1,
            epochs: 0,
            items: 0,
            in_training_split: false,
        }
    }

    // Called for each metric at each step, so nothing is formatted here.
    fn update(&mut self, state: MetricState, split: usize) {
        if let MetricState::Numeric(entry, Some(value)) = state
            && let Some(metric) = self.metrics.iter_mut().find(|m| m.id == entry.metric_id)
        {
            metric.values[split] = Some(value.current());
        }
    }
}

/// Whether the end of `epoch` is worth a line.
fn prints_line(epoch: usize, epochs: usize) -> bool {
    epoch == epochs || epoch.is_multiple_of(epochs.div_ceil(MAX_LINES).max(1))
}

/// The values there are, such as "train accuracy 98.80 %, loss 0.0302 | valid loss 0.1000".
fn message(metrics: &[Shown]) -> String {
    let mut text = String::new();
    for (split, name) in ["train", "valid"].into_iter().enumerate() {
        let mut lead = format!("{}{name}", if text.is_empty() { "" } else { " | " });
        for metric in metrics {
            if let Some(value) = metric.values[split] {
                text += &match &metric.unit {
                    Some(unit) => format!("{lead} {} {value:.2} {unit}", metric.name),
                    None => format!("{lead} {} {value:.4}", metric.name),
                };
                lead = ",".to_string();
            }
        }
    }
    text
}

impl MetricsRendererTraining for PlainRenderer {
    fn update_train(&mut self, state: MetricState) {
        self.update(state, 0);
    }

    fn update_valid(&mut self, state: MetricState) {
        self.update(state, 1);
    }
}

impl TrainingProgressLogger for PlainRenderer {
    fn start(&mut self, epochs: usize, first: usize, _: Option<usize>, _: Option<&str>) {
        (self.epochs, self.epoch) = (epochs, first);
        self.bar.reset();
    }

    fn start_split(&mut self, split: &str, total_items: usize) {
        self.in_training_split = split == "train";
        if self.in_training_split {
            self.items = total_items;
            let epoch = format!("{}, epoch {}/{}", self.label, self.epoch, self.epochs);
            self.bar.set_prefix(epoch);
            self.bar.set_length((self.epochs * total_items) as u64);
            if self.bar.position() == 0 && self.epoch > 1 {
                // What was done before a stop says nothing about the speed of today.
                self.bar
                    .set_position(((self.epoch - 1) * total_items) as u64);
                self.bar.reset_eta();
            }
        }
    }

    fn update_split(&mut self, items_processed: usize) {
        if self.in_training_split {
            let done = self.epoch.saturating_sub(1) * self.items;
            self.bar.set_position((done + items_processed) as u64);
        }
    }

    // Only now are the values those of the whole split; before, they are those of a batch.
    fn end_split(&mut self) {
        self.bar.set_message(message(&self.metrics));
    }

    fn update_epoch(&mut self, epoch: usize) {
        self.epoch = epoch + 1;
        if self.prints_lines && prints_line(epoch, self.epochs) {
            let (epoch, values) = (self.bar.prefix(), self.bar.message());
            let [elapsed, left] = [self.bar.elapsed(), self.bar.eta()].map(HumanDuration);
            let line = format!("{epoch} [{elapsed:#}, {left:#} left] {values}");
            // `eprintln!` would end the training when the reader of stderr has gone away.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
    }

    fn log_event_training(&mut self, _: String) {}
}

impl MetricsRenderer for PlainRenderer {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, definition: MetricDefinition) {
        if let MetricAttributes::Numeric(attributes) = definition.attributes {
            self.metrics.push(Shown {
                id: definition.metric_id,
                name: definition.name.to_lowercase(),
                unit: attributes.unit,
                values: [None; 2],
            });
        }
    }
}
without_evaluation!(PlainRenderer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_few_and_include_the_last_epoch() {
        for epochs in 1..=1000 {
            let lines = (1..=epochs).filter(|&epoch| prints_line(epoch, epochs));
            assert!(lines.count() <= MAX_LINES, "{epochs} epochs");
            assert!(prints_line(epochs, epochs), "{epochs} epochs");
        }
    }

    #[test]
    fn the_message_groups_the_values_by_split() {
        let shown = |name: &str, unit: Option<&str>, values| Shown {
            id: MetricId::new(name.to_string().into()),
            name: name.to_string(),
            unit: unit.map(str::to_string),
            values,
        };
        let accuracy = shown("accuracy", Some("%"), [Some(98.8), None]);
        let loss = shown("loss", None, [Some(0.0302), Some(0.1)]);
        let text = "train accuracy 98.80 %, loss 0.0302 | valid loss 0.1000";
        assert_eq!(message(&[accuracy, loss]), text);
        assert_eq!(message(&[shown("loss", None, [None; 2])]), "");
    }

    #[test]
    fn the_bar_runs_over_the_training_items_of_all_epochs() {
        let mut renderer = PlainRenderer::new("network", false);
        renderer.start(3, 1, None, None);
        renderer.start_split("train", 10);
        renderer.start_split("valid", 4);
        renderer.update_split(4);
        assert_eq!(
            (renderer.bar.position(), renderer.bar.length()),
            (0, Some(30))
        );
        renderer.update_epoch(1);
        renderer.start_split("train", 10);
        renderer.update_split(5);
        assert_eq!(renderer.bar.position(), 15);
        assert_eq!(renderer.bar.prefix(), "network, epoch 2/3");
    }
}

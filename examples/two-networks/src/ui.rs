//! How progress is shown: Burn's dashboard, a plain bar, or nothing.

use std::io::{self, Write};

use burn::train::Interrupter;
use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::{MetricAttributes, MetricDefinition, MetricId};
use burn::train::renderer::*;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The most lines that one training prints where no bar can be drawn.
const MAX_LINES: usize = 20;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ui {
    /// Burn's dashboard on a terminal, otherwise plain
    Auto,
    /// Burn's dashboard; plain in a build without the feature `tui`
    Tui,
    /// A progress bar with the time left; without a terminal, a line now and then
    Plain,
    /// Nothing
    None,
}

impl Ui {
    /// A renderer for one training that goes on after `done` epochs. The dashboard lets the user stop
    /// it through `interrupter`.
    #[cfg_attr(not(feature = "tui"), expect(unused_variables))]
    pub fn renderer(
        self,
        interrupter: Interrupter,
        label: &str,
        done: usize,
    ) -> Box<dyn MetricsRenderer> {
        #[cfg(feature = "tui")]
        if self == Self::Tui || self == Self::Auto && io::IsTerminal::is_terminal(&io::stdout()) {
            return Box::new(dashboard::Dashboard::new(interrupter, done));
        }
        Box::new(PlainRenderer::new(label, self != Self::None))
    }
}

/// Tells the user what must not be missed, in whatever way progress is shown.
pub fn warn(text: &str) {
    // `eprintln!` would end the program when the reader of stderr has gone away.
    let _ = writeln!(io::stderr(), "warning: {text}");
}

/// A bar on a terminal, and lines elsewhere, where indicatif hides bars.
struct PlainRenderer {
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
    fn new(label: &str, visible: bool) -> Self {
        let target = match visible {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
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

// Burn asks this of every renderer, but nothing here is evaluated through Burn.
macro_rules! without_evaluation {
    ($renderer:ty) => {
        impl MetricsRendererEvaluation for $renderer {
            fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
        }
        impl EvaluationProgressLogger for $renderer {
            fn start_global_progress(&mut self, _: usize) {}
            fn start_test(&mut self, _: &str, _: usize) {}
            fn update_test_progress(&mut self, _: usize) {}
            fn end_test(&mut self) {}
            fn end_global_progress(&mut self) {}
            fn log_event_evaluation(&mut self, _: String) {}
        }
    };
}
without_evaluation!(PlainRenderer);

#[cfg(feature = "tui")]
mod dashboard {
    use super::*;
    use burn::train::LearnerSummary;

    /// Burn's dashboard, which closes when dropped, without waiting for a key.
    pub(super) struct Dashboard(tui::TuiMetricsRendererWrapper);

    impl Dashboard {
        pub(super) fn new(interrupter: Interrupter, done: usize) -> Self {
            let checkpoint = (done > 0).then_some(done);
            Self(tui::TuiMetricsRendererWrapper::new(interrupter, checkpoint))
        }
    }

    macro_rules! forward {
        ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
            $(fn $name(&mut self, $($arg: $kind),*) { self.0.$name($($arg),*) })*
        };
    }

    impl MetricsRendererTraining for Dashboard {
        forward! { update_train(state: MetricState); update_valid(state: MetricState); }

        // Burn's own resets the interrupter here, before it makes the training's result from it: a
        // training that failed or was stopped would pass for a finished one.
        fn on_train_end(
            &mut self,
            _: Option<LearnerSummary>,
        ) -> Result<(), Box<dyn std::error::Error>> {
            Ok(())
        }
    }

    impl TrainingProgressLogger for Dashboard {
        forward! {
            start(epochs: usize, first: usize, items: Option<usize>, label: Option<&str>);
            start_split(split: &str, total_items: usize);
            update_split(items_processed: usize);
            end_split();
            update_epoch(epoch: usize);
            end();
            log_event_training(event: String);
        }
    }

    impl MetricsRenderer for Dashboard {
        forward! { manual_close(); register_metric(definition: MetricDefinition); }
    }
    without_evaluation!(Dashboard);
}

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

//! Burn's dashboard.

use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::MetricDefinition;
use burn::train::renderer::*;
use burn::train::{Interrupter, LearnerSummary};

use super::terminal;

/// Burn's dashboard, which closes when dropped, without waiting for a key, and leaves Ctrl-C its meaning.
pub(super) struct Dashboard {
    burn: tui::TuiMetricsRendererWrapper,
    has_ctrl_c: bool,
}

impl Dashboard {
    pub(super) fn new(interrupter: Interrupter, done: usize) -> Self {
        let checkpoint = (done > 0).then_some(done);
        Self {
            burn: tui::TuiMetricsRendererWrapper::new(interrupter, checkpoint),
            has_ctrl_c: false,
        }
    }
}

macro_rules! forward {
    ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($arg: $kind),*) { self.burn.$name($($arg),*) })*
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
        end_split();
        update_epoch(epoch: usize);
        end();
        log_event_training(event: String);
    }

    fn update_split(&mut self, items_processed: usize) {
        // Burn sets up the terminal in a thread of its own, some time after this began.
        if !self.has_ctrl_c {
            self.has_ctrl_c = terminal::keep_ctrl_c();
        }
        self.burn.update_split(items_processed);
    }
}

impl MetricsRenderer for Dashboard {
    forward! { manual_close(); register_metric(definition: MetricDefinition); }
}
without_evaluation!(Dashboard);

//! How progress is shown: Burn's dashboard, a plain bar, or nothing.

use std::io::{self, Write};

use burn::train::Interrupter;
use burn::train::renderer::MetricsRenderer;

use plain::PlainRenderer;

// Burn asks this of every renderer, but a run evaluates nothing through Burn.
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

#[cfg(feature = "tui")]
mod dashboard;
mod plain;
#[cfg(feature = "tui")]
mod terminal;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Ui {
    /// Burn's dashboard on a terminal, otherwise plain
    Auto,
    /// Burn's dashboard; plain without a terminal, or in a build without the feature `tui`
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
        if matches!(self, Self::Tui | Self::Auto) && io::IsTerminal::is_terminal(&io::stdout()) {
            return Box::new(dashboard::Dashboard::new(interrupter, done));
        }
        if self == Self::Tui {
            warn("there is no terminal for the dashboard; progress is shown as plain lines");
        }
        Box::new(PlainRenderer::new(label, self != Self::None))
    }
}

/// Prints what the user asked for. Where nobody reads it any more, nothing happens; where it cannot be
/// written, the user is told.
pub fn say(text: &str) {
    let mut out = io::stdout().lock();
    // `println!` would end the program with a panic.
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        warn(&format!("cannot write to the standard output: {error}"));
    }
}

/// Leaves the dashboard's screen, if it is there, where the program ends without closing it.
pub(crate) fn restore_terminal() {
    #[cfg(feature = "tui")]
    terminal::restore();
}

/// Tells the user why the program ends.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "error: {text}");
}

/// Tells the user what must not be missed, in whatever way progress is shown.
pub fn warn(text: &str) {
    // `eprintln!` would end the program when the reader of stderr has gone away.
    let _ = writeln!(io::stderr(), "warning: {text}");
}

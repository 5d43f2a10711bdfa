//! How figures are told: one JSON object, or tables of times.

use std::fmt;

use burn_runs::{Backend, machine};
use serde::Serialize;

/// Where figures were measured.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// What computed.
    pub backend: &'static str,
    /// The processor's name, where the system tells it.
    pub processor: Option<String>,
    /// Cores that the program may use.
    pub cores: usize,
}

impl Place {
    /// This machine.
    pub fn of(backend: Backend) -> Self {
        Self {
            backend: backend.name(),
            processor: machine::processor(),
            cores: machine::cores(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.processor.as_deref().unwrap_or("unknown");
        write!(
            formatter,
            "{} on {processor} ({} cores)",
            self.backend, self.cores
        )
    }
}

/// Prints `report` as one JSON object.
pub fn print_json(report: &impl Serialize) {
    let json = serde_json::to_string_pretty(report).expect("numbers and names become JSON");
    println!("{json}");
}

/// Prints each time of `milliseconds`, a struct of them, and its quotient by `unit`.
pub fn print_times(milliseconds: &impl Serialize, unit: f64) {
    let times = serde_json::to_value(milliseconds).expect("numbers become JSON");
    for (what, time) in times.as_object().into_iter().flatten() {
        let time = time.as_f64().unwrap_or(f64::NAN);
        println!("  {what:<20}{time:>10.3} ms{:>8.2}", time / unit);
    }
}

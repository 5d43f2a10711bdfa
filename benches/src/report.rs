//! How figures are told: one JSON object, tables of times, or a file for each kind of processor.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, fs};

use burn_runs::files::{self, FileError};
use burn_runs::{Backend, machine};
use gemm_common::cache::CACHE_INFO;
use serde::Serialize;
use serde_json::{Map, Value};

/// Where figures were measured.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// What computed.
    pub backend: &'static str,
    /// The processor's name, where the system tells it.
    pub processor: Option<String>,
    /// What is kept of this kind of processor has this name.
    pub file: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// Bytes of the first and of the second level of the cache, a thread's share of them.
    pub caches: [usize; 2],
}

impl Place {
    /// This machine.
    pub fn of(backend: Backend) -> Self {
        Self {
            backend: backend.name(),
            processor: machine::processor(),
            file: file_name(),
            cores: machine::cores(),
            caches: [0, 1].map(|level: usize| CACHE_INFO[level].cache_bytes),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.processor.as_deref().unwrap_or("unknown");
        write!(
            formatter,
            "{} on {processor} ({} cores, {} + {} KiB of cache to a thread)",
            self.backend,
            self.cores,
            self.caches[0] >> 10,
            self.caches[1] >> 10
        )
    }
}

/// How a program tells what it measured, if not by a table alone.
#[derive(Clone, Debug, clap::Args)]
pub struct Telling {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Keep it in the file of this processor in this folder, beside what other programs measured.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Telling {
    /// Tells `report`, which is kept under the `program`'s name.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or written.
    pub fn tell(
        &self,
        program: &str,
        report: &impl Serialize,
        table: impl FnOnce(),
    ) -> Result<(), Box<dyn Error>> {
        let report = serde_json::to_value(report)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            table();
        }
        // Last: what took minutes to measure is told even where it cannot be kept.
        let Some(folder) = &self.keep else {
            return Ok(());
        };
        let path = keep(folder, program, report)?;
        eprintln!("kept in {}", path.display());
        Ok(())
    }
}

/// Keeps `report` in the file of this processor, which it returns.
fn keep(folder: &Path, program: &str, report: Value) -> Result<PathBuf, FileError> {
    let path = folder.join(file_name() + ".json");
    let mut kept: Map<String, Value> = match path.exists() {
        true => files::read_json(&path)?,
        false => Map::new(),
    };
    kept.insert(program.into(), report);
    let failed = |error| FileError::Write {
        file: path.clone(),
        error,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    files::write(&path, format!("{:#}\n", Value::Object(kept)).as_bytes())?;
    Ok(path)
}

/// What a program exits with, which tells its error in a sentence.
pub fn exit_code(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// This processor as the name of a file: "amd-epyc-family-25-model-1".
fn file_name() -> String {
    let name = machine::processor().unwrap_or_else(|| "unknown processor".into());
    let name = name
        .replace("(R)", "")
        .replace("(TM)", "")
        .replace("Processor", "");
    let mut words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    for (key, word) in [("cpu family", "family"), ("model", "model")] {
        words.extend(machine::cpu_info(key).map(|value| format!("{word}-{value}")));
    }
    words.join("-")
}

/// Prints each time of `milliseconds`, a struct of them, and its quotient by `unit`.
pub fn print_times(milliseconds: &impl Serialize, unit: f64) {
    let times = serde_json::to_value(milliseconds).expect("numbers become JSON");
    for (what, time) in times.as_object().into_iter().flatten() {
        let time = time.as_f64().unwrap_or(f64::NAN);
        println!("  {what:<20}{time:>10.3} ms{:>8.2}", time / unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_measured_stands_side_by_side_and_a_file_of_another_kind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = keep(folder.path(), "step", 1.into()).unwrap();
        keep(folder.path(), "sweep", 2.into()).unwrap();
        let kept: Map<String, Value> = files::read_json(&path).unwrap();
        assert_eq!(
            Value::from(kept),
            serde_json::json!({"step": 1, "sweep": 2})
        );

        fs::write(&path, "{").unwrap();
        let refused = keep(folder.path(), "step", 3.into()).unwrap_err();
        let name = path.display().to_string();
        assert!(refused.to_string().contains(&name), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "{", "it is kept");
    }
}

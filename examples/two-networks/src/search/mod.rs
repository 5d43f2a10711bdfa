//! Search: many trials on validation images, one row each, to choose settings and to measure what
//! they do.
//!
//! A [space](Space) says which trials; each leaves a row in `trials.csv`. A search that was stopped
//! goes on where it was. Trials that share stage 1 share its hidden layer. The test set is never
//! touched.

mod figure;
mod jobs;
mod laboratory;
mod log;
mod space;
mod trial;

pub use jobs::WORKER;
pub use space::{Point, Sample, Space};
pub use trial::{Network, Origin, Trial, Variation};

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::train::Interrupter;
use burn_runs::files::{lock, write_whole};
use burn_runs::ui::{self, say};
use burn_runs::{StageError, Ui};

use crate::report::ReportError;
use image_runs::{RunError, Servers};
use laboratory::{Laboratory, Outcome};
use log::{Log, Row};

/// Why a search ended before its last trial.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The file of the space cannot be used.
    #[error("cannot search {}: {reason}", path.display())]
    Space {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A trial has settings that cannot be used.
    #[error("cannot make trial {number}: {reason}")]
    Trial {
        /// Where the trial stands in the space.
        number: usize,
        /// Why.
        reason: String,
    },
    /// A file of the search cannot be read or written.
    #[error("cannot use {}: {reason}; choose another --out", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The process of a worker cannot be started, or cannot be talked to.
    #[error("cannot have a worker: {0}; take fewer with --jobs")]
    Process(std::io::Error),
    /// A worker ended, and has said why.
    #[error("trial {0} was not made")]
    Worker(usize),
    /// The user has stopped it.
    #[error("stopped")]
    Stopped,
    /// A trial stopped.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] ReportError),
}

/// The file beside the trials that says which there are.
const SPACE: &str = "space.json";

/// The file of the rows.
const TRIALS: &str = "trials.csv";

/// How a search is made.
pub struct Means<'a> {
    /// The folder of the data sets.
    pub data_dir: Option<&'a Path>,
    /// The folder to write into.
    pub out: &'a Path,
    /// How progress is shown.
    pub ui: Ui,
    /// How many trials are made at a time, each in a process of its own if there are several.
    pub jobs: usize,
    /// What is computed on, with the backend `remote`.
    pub servers: &'a Servers,
    /// What stops the search at the next batch.
    pub interrupter: &'a Interrupter,
}

/// Makes all trials of the space in the file `space` that `out` does not hold yet. Returns their
/// number.
///
/// # Errors
///
/// A [`SearchError`]. The rows of all trials before it are in `out`.
pub fn search(space: &Path, means: &Means) -> Result<usize, SearchError> {
    let Means { out, ui, .. } = *means;
    let space = Space::read(space)?;
    let trials = Trial::all(&space)?;
    let failed = |error: std::io::Error| SearchError::File {
        path: out.to_path_buf(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(out).map_err(failed)?;
    let _lock = lock(out).map_err(failed)?;
    keep(&space, out)?;
    let keys = space.grid.keys().cloned().collect();
    let mut log = Log::open(out.join(TRIALS), keys, &trials)?;
    let missing: Vec<_> = trials.iter().filter(|trial| !log.holds(trial)).collect();
    if means.jobs > 1 {
        jobs::make(&missing, means, &mut log)?;
    } else {
        let mut laboratory = laboratory(means);
        for trial in &missing {
            let row = make(&mut laboratory, trial)?;
            if ui != Ui::None {
                say(&sentence(trial, row.outcome.validation_error));
            }
            log.add(row)?;
        }
    }
    if let Some(axis) = &space.axis {
        figure::draw(&space, axis, &log.rows, &out.join("trials.svg"))?;
    }
    Ok(missing.len())
}

/// Makes those trials of the space in the file `space` whose numbers come in, for a search of several jobs.
///
/// # Errors
///
/// A [`SearchError`] of the first trial that has one.
pub fn work(space: &Path, means: &Means) -> Result<(), SearchError> {
    let trials = Trial::all(&Space::read(space)?)?;
    let mut laboratory = laboratory(means);
    jobs::work(&trials, |trial| make(&mut laboratory, trial))
}

fn laboratory<'a>(means: &Means<'a>) -> Laboratory<'a> {
    Laboratory {
        data_dir: means.data_dir,
        directory: means.out.to_path_buf(),
        ui: means.ui,
        servers: means.servers.clone(),
        interrupter: means.interrupter.clone(),
        loaded: None,
        hidden: None,
    }
}

/// The row of a trial. One that diverges has a row too.
fn make(laboratory: &mut Laboratory, trial: &Trial) -> Result<Row, SearchError> {
    let started = Instant::now();
    let outcome = match laboratory.make(trial) {
        Ok(outcome) => outcome,
        // The others may still succeed.
        Err(RunError::Training(error @ StageError::Diverged { .. })) => {
            laboratory.interrupter.reset();
            ui::warn(&format!("trial {}: {error}", trial.number));
            Outcome::diverged(started.elapsed().as_secs_f64())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Row::new(trial, outcome))
}

/// Keeps the space beside its trials, and refuses to mix those of two spaces.
fn keep(space: &Space, out: &Path) -> Result<(), SearchError> {
    let path = out.join(SPACE);
    let failed = |reason: String| SearchError::File {
        path: path.clone(),
        reason,
    };
    if path.exists() && Space::read(&path)? != *space {
        return Err(failed("it is the space of another search".into()));
    }
    let mut text = serde_json::to_vec_pretty(space).map_err(|error| failed(error.to_string()))?;
    text.push(b'\n');
    write_whole(&path, &text).map_err(|error| failed(error.to_string()))
}

fn sentence(trial: &Trial, error: f64) -> String {
    let point: Vec<_> = trial
        .point
        .iter()
        .map(|(key, value)| format!("{key} {}", space::plain(value)))
        .collect();
    let end = if error.is_finite() {
        format!("{error:.2} %")
    } else {
        "diverged".into()
    };
    format!("trial {}: {}: {end}", trial.number, point.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_searches_of_this_repository_can_be_made_and_have_their_own_rows() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let entries = |folder: &str| {
            let entries = std::fs::read_dir(package.join(folder)).unwrap();
            entries.map(|entry| entry.unwrap().path())
        };
        let logged = entries("../../results/search").chain(entries("../../results/claims"));
        let folders = logged.filter(|path| path.is_dir());
        let made = folders.map(|folder| folder.join("space.json"));
        for path in entries("searches").chain(made) {
            let opened = Space::read(&path).and_then(|space| {
                let trials = Trial::all(&space)?;
                let keys = space.grid.into_keys().collect();
                Log::open(path.with_file_name(TRIALS), keys, &trials)?;
                Ok(trials)
            });
            let trials = opened.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!trials.is_empty(), "{} makes no trial", path.display());
        }
    }

    #[test]
    fn rows_of_another_search_are_refused() {
        let rows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/claims/mnist-rank");
        let space = Space::read(&rows.join(SPACE)).unwrap();
        let mut trials = Trial::all(&space).unwrap();
        let open = |trials: &[Trial]| {
            let keys = space.grid.keys().cloned().collect();
            Log::open(rows.join(TRIALS), keys, trials).map(|log| log.rows.len())
        };
        assert!(open(&trials).unwrap() > 0);
        // The same numbers, other values.
        for trial in &mut trials {
            trial.point.insert("k".into(), 99.into());
        }
        let error = open(&trials).unwrap_err().to_string();
        assert!(error.contains("a row is not one of this search"), "{error}");
    }
}

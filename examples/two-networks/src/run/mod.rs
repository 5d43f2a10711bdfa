//! A run: both networks learn the same images, and everything worth keeping goes into `--out`.

mod analysis;
pub(crate) mod backprop;
pub(crate) mod classifier;
mod frames;
pub(crate) mod hebbian;
mod identity;
mod images;
pub(crate) mod metrics;
pub(crate) mod readout;
pub(crate) mod stage;
#[cfg(test)]
mod tests;

pub use classifier::classification_error;
pub use identity::settings_of;
pub use images::Experiment;
pub(crate) use images::load_images;

use std::path::{Path, PathBuf};
use std::time::Duration;

use burn::train::Interrupter;
use burn_hebbian::{NetworkFileError, SettingError};
use burn_runs::checkpoint::{CheckpointError, DEFAULT_INTERVAL, Folder};
use burn_runs::metrics::{Rows, to_csv};
use burn_runs::{BackendError, Output, OutputError, Run, StageError, Ui, machine};

use crate::report::{self, ReportError, RunResult};
use crate::settings::{Settings, SettingsError};
use image_sets::DataError;

use stage::Stage;

const RESULT: &str = "result.json";

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// One setting cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The backend is not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The data set cannot be loaded.
    #[error("{0} (the data folder is that of --data-dir)")]
    Data(#[from] DataError),
    /// The output folder cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The report cannot be drawn.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A training stopped.
    #[error(transparent)]
    Training(#[from] StageError),
    /// The biological network cannot be written.
    #[error("cannot write hebbian.safetensors: {0}")]
    Network(#[from] NetworkFileError),
    /// The frames of the animation cannot be written.
    #[error("cannot write the frames of the animation: {0}")]
    Frames(#[from] safetensors::SafeTensorError),
    /// The checkpoints cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// What does not change a run's result: where things are, and how progress is shown.
#[derive(Clone)]
pub struct Surroundings {
    /// The folder of the data sets; without it the digits are built in and others are downloaded.
    pub data_dir: Option<PathBuf>,
    /// The folder to write into.
    pub out: PathBuf,
    /// How progress is shown.
    pub ui: Ui,
    /// Whether to go on with the unfinished run in the folder.
    pub resume: bool,
    /// A checkpoint is written after this time, at the end of an epoch.
    pub checkpoint_every: Duration,
    /// What stops the run at its next batch; what it has is kept in a checkpoint.
    pub interrupter: Interrupter,
}

impl Surroundings {
    /// A fresh run into the folder `out`, with Burn's dashboard on a terminal and a checkpoint every
    /// 30 seconds.
    pub fn new(out: PathBuf) -> Self {
        Self {
            data_dir: None,
            out,
            ui: Ui::Auto,
            resume: false,
            checkpoint_every: DEFAULT_INTERVAL,
            interrupter: Interrupter::new(),
        }
    }
}

/// Trains both networks, and writes all files and the report into the output folder.
///
/// A run that is resumed ends as it would have ended: on the same CPU backend, machine and program
/// it writes the same bytes, clock times apart.
///
/// # Errors
///
/// A [`RunError`]. Bad settings, data or folders are found before anything is written.
pub fn run(settings: &Settings, surroundings: &Surroundings) -> Result<RunResult, RunError> {
    let device = settings.backend.device()?;
    if surroundings.resume {
        settings.backend.check_resume()?;
    }
    let data = load_images(settings.dataset, surroundings.data_dir.as_deref())?;
    let identity = identity::identity(settings, &data);
    let experiment = Experiment::new(data, settings, &device)?;
    let output = Output::create(&surroundings.out)?;
    let checkpoints = if surroundings.resume {
        Folder::resume(output.directory(), identity)?
    } else {
        Folder::start(output.directory(), identity)?
    };

    let rows = Rows::default();
    let stage = Stage {
        settings,
        experiment: &experiment,
        run: Run {
            directory: output.directory().to_path_buf(),
            ui: surroundings.ui,
            rows: rows.clone(),
            valid_split: experiment.judge_split,
            interrupter: surroundings.interrupter.clone(),
            checkpoints: Some((checkpoints.clone(), surroundings.checkpoint_every)),
        },
    };
    let mut hebbian = hebbian::train(&stage, &settings.hebbian_linear(experiment.visible()))?;
    let readout = readout::train(&stage, &hebbian.layer.synapses())?;
    let backprop = backprop::train(&stage)?;
    let analysis = analysis::analyse(
        &experiment,
        settings,
        &hebbian.layer,
        &readout.features,
        &mut hebbian.snapshots,
    );

    let result = RunResult {
        dataset: settings.dataset,
        backend: settings.backend.name().to_string(),
        device: machine::device(settings.backend),
        seed: settings.seed,
        preset: settings.preset.name().to_string(),
        hebbian: report::HebbianResult {
            train_error: readout.errors.train,
            test_error: readout.errors.test,
            validation_error: readout.errors.validation,
            converged: hebbian.converged,
            dead_units: analysis.dead_units(),
            seconds_hebbian: hebbian.seconds,
            seconds_readout: readout.seconds,
        },
        backprop: report::BackpropResult {
            train_error: backprop.errors.train,
            test_error: backprop.errors.test,
            validation_error: backprop.errors.validation,
            seconds: backprop.seconds,
        },
    };
    // Only now: until a run has a result, an earlier one in the same folder stays whole.
    output.withdraw(RESULT)?;
    output.json("config.json", settings)?;
    let network = readout.network(hebbian.layer);
    output.write("hebbian.safetensors", &network.to_safetensors()?)?;
    output.module("backprop.safetensors", backprop.model)?;
    let frames = frames::to_safetensors(&hebbian.snapshots, experiment.visible())?;
    output.write("snapshots.safetensors", &frames)?;
    let metrics = metrics::metrics_rows(&rows.take());
    output.write("metrics.csv", &to_csv(&metrics))?;
    output.json("analysis.json", &analysis)?;
    // It says that all other files are there.
    output.json(RESULT, &result)?;
    report::draw(output.directory())?;
    checkpoints.remove()?;
    Ok(result)
}

/// The folder of a run for which none was named.
pub fn default_out(settings: &Settings) -> PathBuf {
    Path::new("runs").join(settings.dataset.name())
}

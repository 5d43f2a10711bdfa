//! A run: the network learns locally, a readout on top of it, and everything worth keeping goes into
//! `--out`.

mod analysis;
mod backprop;
mod classifier;
mod cnn;
mod features;
mod field;
mod gallery;
mod identity;
mod local;
mod metrics;
mod readout;
mod stage;
mod strongest;

pub use identity::settings_of;
pub use local::Stack;

use std::path::{Path, PathBuf};
use std::time::Duration;

use burn_runs::checkpoint::Folder;
use burn_runs::metrics::{Rows, to_csv};
use burn_runs::{Output, Run, machine};
use image_runs::{Experiment, RunError, Surroundings, load_images};

use crate::report::{self, BackpropResult, LocalResult, RunResult};
use crate::settings::{Backprop, Settings};

use stage::Stage;

const RESULT: &str = "result.json";

/// Trains the network locally and by backpropagation, and writes all files and the report into the
/// output folder.
///
/// A run that is resumed ends as it would have ended: on the same CPU backend, machine and program
/// it writes the same bytes, clock times apart, and what a budget of time decides.
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
    let experiment = Experiment::new(data, settings.dataset, settings.validation, &device)?;
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
    let local = local::train(&stage)?;
    let features = features::features(&stage, &local.stack);
    let readout = readout::train(&stage, &features, local::sum(&local.stack)?)?;
    let result = LocalResult {
        train_error: readout.errors.train,
        test_error: readout.errors.test,
        validation_error: readout.errors.validation,
        seconds_local: local.seconds,
        seconds_features: features.seconds,
        seconds_readout: readout.seconds,
    };
    // Backpropagation needs the memory.
    drop(features);
    let backprop = match settings.backprop {
        Backprop::None => None,
        Backprop::Budget => {
            let budget = Duration::from_secs_f64(result.seconds());
            Some(backprop::train(&stage, Some(budget))?)
        }
        Backprop::Epochs => Some(backprop::train(&stage, None)?),
    };
    let analysis = analysis::analyse(
        settings,
        &local.stack,
        &experiment.planes(&experiment.judge).inputs,
    );

    let result = RunResult {
        dataset: settings.dataset,
        backend: settings.backend.name().to_string(),
        device: machine::device(settings.backend),
        seed: settings.seed,
        preset: settings.preset.name().to_string(),
        rule: settings.rule,
        units: (0..settings.blocks())
            .map(|block| settings.units_of(block))
            .collect(),
        local: result,
        backprop: backprop.as_ref().map(|backprop| BackpropResult {
            train_error: backprop.errors.train,
            test_error: backprop.errors.test,
            validation_error: backprop.errors.validation,
            seconds: backprop.seconds,
        }),
    };
    // Only now: until a run has a result, an earlier one in the same folder stays whole.
    output.withdraw(RESULT)?;
    output.json("config.json", settings)?;
    output.module("local.safetensors", local.stack)?;
    output.module("readout.safetensors", readout.linear)?;
    match backprop {
        Some(backprop) => output.module("backprop.safetensors", backprop.model)?,
        None => output.withdraw("backprop.safetensors")?,
    }
    let metrics = metrics::metrics_rows(&rows.take(), |name| stage.parts_of(name));
    output.write("metrics.csv", &to_csv(&metrics))?;
    output.json("analysis.json", &analysis)?;
    // It says that all other files are there.
    output.json(RESULT, &result)?;
    report::draw(output.directory()).map_err(RunError::report)?;
    checkpoints.remove()?;
    Ok(result)
}

/// The folder of a run for which none was named.
pub fn default_out(settings: &Settings) -> PathBuf {
    Path::new("runs").join(format!("deep-{}", settings.dataset.name()))
}

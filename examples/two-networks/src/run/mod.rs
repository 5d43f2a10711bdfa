//! A run: both networks learn the same images, and everything worth keeping goes into `--out`.

mod analysis;
pub(crate) mod backprop;
pub(crate) mod classifier;
mod features;
pub(crate) mod hebbian;
mod identity;
pub(crate) mod metrics;
pub(crate) mod readout;
pub(crate) mod stage;
pub(crate) mod taken;
#[cfg(test)]
mod tests;

pub use identity::settings_of;
pub use taken::how_to_keep_hidden;

use std::path::{Path, PathBuf};

use burn_runs::metrics::{Row, to_csv};
use burn_runs::{Run, machine};
use image_runs::{Experiment, IMAGES, ImageKind, METRICS, RESULT, RunError, Surroundings, Watch};

use crate::frames;
use crate::report::draft::{self, Draft};
use crate::report::{self, RunResult};
use crate::settings::Settings;

use stage::Stage;
use taken::Taken;

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
    let (data, kind) = surroundings.load_images(&settings.dataset, settings.image_size)?;
    settings.check_images(kind.shape)?;
    let taken = Taken::of(settings, kind.shape)?;
    let identity = identity::identity(settings, &data, taken.as_ref());
    let experiment = Experiment::new(data, &kind, settings.validation, &device)?;
    let (output, checkpoints) = surroundings.open(identity)?;

    let watch = Watch::start(
        surroundings,
        &output,
        &kind,
        metrics::metrics_rows,
        page(settings, &kind, output.directory())?,
    )?;
    let stage = Stage {
        settings,
        experiment: &experiment,
        run: Run {
            directory: output.directory().to_path_buf(),
            ui: surroundings.ui,
            rows: watch.rows.clone(),
            valid_split: experiment.judge_split,
            interrupter: surroundings.interrupter.clone(),
            checkpoints: Some((checkpoints.clone(), surroundings.checkpoint_every)),
        },
    };
    let config = settings.hebbian_linear(experiment.visible());
    let mut hebbian = match &taken {
        Some(taken) => hebbian::take(&stage, &config, taken)?,
        None => hebbian::train(&stage, &config)?,
    };
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
        dataset: settings.dataset.name(),
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
    // Only now: until a run has a result, the one that it takes the place of stays whole.
    output.withdraw(RESULT)?;
    output.json("config.json", settings)?;
    output.json(IMAGES, &kind)?;
    let network = readout.network(hebbian.layer);
    let network = network
        .to_safetensors()
        .map_err(RunError::content(taken::FILE))?;
    output.write(taken::FILE, &network)?;
    output.module("backprop.safetensors", backprop.model)?;
    let frames = frames::to_safetensors(&hebbian.snapshots, experiment.visible())
        .map_err(RunError::content("the frames of the animation"))?;
    output.write("snapshots.safetensors", &frames)?;
    let metrics = metrics::metrics_rows(&watch.rows.take());
    output.write(METRICS, &to_csv(&metrics))?;
    output.json("analysis.json", &analysis)?;
    // It says that all other files are there.
    output.json(RESULT, &result)?;
    report::draw(output.directory()).map_err(RunError::report)?;
    if let Some(board) = &watch.board {
        let pictures = report::pictures(output.directory()).map_err(RunError::report)?;
        let epochs = [settings.epochs_hebbian, settings.epochs_backprop];
        let tags = ["hebbian/detectors", "backprop/detectors"];
        for ((tag, epoch), picture) in tags.into_iter().zip(epochs).zip(pictures) {
            board
                .image(tag, epoch, &picture)
                .map_err(RunError::report)?;
        }
    }
    watch.finish(&output)?;
    checkpoints.remove()?;
    Ok(result)
}

/// What makes the live page of a run of the rows so far.
fn page(
    settings: &Settings,
    kind: &ImageKind,
    directory: &Path,
) -> Result<impl Fn(&[Row]) -> String + Send + use<>, RunError> {
    let settings = serde_json::to_value(settings).map_err(RunError::content("the live page"))?;
    let settings = settings.as_object().cloned().unwrap_or_default();
    let (kind, directory) = (kind.clone(), directory.to_path_buf());
    Ok(move |rows: &[Row]| {
        let draft = Draft {
            settings: &settings,
            kind: &kind,
            metrics: &metrics::metrics_rows(rows),
            detectors: draft::detectors_in(&directory),
            is_live: true,
        };
        draft.render().unwrap_or_else(|error| error.to_string())
    })
}

/// The folder of a run for which none was named.
pub fn default_out(settings: &Settings) -> PathBuf {
    let (dataset, preset) = (settings.dataset.name(), settings.preset.name());
    Path::new("runs").join(format!("{dataset}-{preset}-{}", settings.seed))
}

//! A run: one or both networks learn the same images, and everything worth keeping goes into `--out`.

pub(crate) mod analysis;
pub(crate) mod backprop;
mod biological;
pub(crate) mod centre;
pub(crate) mod classifier;
mod features;
pub(crate) mod hebbian;
mod identity;
pub(crate) mod metrics;
pub(crate) mod readout;
pub(crate) mod stage;
pub(crate) mod start;
pub(crate) mod taken;
#[cfg(test)]
mod tests;

pub use identity::settings_of;
pub use taken::how_to_keep_hidden;

use std::path::{Path, PathBuf};

use burn_hebbian::SettingError;
use burn_runs::Run;
use burn_runs::metrics::{Row, to_csv};
use image_runs::export::EXPORTS;
use image_runs::{Experiment, IMAGES, ImageKind, METRICS, RESULT, RunError, Surroundings, Watch};

use crate::frames;
use crate::report::draft::{self, Draft};
use crate::report::{
    self, ANIMATION_FILE, BACKPROP_FILE, BIOLOGICAL_FILE, RunResult, SNAPSHOTS_FILE,
};
use crate::settings::Settings;

use backprop::Backprop;
use stage::Stage;
use taken::Taken;

/// Trains the networks of the settings, and writes all files and the report into the output folder.
///
/// A run that is resumed ends as it would have ended: on the same CPU backend, machine and program
/// it writes the same bytes, clock times apart.
///
/// # Errors
///
/// A [`RunError`]. Bad settings, data or folders are found before anything is written.
pub fn run(settings: &Settings, surroundings: &Surroundings) -> Result<RunResult, RunError> {
    let devices = surroundings.servers.devices(settings.backend)?;
    settings.check_devices(devices.len())?;
    if surroundings.resume {
        settings.backend.check_resume()?;
    }
    let (data, kind) = surroundings.load_images(&settings.dataset, settings.image_size)?;
    settings.check_images(kind.shape)?;
    let taken = Taken::of(settings, kind.shape)?;
    let identity = identity::identity(settings, &data, taken.as_ref());
    let experiment = Experiment::new(data, &kind, settings.validation, &devices[0])?;
    check_counts(settings, &experiment)?;
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
        devices: &devices,
        run: Run {
            directory: output.directory().to_path_buf(),
            ui: surroundings.ui,
            rows: watch.rows.clone(),
            valid_split: experiment.judge_split,
            interrupter: surroundings.interrupter.clone(),
            checkpoints: Some((checkpoints.clone(), surroundings.checkpoint_every)),
        },
    };
    let only = settings.only;
    let biological = only.has_biological();
    let biological = biological.then(|| biological::train(&stage, taken.as_ref()));
    let mut biological = biological.transpose()?;
    let backprop = only.has_backprop().then(|| backprop::train(&stage));
    let backprop = backprop.transpose()?;
    let analysis = analysis::analyse(&experiment, settings, biological.as_mut());

    let result = RunResult {
        dataset: settings.dataset.name(),
        backend: settings.backend.name().to_string(),
        device: surroundings.servers.machine(settings.backend),
        seed: settings.seed,
        preset: settings.preset.name().to_string(),
        hebbian: biological
            .as_ref()
            .map(|biological| biological.result(analysis.dead_units())),
        backprop: backprop.as_ref().map(Backprop::result),
    };
    // Only now: until a run has a result, the one that it takes the place of stays whole.
    let files = [
        RESULT,
        BIOLOGICAL_FILE,
        BACKPROP_FILE,
        SNAPSHOTS_FILE,
        ANIMATION_FILE,
    ];
    for name in files.into_iter().chain(EXPORTS) {
        output.withdraw(name)?;
    }
    output.json("config.json", settings)?;
    output.json(IMAGES, &kind)?;
    if let Some(biological) = biological {
        let frames = frames::to_safetensors(&biological.hidden.snapshots, experiment.visible())
            .map_err(RunError::content("the frames of the animation"))?;
        output.write(SNAPSHOTS_FILE, &frames)?;
        let network = biological.network().to_safetensors();
        let network = network.map_err(RunError::content(BIOLOGICAL_FILE))?;
        output.write(BIOLOGICAL_FILE, &network)?;
    }
    if let Some(backprop) = backprop {
        output.module(BACKPROP_FILE, backprop.model)?;
    }
    let metrics = metrics::metrics_rows(&watch.rows.take());
    output.write(METRICS, &to_csv(&metrics))?;
    output.json("analysis.json", &analysis)?;
    // It says that all other files are there.
    output.json(RESULT, &result)?;
    report::draw(output.directory()).map_err(RunError::report)?;
    if let Some(board) = &watch.board {
        let [biological, backprop] =
            report::pictures(output.directory()).map_err(RunError::report)?;
        for (tag, epoch, picture) in [
            ("hebbian/detectors", settings.epochs_hebbian, biological),
            ("backprop/detectors", settings.epochs_backprop, backprop),
        ] {
            if let Some(picture) = picture {
                board
                    .image(tag, epoch, &picture)
                    .map_err(RunError::report)?;
            }
        }
    }
    watch.finish(&output)?;
    checkpoints.remove()?;
    Ok(result)
}

/// Checks the settings that depend on how many images there are.
pub(crate) fn check_counts(
    settings: &Settings,
    experiment: &Experiment,
) -> Result<(), SettingError> {
    start::check(settings, experiment.train_images.len())?;
    experiment.check_labels(settings.labels)
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

//! A run: the network learns locally, a readout on top of it, and everything worth keeping goes into
//! `--out`.

mod analysis;
mod backprop;
mod classifier;
pub(crate) mod cnn;
pub(crate) mod features;
mod field;
mod gallery;
mod identity;
pub(crate) mod local;
mod metrics;
mod readout;
mod stage;
mod strongest;

pub use identity::settings_of;
pub use local::Stack;

use std::path::{Path, PathBuf};
use std::time::Duration;

use burn_runs::Run;
use burn_runs::metrics::{Row, to_csv};
use image_runs::export::EXPORTS;
use image_runs::{Experiment, IMAGES, ImageKind, METRICS, RESULT, RunError, Surroundings, Watch};

use crate::report::draft::{self, Draft};
use crate::report::{self, LocalResult, RunResult};
use crate::settings::{Backprop, Settings};

use backprop::Trained;
use stage::{Parts, Stage};

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
    // Batch norms see the batch of their own device only.
    let servers = &surroundings.servers;
    let device = servers.device(settings.backend, "a deep network")?;
    if surroundings.resume {
        settings.backend.check_resume()?;
    }
    let (data, kind) = surroundings.load_images(&settings.dataset, settings.image_size)?;
    settings.check_images(kind.shape)?;
    let identity = identity::identity(settings, &data)?;
    let experiment = Experiment::new(data, &kind, settings.validation, &device)?;
    let labelled = experiment.draw(&experiment.train, settings.labels, settings.seed)?;
    let (output, checkpoints) = surroundings.open(identity)?;

    let parts = Parts::new(&experiment, &labelled, settings);
    let watch = Watch::start(
        surroundings,
        &output,
        &kind,
        move |rows| metrics::metrics_rows(rows, |stage| parts.of(stage)),
        page(settings, &kind, parts, output.directory())?,
    )?;
    let stage = Stage {
        settings,
        experiment: &experiment,
        labelled,
        parts,
        run: Run {
            directory: output.directory().to_path_buf(),
            ui: surroundings.ui,
            rows: watch.rows.clone(),
            valid_split: experiment.judge_split,
            interrupter: surroundings.interrupter.clone(),
            checkpoints: Some((checkpoints.clone(), surroundings.checkpoint_every)),
        },
    };
    let local = local::blocks(&stage)?;
    let foundation = local::sum(&local.stack)?;
    let features = features::features(&stage, &local.stack);
    let readout = readout::train(&stage, &features, foundation.clone())?;
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
    let budget = match settings.backprop {
        Backprop::Budget => Some(Duration::from_secs_f64(result.seconds())),
        Backprop::Epochs | Backprop::None => None,
    };
    let backprop = match settings.backprop {
        Backprop::None => None,
        _ => Some(backprop::from_scratch(&stage, budget)?),
    };
    let fine_tuned = match settings.fine_tune {
        true => Some(backprop::fine_tuned(
            &stage,
            &local.stack,
            foundation,
            budget,
        )?),
        false => None,
    };
    let analysis = analysis::analyse(
        settings,
        &local.stack,
        &experiment.planes(&experiment.judge).inputs,
    );

    let result = RunResult {
        dataset: settings.dataset.name(),
        backend: settings.backend.name().to_string(),
        device: servers.machine(settings.backend),
        seed: settings.seed,
        preset: settings.preset.name().to_string(),
        rule: settings.rule,
        units: (0..settings.blocks())
            .map(|block| settings.units_of(block))
            .collect(),
        local: result,
        labels: settings.labels,
        backprop: backprop.as_ref().map(Trained::result),
        fine_tuned: fine_tuned.as_ref().map(Trained::result),
    };
    // Only now: until a run has a result, the one that it takes the place of stays whole.
    for name in [RESULT].into_iter().chain(EXPORTS) {
        output.withdraw(name)?;
    }
    output.json("config.json", settings)?;
    output.json(IMAGES, &kind)?;
    output.module(local::FILE, local.stack)?;
    output.module("readout.safetensors", readout.linear)?;
    for (file, trained) in [
        ("backprop.safetensors", backprop),
        ("fine-tuned.safetensors", fine_tuned),
    ] {
        match trained {
            Some(trained) => output.module(file, trained.model)?,
            None => output.withdraw(file)?,
        }
    }
    let metrics = metrics::metrics_rows(&watch.rows.take(), |stage| parts.of(stage));
    output.write(METRICS, &to_csv(&metrics))?;
    output.json("analysis.json", &analysis)?;
    // It says that all other files are there.
    output.json(RESULT, &result)?;
    report::draw(output.directory()).map_err(RunError::report)?;
    if let Some(board) = &watch.board {
        let picture = report::picture(output.directory()).map_err(RunError::report)?;
        if let Some(picture) = picture {
            let shown = board.image("local/filters", settings.epochs_local, &picture);
            shown.map_err(RunError::report)?;
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
    parts: Parts,
    directory: &Path,
) -> Result<impl Fn(&[Row]) -> String + Send + use<>, RunError> {
    let settings = serde_json::to_value(settings).map_err(RunError::content("the live page"))?;
    let settings = settings.as_object().cloned().unwrap_or_default();
    let (kind, directory) = (kind.clone(), directory.to_path_buf());
    Ok(move |rows: &[Row]| {
        let draft = Draft {
            settings: &settings,
            kind: &kind,
            metrics: &metrics::metrics_rows(rows, |stage| parts.of(stage)),
            filters: draft::filters_in(&directory),
            is_live: true,
        };
        draft.render().unwrap_or_else(|error| error.to_string())
    })
}

/// The folder of a run for which none was named.
pub fn default_out(settings: &Settings) -> PathBuf {
    let (dataset, preset) = (settings.dataset.name(), settings.preset.name());
    Path::new("runs").join(format!("deep-{dataset}-{preset}-{}", settings.seed))
}

//! Hidden units that an earlier run has learned.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use burn_hebbian::SettingError;
use burn_runs::checkpoint::{CheckpointError, Folder};
use burn_runs::files::{FileError, read, read_json};
use image_runs::{RESULT, RunError, quoted};
use image_sets::ImageShape;

use super::identity::settings_of;
use crate::report::{BIOLOGICAL_FILE, RunResult, is_centred, units_in};
use crate::settings::{Overrides, Settings};

/// Hidden units that an earlier run has learned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taken {
    /// The synapses, unit after unit.
    pub synapses: Vec<f32>,
    /// The time in which they learned, in seconds.
    pub seconds: f64,
    /// Height of the matrix.
    hidden: usize,
}

impl Taken {
    /// The hidden units that the settings take from an earlier run, for images of this shape. Of a run that has not
    /// ended they are those of its newest checkpoint.
    ///
    /// # Errors
    ///
    /// A [`RunError`] where the run has none, or others than the settings ask for.
    pub fn of(settings: &Settings, image: ImageShape) -> Result<Option<Self>, RunError> {
        let Some(folder) = settings.from_hidden.folder() else {
            return Ok(None);
        };
        let (synapses, seconds, centred) = if folder.join(RESULT).exists() {
            let result: RunResult = read_json(&folder.join(RESULT))?;
            let none = || FileError::malformed(folder, "the run trained no biological network");
            let result = result.hebbian.ok_or_else(none)?;
            let file = folder.join(BIOLOGICAL_FILE);
            let bytes = read(&file)?;
            let synapses = units_in(&file, &bytes, image.visible())?;
            (synapses, result.seconds_hebbian, is_centred(&file, &bytes)?)
        } else {
            of_checkpoint(folder)?
        };
        if settings.centre != centred {
            let allowed = format!("{centred}, as in the run of --from-hidden");
            return Err(SettingError::new("centre", settings.centre, allowed).into());
        }
        let wanted = settings.hidden * image.visible();
        if synapses.len() != wanted {
            let found = synapses.len() as f64 / image.visible() as f64;
            let allowed = format!(
                "{found}, the hidden units of the run of --from-hidden for images of {} values",
                image.visible()
            );
            return Err(SettingError::new("hidden", settings.hidden, allowed).into());
        }
        Ok(Some(Self {
            synapses,
            seconds,
            hidden: settings.hidden,
        }))
    }

    /// The synapses as a tensor, `[hidden, visible]`.
    pub fn tensor(&self, device: &Device) -> Tensor<2> {
        let shape = [self.hidden, self.synapses.len() / self.hidden];
        Tensor::from_data(TensorData::new(self.synapses.clone(), shape), device)
    }
}

/// The hidden units of the newest checkpoint in `folder`, the seconds in which they learned, and whether from images
/// without their mean.
fn of_checkpoint(folder: &Path) -> Result<(Vec<f32>, f64, bool), RunError> {
    let unfinished = Folder::unfinished(folder).map_err(|error| match error {
        CheckpointError::Nothing(_) => {
            FileError::malformed(folder, "it holds no run, ended or not").into()
        }
        error => RunError::from(error),
    })?;
    let none = || FileError::malformed(folder, "it holds no checkpoint of a hidden layer");
    let checkpoint = unfinished.of_stage("hebbian").ok_or_else(none)?;
    let synapses = checkpoint.parameter("weight");
    let synapses = synapses.map_err(|flaw| FileError::malformed(folder, flaw))?;
    let settings = settings_of(&unfinished.identity, &Overrides::default())?;
    Ok((
        synapses.ok_or_else(none)?,
        checkpoint.about.seconds,
        settings.centre,
    ))
}

/// How to keep the hidden units of the unfinished run in `folder`, where it has some.
pub fn how_to_keep_hidden(folder: &Path) -> Option<String> {
    of_checkpoint(folder).ok()?;
    let folder = quoted(folder);
    Some(format!(
        "--from-hidden {folder} --out DIR keeps the hidden units of its last good checkpoint"
    ))
}

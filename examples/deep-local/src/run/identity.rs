//! What a run is: its settings and its images.

use burn_runs::checkpoint::Identity;
use burn_runs::files::{read, read_json};
use image_runs::{IMAGES, ImageKind, RunError, SettingsError, overrides_of};
use image_sets::DataSplit;

use super::local;
use crate::settings::{Overrides, Settings};

/// The identity of a run with `settings` on `data`, and on the blocks of its origin.
///
/// # Errors
///
/// A [`RunError`] where the origin is no finished run of the same network.
pub(super) fn identity(settings: &Settings, data: &DataSplit) -> Result<Identity, RunError> {
    let identity = image_runs::identity("deep-local", env!("CARGO_PKG_VERSION"), settings, data);
    let Some(folder) = settings.from_local.folder() else {
        return Ok(identity);
    };
    let blocks = read(&folder.join(local::FILE))?;
    let config = folder.join("config.json");
    let origin = Settings::resolve(Some(&config), &Overrides::default())?;
    let images: ImageKind = read_json(&folder.join(IMAGES))?;
    settings.check_same_network(data.train.shape, (&origin, images.shape))?;
    Ok(identity.with_sum("the blocks of --from-local", &[&blocks]))
}

/// The settings of the run with this identity, changed by `flags`.
///
/// # Errors
///
/// A [`SettingsError`] where this program cannot use the settings.
pub fn settings_of(identity: &Identity, flags: &Overrides) -> Result<Settings, SettingsError> {
    let mut overrides: Overrides = overrides_of(identity)?;
    overrides.overlay(flags);
    Settings::resolve(None, &overrides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule, preset};
    use image_sets::ImageSet;

    #[test]
    fn settings_come_back_and_flags_win() {
        let data = ImageSet::Digits.load(None).unwrap();
        let settings = preset(ImageSet::Digits, Preset::Paper, Rule::Plain);
        let identity = identity(&settings, &data).unwrap();
        let same = settings_of(&identity, &Overrides::default()).unwrap();
        assert_eq!(same, settings);
        let flags = Overrides {
            k: Some(3),
            ..Default::default()
        };
        assert_eq!(settings_of(&identity, &flags).unwrap().k, 3);
    }
}

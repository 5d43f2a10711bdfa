//! What a run is: its settings and its images.

use burn_runs::checkpoint::Identity;
use image_runs::SettingsError;
use image_runs::overrides_of;
use image_sets::DataSplit;

use super::taken::Taken;
use crate::settings::{Overrides, Settings};

/// The identity of a run with `settings` on `data`, and on the hidden units that it takes from another.
pub(super) fn identity(settings: &Settings, data: &DataSplit, taken: Option<&Taken>) -> Identity {
    let identity = image_runs::identity("two-networks", env!("CARGO_PKG_VERSION"), settings, data);
    let Some(Taken { synapses, .. }) = taken else {
        return identity;
    };
    let bytes: Vec<u8> = synapses
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    identity.with_sum("the hidden units of --from-hidden", &[&bytes])
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
    use crate::settings::{Preset, preset};
    use image_sets::ImageSet;

    #[test]
    fn settings_come_back_and_flags_win() {
        let data = ImageSet::Digits.load(None).unwrap();
        let settings = preset(ImageSet::Digits, Preset::Paper);
        let identity = identity(&settings, &data, None);
        let same = settings_of(&identity, &Overrides::default()).unwrap();
        assert_eq!(same, settings);
        let flags = Overrides {
            k: Some(3),
            ..Default::default()
        };
        assert_eq!(settings_of(&identity, &flags).unwrap().k, 3);
    }
}

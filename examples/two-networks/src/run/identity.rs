//! What a run is: its settings and its images.

use burn_runs::checkpoint::Identity;
use image_runs::SettingsError;
use image_runs::settings::of_identity;
use image_sets::DataSplit;

use crate::settings::{Overrides, Settings};

/// The identity of a run with `settings` on `data`.
pub(super) fn identity(settings: &Settings, data: &DataSplit) -> Identity {
    let (train, test) = (&data.train, &data.test);
    Identity::new("two-networks", env!("CARGO_PKG_VERSION"), settings)
        .with_sum("the training images", &[&train.pixels, &train.labels])
        .with_sum("the test images", &[&test.pixels, &test.labels])
}

/// The settings of the run with this identity, changed by `flags`.
///
/// # Errors
///
/// A [`SettingsError`] where this program cannot use the settings.
pub fn settings_of(identity: &Identity, flags: &Overrides) -> Result<Settings, SettingsError> {
    let mut overrides: Overrides = of_identity(identity)?;
    overrides.overlay(flags);
    Settings::resolve(None, &overrides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, preset};
    use image_sets::ImageSet;

    #[test]
    fn another_setting_or_image_is_another_run() {
        let mut data = ImageSet::Digits.load(None).unwrap();
        let mut settings = preset(ImageSet::Digits, Preset::Quick);
        settings.learning_rate = 0.1 + 0.2;
        let first = identity(&settings, &data);
        assert_eq!(identity(&settings, &data), first);
        let mut other = settings.clone();
        other.delta = 0.7;
        let text = format!("delta is 0.7 and was {}", settings.delta);
        assert_eq!(identity(&other, &data).difference(&first), Some(text));

        let text = |name: &str| Some(format!("the {name} images are not the same"));
        data.test.labels[0] ^= 1;
        let difference = identity(&settings, &data).difference(&first);
        assert_eq!(difference, text("test"));
        data.train.pixels[0] ^= 1;
        let difference = identity(&settings, &data).difference(&first);
        assert_eq!(difference, text("training"));
    }

    #[test]
    fn settings_come_back_and_flags_win() {
        let data = ImageSet::Digits.load(None).unwrap();
        let settings = preset(ImageSet::Digits, Preset::Paper);
        let identity = identity(&settings, &data);
        let same = settings_of(&identity, &Overrides::default()).unwrap();
        assert_eq!(same, settings);
        let flags = Overrides {
            k: Some(3),
            ..Default::default()
        };
        assert_eq!(settings_of(&identity, &flags).unwrap().k, 3);
    }
}

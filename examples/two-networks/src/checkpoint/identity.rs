//! What a checkpoint belongs to: settings and images.

use image_sets::DataSplit;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::settings::{Overrides, Settings, SettingsError};

/// The settings and the images of a run. Two runs with the same one are the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The version of this program: another one may take other steps.
    version: String,
    /// All settings, as `config.json` has them.
    settings: Map<String, Value>,
    /// SHA-256 of the training images and their labels.
    training_images: String,
    /// SHA-256 of the test images and their labels.
    test_images: String,
}

impl Identity {
    /// The identity of a run with `settings` on `data`.
    pub fn new(settings: &Settings, data: &DataSplit) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_string(),
            settings: entries(settings),
            training_images: data.train.digest(),
            test_images: data.test.digest(),
        }
    }

    /// The settings of the run, changed by `flags`.
    ///
    /// # Errors
    ///
    /// A [`SettingsError`] where this program cannot use the settings.
    pub fn settings(&self, flags: &Overrides) -> Result<Settings, SettingsError> {
        let settings = Value::Object(self.settings.clone());
        let mut overrides: Overrides =
            serde_json::from_value(settings).map_err(SettingsError::Foreign)?;
        overrides.overlay(flags);
        Settings::resolve(None, &overrides)
    }

    /// What is different in `checkpoint`, in words; the first difference if there are several.
    pub fn difference(&self, checkpoint: &Self) -> Option<String> {
        let text = |value: Option<&Value>| value.map_or("none".into(), Value::to_string);
        let settings = self.settings.iter().find_map(|(name, value)| {
            let found = checkpoint.settings.get(name);
            (found != Some(value))
                .then(|| format!("{name} is {value} and was {}", text(found).as_str()))
        });
        let differs = |what: &str, same: bool| (!same).then(|| format!("{what} are not the same"));
        settings
            .or_else(|| {
                let same = self.training_images == checkpoint.training_images;
                differs("the training images", same)
            })
            .or_else(|| {
                let same = self.test_images == checkpoint.test_images;
                differs("the test images", same)
            })
            .or_else(|| {
                let (now, then) = (&self.version, &checkpoint.version);
                (now != then).then(|| format!("this program is version {now} and was {then}"))
            })
            .or_else(|| differs("the settings", self == checkpoint))
    }
}

/// The settings as they come out of a file. A float may differ in its last bit from what was
/// written, which must not count as a difference: both sides of a comparison take this way.
fn entries(settings: &Settings) -> Map<String, Value> {
    let text = serde_json::to_vec(settings).expect("settings are plain values");
    serde_json::from_slice(&text).expect("settings are an object")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, preset};
    use image_sets::ImageSet;

    #[test]
    fn the_first_difference_is_named() {
        let mut data = ImageSet::Digits.load(None).unwrap();
        let mut settings = preset(ImageSet::Digits, Preset::Quick);
        settings.learning_rate = 0.1 + 0.2;
        let first = Identity::new(&settings, &data);
        assert_eq!(first.difference(&first.clone()), None);
        let difference = |settings: &Settings, data: &DataSplit| {
            Identity::new(settings, data).difference(&first).unwrap()
        };

        let mut other = settings.clone();
        (other.k, other.delta) = (5, 0.7);
        let text = format!("delta is 0.7 and was {}", settings.delta);
        assert_eq!(difference(&other, &data), text);

        data.test.labels[0] ^= 1;
        assert_eq!(
            difference(&settings, &data),
            "the test images are not the same"
        );
        data.train.pixels[0] ^= 1;
        assert_eq!(
            difference(&settings, &data),
            "the training images are not the same"
        );
        let mut older = first.clone();
        older.version = "0.0.1".into();
        let text = first.difference(&older).unwrap();
        assert!(text.ends_with("and was 0.0.1"), "{text}");
    }

    #[test]
    fn settings_come_back_and_flags_win() {
        let data = ImageSet::Digits.load(None).unwrap();
        let settings = preset(ImageSet::Digits, Preset::Paper);
        let identity = Identity::new(&settings, &data);
        let same = identity.settings(&Overrides::default()).unwrap();
        assert_eq!(same, settings);
        let flags = Overrides {
            k: Some(3),
            ..Default::default()
        };
        assert_eq!(identity.settings(&flags).unwrap().k, 3);
    }
}

//! What a run is: its program, its settings and its images.

use burn_runs::checkpoint::Identity;
use image_sets::DataSplit;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::SettingsError;

/// The identity of a run of `program` with `settings` on `data`.
pub fn identity(
    program: &str,
    version: &str,
    settings: &impl Serialize,
    data: &DataSplit,
) -> Identity {
    let (train, test) = (&data.train, &data.test);
    let (train_labels, test_labels) = (train.label_bytes(), test.label_bytes());
    Identity::new(program, version, settings)
        .computed_on("backend")
        .with_sum("the training images", &[&train.pixels, &train_labels])
        .with_sum("the test images", &[&test.pixels, &test_labels])
}

/// The overrides that give the settings of the run with this identity again.
///
/// # Errors
///
/// A [`SettingsError`] where they are those of another program.
pub fn overrides_of<T: DeserializeOwned>(identity: &Identity) -> Result<T, SettingsError> {
    let settings = Value::Object(identity.settings().clone());
    serde_json::from_value(settings).map_err(SettingsError::Foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_sets::ImageSet;
    use serde_json::json;

    #[test]
    fn another_setting_or_image_is_another_run() {
        let mut data = ImageSet::Digits.load(None).unwrap();
        let settings = json!({"rate": 0.1 + 0.2, "delta": 0.4});
        let identity = |settings: &Value, data: &DataSplit| {
            super::identity("program", "1.0.0", settings, data)
        };
        let first = identity(&settings, &data);
        assert_eq!(identity(&settings, &data), first);
        let other = json!({"rate": 0.1 + 0.2, "delta": 0.7});
        let text = "delta is 0.7 and was 0.4".to_string();
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
    fn the_settings_of_another_program_are_refused() {
        let identity = Identity::new("program", "1.0.0", &json!({"width": 2}));
        let error = overrides_of::<Vec<u8>>(&identity).unwrap_err().to_string();
        let expected = "the settings of the checkpoint are not those of this program";
        assert!(error.starts_with(expected), "{error}");
    }
}

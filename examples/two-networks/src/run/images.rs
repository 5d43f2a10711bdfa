//! The images of a run, on the device.

use std::path::Path;

use burn::tensor::Device;
use burn_hebbian::SettingError;
use burn_hebbian::train::Labelled;
use burn_runs::ui;
use image_sets::{DataError, DataSplit, ImageSet, Images};

use crate::settings::Settings;

/// Loads a data set, with a warning for each file that may be damaged.
pub(crate) fn load_images(
    dataset: ImageSet,
    data_dir: Option<&Path>,
) -> Result<DataSplit, DataError> {
    let data = dataset.load(data_dir)?;
    for file in dataset.damaged(data_dir) {
        ui::warn(&format!(
            "{} has the length of the published file but another SHA-256 sum: it may be damaged",
            file.display()
        ));
    }
    Ok(data)
}

/// The images to learn from and those to judge by.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The device of all tensors, without autodiff.
    pub device: Device,
    /// The images to learn from, on the host.
    pub train_images: Images,
    /// The images to learn from, pixels from 0 to 1.
    pub train: Labelled,
    /// The images that errors are reported on: the test set, or what `--validation` held out.
    pub judge: Labelled,
    /// `test` or `validation`.
    pub judge_split: &'static str,
    /// The number of classes.
    pub classes: usize,
}

impl Experiment {
    /// Moves the images to the device.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where `--validation` leaves nothing to learn from.
    pub fn new(
        data: DataSplit,
        settings: &Settings,
        device: &Device,
    ) -> Result<Self, SettingError> {
        let count = data.train.len();
        let held_out = settings.validation;
        if held_out >= count {
            let allowed = format!("below the number of training images, {count}");
            return Err(SettingError::new("validation", held_out, allowed));
        }
        // With a validation set the test set is dropped here, so that nothing can read it.
        let (train_images, judge, judge_split) = match held_out {
            0 => (data.train, data.test, "test"),
            _ => {
                let (train, validation) = data.train.split_last(held_out);
                (train, validation, "validation")
            }
        };
        Ok(Self {
            device: device.clone(),
            train: on_device(&train_images, device),
            judge: on_device(&judge, device),
            train_images,
            judge_split,
            classes: settings.dataset.classes(),
        })
    }

    /// The number of visible units.
    pub fn visible(&self) -> usize {
        self.train_images.shape.visible()
    }
}

fn on_device(images: &Images, device: &Device) -> Labelled {
    let (inputs, labels) = images.to_tensors(device);
    Labelled { inputs, labels }
}

#[cfg(test)]
mod tests {
    use image_sets::ImageShape;

    use super::*;
    use crate::settings::{Preset, preset};

    fn images(count: u8) -> Images {
        Images {
            pixels: (0..count).flat_map(|i| [i, 16]).collect(),
            labels: (0..count).map(|i| i % 10).collect(),
            shape: ImageShape {
                channels: 1,
                height: 1,
                width: 2,
            },
            white: 16,
        }
    }

    fn experiment(validation: usize) -> Result<Experiment, SettingError> {
        let mut settings = preset(ImageSet::Digits, Preset::Quick);
        settings.validation = validation;
        let data = DataSplit {
            train: images(8),
            test: images(4),
        };
        Experiment::new(data, &settings, &Device::default())
    }

    #[test]
    fn without_validation_the_test_set_judges() {
        let experiment = experiment(0).unwrap();
        assert_eq!(experiment.judge_split, "test");
        assert_eq!(experiment.train.inputs.dims(), [8, 2]);
        assert_eq!(experiment.judge.inputs.dims(), [4, 2]);
        let first: Vec<f32> = experiment.train.inputs.into_data().iter().take(4).collect();
        assert_eq!(first, [0.0, 1.0, 1.0 / 16.0, 1.0]);
    }

    #[test]
    fn with_validation_the_last_training_images_judge() {
        let experiment = experiment(3).unwrap();
        assert_eq!(experiment.judge_split, "validation");
        let labels: Vec<i64> = experiment.judge.labels.into_data().iter().collect();
        assert_eq!(labels, [5, 6, 7]);
        assert_eq!(experiment.train_images.len(), 5);
    }

    #[test]
    fn validation_must_leave_images_to_learn() {
        let error = experiment(8).unwrap_err().to_string();
        assert_eq!(
            error,
            "validation = 8 is not allowed: it must be below the number of training images, 8"
        );
    }
}

//! The images of a run, on the device.

use burn::data::dataloader::DataLoader;
use burn::tensor::{Device, Int, Tensor};
use burn_hebbian::SettingError;
use burn_hebbian::train::Labelled;
use burn_runs::ui;
use image_sets::{DataSplit, ImageShape, Images};

use crate::draw::balanced;
use crate::images::lacking;
use crate::loader::labelled;
use crate::{ImageKind, RunError};

/// Batches of this size are used where nothing is learned.
pub const EVALUATION_BATCH: usize = 1000;

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
    /// Moves images of a `kind` to the device. The last `held_out` training images, if any, take
    /// the place of the test set, with a warning where either part then lacks classes.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for `validation` where that leaves nothing to learn from, and [`RunError::Images`] where the
    /// device cannot hold them.
    pub fn new(
        data: DataSplit,
        kind: &ImageKind,
        held_out: usize,
        device: &Device,
    ) -> Result<Self, RunError> {
        let count = data.train.len();
        if held_out >= count {
            let allowed = format!("below the number of training images, {count}");
            return Err(SettingError::new("validation", held_out, allowed).into());
        }
        // With a validation set the test set is dropped here, so that nothing can read it.
        let (train_images, judge, judge_split) = match held_out {
            0 => (data.train, data.test, "test"),
            _ => {
                let all = data.train.labels.clone();
                let (train, validation) = data.train.split_last(held_out);
                for (images, name) in [(&validation, "validation"), (&train, "remaining training")]
                {
                    if let Some(classes) = lacking(&images.labels, &all, &kind.classes) {
                        ui::warn(&format!(
                            "the {name} images lack {classes}: the last {held_out} training \
                             images are held out, and their classes are not those of the others; \
                             shuffle the images or hold out more of them"
                        ));
                    }
                }
                (train, validation, "validation")
            }
        };
        Ok(Self {
            device: device.clone(),
            train: on_device(&train_images, device)?,
            judge: on_device(&judge, device)?,
            train_images,
            judge_split,
            classes: kind.classes.len(),
        })
    }

    /// The number of visible units.
    pub fn visible(&self) -> usize {
        self.train_images.shape.visible()
    }

    /// Checks that `count` of the images to learn from can have a label, as many of each class; 0 is all.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for `labels` unless every class can have one, or where there are fewer images.
    pub fn check_labels(&self, count: usize) -> Result<(), SettingError> {
        let (fewest, all) = (self.classes, self.train_images.len());
        if count == 0 || (fewest..=all).contains(&count) {
            return Ok(());
        }
        let allowed = format!("0 for all, or from {fewest}, one of each class, to {all}");
        Err(SettingError::new("labels", count, allowed))
    }

    /// `count` of the images to learn from, as many of each class, drawn by `seed`; all where `count` is 0.
    /// What is drawn with a larger `count` holds them too. `rows` are those of the images, or of what was made of each.
    ///
    /// # Errors
    ///
    /// As [`check_labels`](Self::check_labels).
    pub fn draw(&self, rows: &Labelled, count: usize, seed: u64) -> Result<Labelled, SettingError> {
        self.check_labels(count)?;
        if count == 0 {
            return Ok(rows.clone());
        }
        let drawn = balanced(&self.train_images.labels, count, seed);
        let drawn: Vec<_> = drawn.into_iter().map(|image| image as i64).collect();
        let drawn = Tensor::<1, Int>::from_data(drawn.as_slice(), &self.device);
        Ok(Labelled {
            inputs: rows.inputs.clone().select(0, drawn.clone()),
            labels: rows.labels.clone().select(0, drawn),
        })
    }

    /// Images of this experiment as a convolution sees them, `[images, channels, height, width]`.
    pub fn planes(&self, images: &Labelled) -> Labelled<4> {
        let ImageShape {
            channels,
            height,
            width,
        } = self.train_images.shape;
        let [count, _] = images.inputs.dims();
        let inputs = images.inputs.clone();
        Labelled {
            inputs: inputs.reshape([count, channels, height, width]),
            labels: images.labels.clone(),
        }
    }
}

/// The errors of a finished classifier, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// On the training images.
    pub train: f64,
    /// On the test images, unless images are held out.
    pub test: Option<f64>,
    /// On the images held out.
    pub validation: Option<f64>,
}

impl Errors {
    /// The errors on the images to learn from and on those to judge by.
    pub fn new(experiment: &Experiment, train: f64, judge: f64) -> Self {
        let is_test = experiment.judge_split == "test";
        Self {
            train,
            test: is_test.then_some(judge),
            validation: (!is_test).then_some(judge),
        }
    }
}

/// The share of wrong answers of `forward`, examples to outputs of the classes, in percent.
///
/// They are asked `batch_size` at a time.
pub fn classification_error<const D: usize>(
    data: &Labelled<D>,
    batch_size: usize,
    forward: impl Fn(Tensor<D>) -> Tensor<2>,
) -> f64 {
    let loader = labelled(data, batch_size);
    let mut wrong = 0;
    for batch in loader.iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let answers = forward(batch.inputs).argmax(1).squeeze_dim(1);
        wrong += answers
            .not_equal(batch.labels)
            .int()
            .sum()
            .into_scalar::<i64>();
    }
    100.0 * wrong as f64 / loader.num_items() as f64
}

/// How many images go to the device at a time: a message to a server holds 1 GiB.
fn most_at_once(images: &Images, device: &Device) -> usize {
    #[cfg(feature = "remote")]
    if matches!(
        device.as_dispatch(),
        burn::backend::DispatchDevice::Remote(_)
    ) {
        return (1 << 27) / images.shape.visible();
    }
    let _ = (images, device);
    usize::MAX
}

/// Moves images to the device.
///
/// # Errors
///
/// [`RunError::Images`] where it cannot hold them. A device tells that late, and in many lines, so they are asked for.
fn on_device(images: &Images, device: &Device) -> Result<Labelled, RunError> {
    let (inputs, labels) = images.to_tensors_in_parts(device, most_at_once(images, device));
    let asked = inputs.clone().slice_dim(0, ..1);
    asked.try_into_data().map_err(|error| RunError::Images {
        count: images.len(),
        mebibytes: (images.pixels.len() * size_of::<f32>()).div_ceil(1 << 20),
        reason: cause(&error.to_string()),
    })?;
    Ok(Labelled { inputs, labels })
}

/// The innermost cause among the lines of an error of a device.
fn cause(error: &str) -> String {
    let last = error.rsplit("Caused by:").next().unwrap_or(error);
    last.trim().lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_sets::ImageSet;

    fn images(count: u8) -> Images {
        Images {
            pixels: (0..count).flat_map(|i| [i, 16]).collect(),
            labels: (0..count).map(|i| u16::from(i % 10)).collect(),
            shape: ImageShape {
                channels: 1,
                height: 1,
                width: 2,
            },
            white: 16,
        }
    }

    fn experiment(validation: usize) -> Result<Experiment, RunError> {
        let data = DataSplit {
            train: images(8),
            test: images(4),
        };
        let kind = ImageKind::of(ImageSet::Digits);
        Experiment::new(data, &kind, validation, &Device::default())
    }

    #[test]
    fn images_that_go_in_parts_are_the_same() {
        let (images, device) = (images(7), Device::default());
        let whole = images.to_tensors(&device);
        for most in [0, 3, 7, 9] {
            let parts = images.to_tensors_in_parts(&device, most);
            assert_eq!(parts.0.into_data(), whole.0.to_data(), "{most}");
            assert_eq!(parts.1.into_data(), whole.1.to_data(), "{most}");
        }
    }

    #[test]
    fn the_first_cause_is_told_of_many_lines() {
        let lines = "An error happened\nCaused by:\n  It was skipped\nCaused by:\n  no memory\nAsked at:\n  here";
        assert_eq!(cause(lines), "no memory");
        assert_eq!(cause("no memory"), "no memory");
        assert_eq!(cause(""), "");
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
    fn some_labels_are_drawn_with_their_images() {
        let mut experiment = experiment(0).unwrap();
        experiment.classes = 8;
        let drawn = experiment.draw(&experiment.train, 8, 3).unwrap();
        let labels: Vec<i64> = drawn.labels.into_data().iter().collect();
        let first = drawn.inputs.slice([0..8, 0..1]) * 16.0;
        let pixels: Vec<f32> = first.into_data().iter().collect();
        let shown: Vec<_> = pixels.iter().map(|pixel| pixel.round() as i64).collect();
        assert_eq!(labels, shown);
        assert!(!labels.is_sorted());
        assert_eq!(
            experiment
                .draw(&experiment.train, 0, 3)
                .unwrap()
                .labels
                .dims(),
            [8]
        );
        for count in [7, 9] {
            let error = experiment
                .draw(&experiment.train, count, 3)
                .unwrap_err()
                .to_string();
            assert_eq!(
                error,
                format!(
                    "labels = {count} is not allowed: it must be 0 for all, or from 8, one of each class, to 8"
                )
            );
        }
    }

    #[test]
    fn validation_must_leave_images_to_learn() {
        let error = experiment(8).unwrap_err().to_string();
        assert_eq!(
            error,
            "validation = 8 is not allowed: it must be below the number of training images, 8"
        );
    }

    #[test]
    fn the_error_counts_wrong_answers() {
        let device = Device::default();
        let inputs = Tensor::from_data([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], &device);
        let labels = Tensor::from_data([0, 1, 1, 0], &device);
        assert_eq!(
            classification_error(&Labelled::new(inputs, labels), 3, |inputs: Tensor<2>| {
                inputs
            }),
            25.0
        );
    }
}

//! The numbers of a run as they lie in its files: what training writes and the report reads.

use std::borrow::Cow;

use image_runs::NetworkRow;
use run_figures::grid::PictureSize;
use serde::{Deserialize, Serialize};

/// The file of the biological network.
pub const BIOLOGICAL_FILE: &str = "hebbian.safetensors";

/// The file of the backprop network.
pub const BACKPROP_FILE: &str = "backprop.safetensors";

/// The file of the frames of the animation.
pub const SNAPSHOTS_FILE: &str = "snapshots.safetensors";

/// The file of the animation.
pub const ANIMATION_FILE: &str = "weights.gif";

/// `analysis.json`: what the trained networks look like from outside. What is said of a network that was not trained is
/// empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The shape of the images.
    pub image: ImageInfo,
    /// Indices of the hidden units of the biological network that the figures show.
    pub shown_hebbian: Vec<usize>,
    /// Indices of the hidden units of the backprop network that the figures show.
    pub shown_backprop: Vec<usize>,
    /// How many training images each unit of the biological network wins; 0 marks a dead unit.
    pub wins: Vec<u64>,
    /// `sum |W|^p / R^p` of each unit of the biological network; 1 once the unit has converged.
    pub norms: Vec<f32>,
    /// For each image of a sample, the number of hidden units with `W.v > 0`.
    pub positive_units: Vec<u32>,
    /// For each image of a sample, the participation ratio `(sum h)^2 / sum h^2` of its features.
    pub effective_units: Vec<f32>,
    /// The training image closest to each of some shown units.
    pub nearest: Vec<Nearest>,
}

impl Analysis {
    /// The share of units that win no training image, in percent.
    pub fn dead_units(&self) -> f64 {
        dead_share(&self.wins)
    }
}

/// The share of units without a win, in percent.
pub(crate) fn dead_share(wins: &[u64]) -> f64 {
    let dead = wins.iter().filter(|wins| **wins == 0).count();
    100.0 * dead as f64 / wins.len().max(1) as f64
}

/// The training image that is most like one hidden unit of the biological network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// Index of the hidden unit.
    pub unit: usize,
    /// Index of the image in the training set.
    pub image: usize,
    /// Cosine of the angle between the unit's weights and the image, in -1..=1.
    pub cosine: f32,
    /// The image, one byte a value from 0 to the data set's white; colours are whole planes, red, green, blue.
    pub pixels: Vec<u8>,
}

/// One row of `metrics.csv`; an empty field is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// `hebbian` or `backprop`.
    pub network: Cow<'static, str>,
    /// `hebbian`, `readout` or `backprop`.
    pub stage: Cow<'static, str>,
    /// The epoch the numbers belong to.
    pub epoch: usize,
    /// `train`, `test` or `validation`.
    pub split: Cow<'static, str>,
    /// Share of wrongly classified images, in percent.
    pub error: Option<f64>,
    /// Mean loss.
    pub loss: Option<f64>,
    /// Share of converged hidden units, in percent.
    pub converged: Option<f64>,
}

/// `result.json`: how the run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Name of the data set.
    pub dataset: String,
    /// Name of the Burn backend.
    pub backend: String,
    /// What the run was computed on, in words.
    #[serde(default)]
    pub device: String,
    /// Seed of everything random in the run.
    pub seed: u64,
    /// Name of the preset the settings started from.
    pub preset: String,
    /// How the biological network ended; absent where it was not trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hebbian: Option<HebbianResult>,
    /// How the backprop network ended; absent where it was not trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backprop: Option<BackpropResult>,
}

impl RunResult {
    /// The networks that were trained, as a table has them.
    pub fn rows(&self) -> Vec<NetworkRow> {
        let biological = self.hebbian.as_ref().map(|hebbian| NetworkRow {
            name: "biological",
            train_error: hebbian.train_error,
            test_error: hebbian.test_error,
            validation_error: hebbian.validation_error,
            seconds: hebbian.seconds_hebbian + hebbian.seconds_readout,
        });
        let backprop = self.backprop.as_ref().map(|backprop| NetworkRow {
            name: "backprop",
            train_error: backprop.train_error,
            test_error: backprop.test_error,
            validation_error: backprop.validation_error,
            seconds: backprop.seconds,
        });
        biological.into_iter().chain(backprop).collect()
    }
}

/// How the biological network ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HebbianResult {
    /// Error on the training images, in percent.
    pub train_error: f64,
    /// Error on the test images, in percent; `None` when they were left alone.
    pub test_error: Option<f64>,
    /// Error on images held out of training, in percent; absent when none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// Share of hidden units on the sphere `sum |W|^p = R^p`, in percent.
    pub converged: f64,
    /// Share of hidden units that win no training image, in percent.
    pub dead_units: f64,
    /// Time of stage 1, the local rule, in seconds.
    pub seconds_hebbian: f64,
    /// Time of stage 2, the readout, in seconds.
    pub seconds_readout: f64,
}

/// How the backprop network ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackpropResult {
    /// Error on the training images, in percent.
    pub train_error: f64,
    /// Error on the test images, in percent; `None` when they were left alone.
    pub test_error: Option<f64>,
    /// Error on images held out of training, in percent; absent when none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// Time of training, in seconds.
    pub seconds: f64,
}

/// The shape of the data set's images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// 1 for gray images, 3 for colour.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// The value of the brightest pixel, such as 255.
    pub white: f32,
}

impl ImageInfo {
    /// The size of a picture of what one hidden unit sees.
    pub(super) fn size(&self) -> PictureSize {
        PictureSize {
            channels: self.channels,
            height: self.height,
            width: self.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(test_error: Option<f64>, validation_error: Option<f64>) -> RunResult {
        RunResult {
            dataset: "mnist".into(),
            backend: "flex".into(),
            device: "flex, a processor, 2 cores".into(),
            seed: 7,
            preset: "paper".into(),
            hebbian: Some(HebbianResult {
                train_error: 0.5,
                test_error,
                validation_error,
                converged: 97.0,
                dead_units: 3.0,
                seconds_hebbian: 10.0,
                seconds_readout: 5.0,
            }),
            backprop: Some(BackpropResult {
                train_error: 0.0,
                test_error,
                validation_error,
                seconds: 8.0,
            }),
        }
    }

    #[test]
    fn a_test_run_writes_no_validation_error() {
        let text = serde_json::to_string(&result(Some(1.5), None)).unwrap();
        assert_eq!(
            text,
            r#"{"dataset":"mnist","backend":"flex","device":"flex, a processor, 2 cores","seed":7,"preset":"paper","hebbian":{"train_error":0.5,"test_error":1.5,"converged":97.0,"dead_units":3.0,"seconds_hebbian":10.0,"seconds_readout":5.0},"backprop":{"train_error":0.0,"test_error":1.5,"seconds":8.0}}"#
        );
    }

    #[test]
    fn a_validation_run_writes_a_null_test_error_and_reads_back() {
        let written = result(None, Some(2.0));
        let text = serde_json::to_string(&written).unwrap();
        assert!(text.contains(r#""test_error":null,"validation_error":2.0,"converged":97.0"#));
        assert!(text.contains(r#""test_error":null,"validation_error":2.0,"seconds":8.0"#));
        assert_eq!(serde_json::from_str::<RunResult>(&text).unwrap(), written);
    }

    #[test]
    fn a_network_that_was_not_trained_is_absent() {
        let written = RunResult {
            hebbian: None,
            ..result(Some(1.5), None)
        };
        let text = serde_json::to_string(&written).unwrap();
        assert!(!text.contains("hebbian"), "{text}");
        assert_eq!(serde_json::from_str::<RunResult>(&text).unwrap(), written);
        let names: Vec<_> = written.rows().iter().map(|row| row.name).collect();
        assert_eq!(names, ["backprop"]);
    }

    #[test]
    fn an_empty_field_of_a_metrics_row_is_none() {
        let text =
            "network,stage,epoch,split,error,loss,converged\nhebbian,hebbian,3,train,,,41.5\n";
        let row: MetricsRow = csv::Reader::from_reader(text.as_bytes())
            .deserialize()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!((row.epoch, row.error, row.converged), (3, None, Some(41.5)));
    }
}

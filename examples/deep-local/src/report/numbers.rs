//! The numbers of a run as they lie in its files: what training writes and the report reads.

use image_runs::NetworkRow;
use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use crate::settings::Rule;

/// `result.json`: how the run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The data set.
    pub dataset: String,
    /// Name of the Burn backend.
    pub backend: String,
    /// What the run was computed on, in words.
    pub device: String,
    /// Seed of everything random in the run.
    pub seed: u64,
    /// Name of the preset the settings started from.
    pub preset: String,
    /// The local rule.
    pub rule: Rule,
    /// The units of each block.
    pub units: Vec<usize>,
    /// How many training images had labels, for all networks of the run; absent where all had.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub labels: usize,
    /// How the network ended whose blocks learn locally.
    pub local: LocalResult,
    /// How the same network ended that backpropagation trained end to end; absent where it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backprop: Option<BackpropResult>,
    /// How the network ended that backpropagation trained from the filters of the local rule; absent where it
    /// was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_tuned: Option<BackpropResult>,
}

impl RunResult {
    /// The networks as a table has them.
    pub fn rows(&self) -> Vec<NetworkRow> {
        let local = NetworkRow {
            name: "local",
            train_error: self.local.train_error,
            test_error: self.local.test_error,
            validation_error: self.local.validation_error,
            seconds: self.local.seconds(),
        };
        let trained = [
            ("backprop", &self.backprop),
            ("fine-tuned", &self.fine_tuned),
        ];
        let trained = trained.into_iter().filter_map(|(name, network)| {
            network.as_ref().map(|network| NetworkRow {
                name,
                train_error: network.train_error,
                test_error: network.test_error,
                validation_error: network.validation_error,
                seconds: network.seconds,
            })
        });
        std::iter::once(local).chain(trained).collect()
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How the network ended whose blocks learn locally.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalResult {
    /// Error on the training images, in percent.
    pub train_error: f64,
    /// Error on the test images, in percent; absent when they were left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// Error on images held out of training, in percent; absent when none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// Time in which the blocks learned, in seconds.
    pub seconds_local: f64,
    /// Time in which the features of all images were computed, in seconds.
    pub seconds_features: f64,
    /// Time in which the readout learned, in seconds.
    pub seconds_readout: f64,
}

impl LocalResult {
    /// The time of all three phases, in seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds_local + self.seconds_features + self.seconds_readout
    }
}

/// How the network ended that backpropagation trained end to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackpropResult {
    /// Error on the training images, in percent.
    pub train_error: f64,
    /// Error on the test images, in percent; absent when they were left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// Error on images held out of training, in percent; absent when none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// Time of training, in seconds.
    pub seconds: f64,
}

/// A row of `metrics.csv`: the value of one metric after a part of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// The training: `local`, or `block-1` and so on; `readout`, `backprop`, `fine-tuned`.
    pub stage: String,
    /// The passes over the images until then, with a fraction where one is taken in parts.
    pub epoch: f64,
    /// `train`, or what the run is judged by: `test` or `validation`.
    pub split: String,
    /// `Error` in percent, `Loss`, or `Mean Norm (block 1)` and the like.
    pub metric: String,
    /// Its value.
    pub value: f64,
}

/// `analysis.json`: what the finished blocks look like from outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// How many of the images that judge the run were shown to the blocks.
    pub images: usize,
    /// The blocks from the image on.
    pub blocks: Vec<BlockAnalysis>,
}

/// One block after training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockAnalysis {
    /// Channels that its units see.
    pub channels: usize,
    /// Rows and columns of its kernels.
    pub kernel: usize,
    /// Rows and columns of the square of the image on which one of its currents depends.
    pub field: usize,
    /// The length `|W|` of each unit.
    pub lengths: Vec<f32>,
    /// How many directions the units span: `n^2 / sum of cos^2` over all pairs of the n units, which is n where
    /// they are orthogonal and 1 where they all point one way.
    pub directions: f64,
    /// At how many positions of the images each unit is the winner.
    pub wins: Vec<u64>,
    /// The mean share of the winner, `softmax(t u)`, over these positions; only of the soft rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner_share: Option<f64>,
    /// The weights of a first block, `[units, channels, kernel, kernel]` in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<f32>>,
    /// What excites some units of a deeper block most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excited: Vec<Excited>,
}

impl BlockAnalysis {
    /// The number of units.
    pub fn units(&self) -> usize {
        self.lengths.len()
    }

    /// The mean length of a unit.
    pub fn mean_length(&self) -> f64 {
        let sum: f64 = self.lengths.iter().copied().map(f64::from).sum();
        sum / self.units() as f64
    }

    /// The number of units that win nowhere.
    pub fn dead(&self) -> usize {
        self.wins.iter().filter(|&&wins| wins == 0).count()
    }
}

/// What excites one unit most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excited {
    /// Index of the unit.
    pub unit: usize,
    /// Patches of different images, from the largest current down.
    pub patches: Vec<Patch>,
}

/// The part of an image that a unit sees where its current is largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Index of the image among those that judge the run.
    pub image: usize,
    /// The row of the image at the top of the patch; negative where the patch begins beyond the edge.
    pub top: i64,
    /// The column of the image at the left of the patch.
    pub left: i64,
    /// The pixels, plane by plane, from 0 to 255; 0 beyond the edge of the image.
    pub pixels: Pixels,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(test_error: Option<f64>, validation_error: Option<f64>) -> RunResult {
        RunResult {
            dataset: "cifar10".into(),
            backend: "flex".into(),
            device: "flex, a processor, 2 cores".into(),
            seed: 7,
            preset: "paper".into(),
            rule: Rule::Soft,
            units: vec![96, 384, 1536],
            local: LocalResult {
                train_error: 4.5,
                test_error,
                validation_error,
                seconds_local: 600.0,
                seconds_features: 200.0,
                seconds_readout: 100.0,
            },
            backprop: Some(BackpropResult {
                train_error: 0.5,
                test_error,
                validation_error,
                seconds: 900.0,
            }),
            labels: 0,
            fine_tuned: None,
        }
    }

    #[test]
    fn a_test_run_writes_no_validation_error() {
        let text = serde_json::to_string(&result(Some(19.5), None)).unwrap();
        assert_eq!(
            text,
            r#"{"dataset":"cifar10","backend":"flex","device":"flex, a processor, 2 cores","seed":7,"preset":"paper","rule":"soft","units":[96,384,1536],"local":{"train_error":4.5,"test_error":19.5,"seconds_local":600.0,"seconds_features":200.0,"seconds_readout":100.0},"backprop":{"train_error":0.5,"test_error":19.5,"seconds":900.0}}"#
        );
    }

    #[test]
    fn a_validation_run_and_one_without_backprop_read_back() {
        let mut written = result(None, Some(21.0));
        written.backprop = None;
        let text = serde_json::to_string(&written).unwrap();
        assert!(!text.contains("test_error") && !text.contains("backprop"));
        assert!(text.contains(r#""train_error":4.5,"validation_error":21.0,"seconds_local""#));
        assert_eq!(serde_json::from_str::<RunResult>(&text).unwrap(), written);
    }
}

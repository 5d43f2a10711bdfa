//! Where the synapses of the hidden units start.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Where the synapses of the hidden units start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At random numbers, N(0, 1), as in the paper.
    Noise,
    /// At training images, drawn at random, each on the sphere of the rule.
    Images,
    /// At differences of two training images, drawn at random, each on the sphere of the rule.
    Differences,
}

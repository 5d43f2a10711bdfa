//! Which of the two networks a run trains.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Which of the two networks a run trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// Both networks, to compare them.
    Both,
    /// The biological network alone.
    Biological,
    /// The backprop network alone.
    Backprop,
}

impl Only {
    /// Whether the biological network is trained.
    pub fn has_biological(self) -> bool {
        self != Self::Backprop
    }

    /// Whether the backprop network is trained.
    pub fn has_backprop(self) -> bool {
        self != Self::Biological
    }
}

//! The run that another one builds on.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The folder of an earlier run, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EarlierRun(pub Option<PathBuf>);

impl EarlierRun {
    /// The folder.
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl FromStr for EarlierRun {
    type Err = Infallible;

    fn from_str(folder: &str) -> Result<Self, Infallible> {
        Ok(Self(Some(folder.into())))
    }
}

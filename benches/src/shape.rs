//! The shape of a layer and its batches: `784x2000x100`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The sizes of a step.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Shape {
    /// Visible units.
    pub visible: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Examples to a batch.
    pub batch: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}x{}", self.visible, self.hidden, self.batch)
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sizes: Option<Vec<usize>> = text
            .split('x')
            .map(|size| size.parse().ok().filter(|size| *size > 0))
            .collect();
        match sizes.as_deref() {
            Some(&[visible, hidden, batch]) => Ok(Self {
                visible,
                hidden,
                batch,
            }),
            _ => Err("write visible units, hidden units and batch, as in 784x2000x100".to_string()),
        }
    }
}

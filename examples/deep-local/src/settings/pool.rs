//! The pooling of a block as a word, such as `max-4-2-1`.

use std::fmt;
use std::str::FromStr;

use burn_hebbian::{PoolKind, PoolingConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A pooling: its kind, the side of its window, its stride and its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pool {
    is_max: bool,
    /// The side of the window.
    pub kernel: usize,
    /// The step from window to window.
    pub stride: usize,
    /// The border that is added on each side: left out by the maximum, zeros for the mean.
    pub padding: usize,
}

impl Pool {
    /// The largest value of each window.
    pub const fn max(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            is_max: true,
            kernel,
            stride,
            padding,
        }
    }

    /// The mean of each window.
    pub const fn average(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            is_max: false,
            ..Self::max(kernel, stride, padding)
        }
    }

    /// The pooling as a JSON object, for those who read no words.
    pub(crate) fn about(self) -> Value {
        json!({
            "kind": self.kind(),
            "kernel": self.kernel,
            "stride": self.stride,
            "padding": self.padding,
        })
    }

    fn kind(self) -> &'static str {
        if self.is_max { "max" } else { "average" }
    }

    /// The pooling as the library has it.
    pub fn config(self) -> PoolingConfig {
        let kind = if self.is_max {
            PoolKind::Max
        } else {
            PoolKind::Average
        };
        PoolingConfig::new(kind, [self.kernel; 2], [self.stride; 2]).with_padding([self.padding; 2])
    }
}

/// A word that names no pooling.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no pooling such as max-4-2-1 or average-2-2-0: a kind, then the side of the window, the \
     stride and the padding, which is at most half of the window"
)]
pub struct PoolError(String);

impl FromStr for Pool {
    type Err = PoolError;

    fn from_str(word: &str) -> Result<Self, PoolError> {
        let parts: Vec<_> = word.split('-').collect();
        let numbers: Vec<usize> = parts.iter().flat_map(|part| part.parse()).collect();
        match (parts.as_slice(), numbers.as_slice()) {
            ([kind @ ("max" | "average"), _, _, _], &[kernel, stride, padding])
                if stride > 0 && padding <= kernel / 2 && kernel > 0 =>
            {
                Ok(Self {
                    is_max: *kind == "max",
                    ..Self::max(kernel, stride, padding)
                })
            }
            _ => Err(PoolError(word.to_string())),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        write!(f, "{kind}-{}-{}-{}", self.kernel, self.stride, self.padding)
    }
}

impl TryFrom<String> for Pool {
    type Error = PoolError;

    fn try_from(word: String) -> Result<Self, PoolError> {
        word.parse()
    }
}

impl From<Pool> for String {
    fn from(pool: Pool) -> Self {
        pool.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pooling_is_a_word() {
        for (word, pool) in [
            ("max-4-2-1", Pool::max(4, 2, 1)),
            ("average-2-2-0", Pool::average(2, 2, 0)),
        ] {
            assert_eq!(word.parse::<Pool>().unwrap(), pool);
            assert_eq!(pool.to_string(), word);
        }
        for word in [
            "",
            "max",
            "mean-2-2-0",
            "max-2-2",
            "max-0-1-0",
            "max-2-0-0",
            "max-2-2-2",
            "max-2-2-0-0",
        ] {
            let error = word.parse::<Pool>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{word}` is no pooling")),
                "{error}"
            );
        }
    }
}

//! Learning rates, one after another.

use std::num::ParseFloatError;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Learning rates, each for an equal part of the epochs: a comma-separated list as a flag, an array
/// in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(pub Vec<f64>);

impl Deref for Rates {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl FromStr for Rates {
    type Err = ParseFloatError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let rates: Result<_, _> = list.split(',').map(|rate| rate.trim().parse()).collect();
        rates.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_a_list() {
        let rates: Rates = "1e-3, 5e-4,0.0001".parse().unwrap();
        assert_eq!(*rates, [1e-3, 5e-4, 1e-4]);
        assert!("1e-3,,2".parse::<Rates>().is_err());
    }
}

//! Values of a setting, one after another.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Several values: a comma-separated list as a flag, an array in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(list: &str) -> Result<Self, T::Err> {
        if list.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let values: Result<_, _> = list.split(',').map(|value| value.trim().parse()).collect();
        values.map(Self)
    }
}

/// As it is written in a file.
impl<T: fmt::Debug> fmt::Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_a_list() {
        let rates: List<f64> = "1e-3, 5e-4,0.0001".parse().unwrap();
        assert_eq!(*rates, [1e-3, 5e-4, 1e-4]);
        assert_eq!(rates.to_string(), "[0.001, 0.0005, 0.0001]");
        assert!("1e-3,,2".parse::<List<f64>>().is_err());
        assert!("".parse::<List<f64>>().unwrap().is_empty());
        assert_eq!(*"5,3".parse::<List<usize>>().unwrap(), [5, 3]);
    }
}

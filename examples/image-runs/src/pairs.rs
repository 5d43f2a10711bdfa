//! `--set KEY=VALUE`: settings by the names that they have in a file.

use std::str::FromStr;

use clap::{Args, Command, Error};

/// A setting and its value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    key: String,
    value: String,
}

impl FromStr for Pair {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                key: key.trim().into(),
                value: value.trim().into(),
            }),
            _ => Err("it must be KEY=VALUE, such as k=5"),
        }
    }
}

/// The settings that `pairs` name: each is what its flag makes of the value.
///
/// # Errors
///
/// What clap says of a flag that does not exist, is given twice or refuses its value.
pub fn overrides_of_pairs<O: Args>(pairs: &[Pair]) -> Result<O, Error> {
    let flags = pairs.iter().map(|Pair { key, value }| {
        let name = key.replace('_', "-");
        format!("--{name}={value}")
    });
    let command = Command::new("--set")
        .no_binary_name(true)
        .disable_help_flag(true);
    let matches = O::augment_args(command).try_get_matches_from(flags)?;
    O::from_arg_matches(&matches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::List;

    crate::settings! {
        /// The rank
        k: usize,
        /// The rates
        learning_rates: List<f64>,
    }

    fn parsed(texts: &[&str]) -> Result<Overrides, Error> {
        let pairs: Vec<Pair> = texts.iter().map(|text| text.parse().unwrap()).collect();
        overrides_of_pairs(&pairs)
    }

    #[test]
    fn a_pair_is_what_its_flag_is() {
        let expected = Overrides {
            k: Some(5),
            learning_rates: Some(List(vec![0.1, 0.02])),
        };
        for key in ["learning_rates", "learning-rates"] {
            let rates = format!("{key}=0.1,0.02");
            assert_eq!(parsed(&["k = 5", &rates]).unwrap(), expected);
        }
        let mut overlaid = parsed(&[]).unwrap();
        assert_eq!(overlaid, Overrides::default());
        overlaid.overlay(&expected);
        assert_eq!(overlaid, expected);
        let settings = Settings {
            k: 2,
            learning_rates: List(Vec::new()),
        };
        assert_eq!(expected.apply(settings).k, 5);
    }

    #[test]
    fn what_a_flag_refuses_is_refused() {
        for (texts, expected) in [
            (&["k=two"][..], "invalid value 'two' for '--k <K>'"),
            (&["l=2"], "unexpected argument '--l' found"),
            (&["k=2", "k=3"], "cannot be used multiple times"),
        ] {
            let error = parsed(texts).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for text in ["", "k", "=5", " = "] {
            assert!(text.parse::<Pair>().is_err(), "{text:?}");
        }
    }
}

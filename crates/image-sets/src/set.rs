//! The four data sets.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ImageShape;

/// A data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum ImageSet {
    /// 1,797 handwritten digits of 8x8 pixels (UCI), embedded in the program.
    Digits,
    /// Handwritten digits of 28x28 pixels (LeCun, Cortes and Burges).
    Mnist,
    /// Articles of clothing of 28x28 pixels (Xiao, Rasul and Vollgraf 2017).
    FashionMnist,
    /// Color photographs of 32x32 pixels (Krizhevsky 2009).
    Cifar10,
}

impl ImageSet {
    /// All sets.
    pub const ALL: [Self; 4] = [Self::Digits, Self::Mnist, Self::FashionMnist, Self::Cifar10];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Cifar10 => "cifar10",
        }
    }

    /// The set of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The name in titles and sentences.
    pub fn title(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist => "MNIST",
            Self::FashionMnist => "Fashion-MNIST",
            Self::Cifar10 => "CIFAR-10",
        }
    }

    /// The number of classes.
    pub fn classes(self) -> usize {
        10
    }

    /// The shape of every image.
    pub fn shape(self) -> ImageShape {
        let (channels, side) = match self {
            Self::Digits => (1, 8),
            Self::Mnist | Self::FashionMnist => (1, 28),
            Self::Cifar10 => (3, 32),
        };
        ImageShape {
            channels,
            height: side,
            width: side,
        }
    }

    /// The folder its files come in.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar-10-batches-bin",
            _ => self.name(),
        }
    }
}

impl fmt::Display for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        let names = ["digits", "mnist", "fashion-mnist", "cifar10"];
        for (set, name) in ImageSet::ALL.into_iter().zip(names) {
            assert_eq!(set.name(), name);
            assert_eq!(set.to_string(), name);
            assert_eq!(ImageSet::named(name), Some(set));
            let json = format!("\"{name}\"");
            assert_eq!(serde_json::to_string(&set).unwrap(), json);
            assert_eq!(serde_json::from_str::<ImageSet>(&json).unwrap(), set);
        }
        assert_eq!(format!("{:>6}|", ImageSet::Mnist), " mnist|");
    }

    #[cfg(feature = "clap")]
    #[test]
    fn the_name_is_that_of_the_command_line() {
        use clap::ValueEnum;
        assert_eq!(ImageSet::value_variants(), ImageSet::ALL);
        for set in ImageSet::ALL {
            assert_eq!(ImageSet::from_str(set.name(), false), Ok(set));
        }
    }

    #[test]
    fn visible_units() {
        let visible = ImageSet::ALL.map(|set| set.shape().visible());
        assert_eq!(visible, [64, 784, 784, 3072]);
    }
}

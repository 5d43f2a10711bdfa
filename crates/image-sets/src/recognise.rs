//! Which published images these are, whatever they are called and packed in: told from their
//! SHA-256 sums.
//!
//! The files of MNIST and of Fashion-MNIST have the same names and sizes, so that one is easily
//! learned in place of the other.

use crate::published::sum;
use crate::{DataSplit, ImageSet, Images};

/// The values of a published file, without its header.
struct Known {
    set: ImageSet,
    /// What they are of the set.
    part: &'static str,
    length: usize,
    /// Their SHA-256 sum in hexadecimal.
    sha256: &'static str,
}

const TRAINING_IMAGES: &str = "training images";
const TRAINING_LABELS: &str = "training labels";
const TEST_IMAGES: &str = "test images";
const TEST_LABELS: &str = "test labels";

const KNOWN: [Known; 8] = [
    Known {
        set: ImageSet::Mnist,
        part: TRAINING_IMAGES,
        length: 47_040_000,
        sha256: "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    },
    Known {
        set: ImageSet::Mnist,
        part: TRAINING_LABELS,
        length: 60_000,
        sha256: "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    },
    Known {
        set: ImageSet::Mnist,
        part: TEST_IMAGES,
        length: 7_840_000,
        sha256: "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    },
    Known {
        set: ImageSet::Mnist,
        part: TEST_LABELS,
        length: 10_000,
        sha256: "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    },
    Known {
        set: ImageSet::FashionMnist,
        part: TRAINING_IMAGES,
        length: 47_040_000,
        sha256: "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    },
    Known {
        set: ImageSet::FashionMnist,
        part: TRAINING_LABELS,
        length: 60_000,
        sha256: "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    },
    Known {
        set: ImageSet::FashionMnist,
        part: TEST_IMAGES,
        length: 7_840_000,
        sha256: "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    },
    Known {
        set: ImageSet::FashionMnist,
        part: TEST_LABELS,
        length: 10_000,
        sha256: "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    },
];

/// A part of a data set that is the part of a published one.
struct Recognised<'a> {
    /// The part that it is taken for.
    part: &'static str,
    known: &'a Known,
}

/// Says so where the parts are of different published sets.
pub(crate) fn mixture(data: &DataSplit) -> Option<String> {
    mixture_of(&recognised(data, &KNOWN))
}

/// Says so where the images are published under another name than that of `set`.
pub(crate) fn misnamed(set: ImageSet, data: &DataSplit) -> Option<String> {
    misnamed_in(set, &recognised(data, &KNOWN))
}

fn mixture_of(recognised: &[Recognised<'_>]) -> Option<String> {
    let (first, others) = recognised.split_first()?;
    let other = others
        .iter()
        .find(|other| other.known.set != first.known.set)?;
    Some(format!(
        "it mixes data sets: its {} are those of {}, its {} those of {}; keep the files of one",
        first.part,
        first.known.set.title(),
        other.part,
        other.known.set.title()
    ))
}

fn misnamed_in(set: ImageSet, recognised: &[Recognised<'_>]) -> Option<String> {
    let is_right =
        |found: &Recognised<'_>| (found.known.set, found.known.part) == (set, found.part);
    let wrong = recognised.iter().find(|found| !is_right(found))?;
    Some(format!(
        "its {} are the {} of {}, and are taken for the {} of {}; rename or replace the files unless \
         this is meant",
        wrong.part,
        wrong.known.part,
        wrong.known.set.title(),
        wrong.part,
        set.title()
    ))
}

fn recognised<'a>(data: &DataSplit, all: &'a [Known]) -> Vec<Recognised<'a>> {
    let [train_labels, test_labels] = [&data.train, &data.test].map(published_labels);
    let parts = [
        (TRAINING_IMAGES, &data.train.pixels),
        (TRAINING_LABELS, &train_labels),
        (TEST_IMAGES, &data.test.pixels),
        (TEST_LABELS, &test_labels),
    ];
    let recognise = |(part, values): (&'static str, &Vec<u8>)| {
        let mut candidates = all
            .iter()
            .filter(|known| known.length == values.len())
            .peekable();
        // Most images are of another number, and need no sum.
        candidates.peek()?;
        let sum = sum(values.as_slice()).expect("memory can be read");
        let known = candidates.find(|known| known.sha256 == sum)?;
        Some(Recognised { part, known })
    };
    parts.into_iter().filter_map(recognise).collect()
}

/// The labels as they are published, a byte each.
fn published_labels(images: &Images) -> Vec<u8> {
    let labels = images.labels.iter().map(|&label| u8::try_from(label));
    labels.collect::<Result<_, _>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sets of two training images and one test image: the pixels and labels of the first are 0
    /// and 1, those of the second 2 and 3.
    const SMALL: [Known; 8] = {
        const fn known(
            set: ImageSet,
            part: &'static str,
            length: usize,
            sha256: &'static str,
        ) -> Known {
            Known {
                set,
                part,
                length,
                sha256,
            }
        }
        use ImageSet::{FashionMnist, Mnist};
        // printf '\0\0' | sha256sum, and so on.
        [
            known(
                Mnist,
                TRAINING_IMAGES,
                2,
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            ),
            known(
                Mnist,
                TRAINING_LABELS,
                2,
                "9dcf97a184f32623d11a73124ceb99a5709b083721e878a16d78f596718ba7b2",
            ),
            known(
                Mnist,
                TEST_IMAGES,
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            known(
                Mnist,
                TEST_LABELS,
                1,
                "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
            ),
            known(
                FashionMnist,
                TRAINING_IMAGES,
                2,
                "50cff72c8e550546d661ec235431888fb2f9f7bada40c17020d47f6ccc117aae",
            ),
            known(
                FashionMnist,
                TRAINING_LABELS,
                2,
                "8655173af1ec080de2dae0c6d0a7a2da5ade8b2cf8117645da18b90aaefd0ee2",
            ),
            known(
                FashionMnist,
                TEST_IMAGES,
                1,
                "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986",
            ),
            known(
                FashionMnist,
                TEST_LABELS,
                1,
                "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5",
            ),
        ]
    };

    /// Data of these training pixels, training labels, test pixels and test labels.
    fn data([pixels, labels, test_pixels, test_labels]: [u8; 4]) -> DataSplit {
        let images = |count, pixel, label| Images {
            pixels: vec![pixel; count],
            labels: vec![u16::from(label); count],
            shape: ImageSet::Mnist.shape(),
            white: 255,
        };
        DataSplit {
            train: images(2, pixels, labels),
            test: images(1, test_pixels, test_labels),
        }
    }

    #[test]
    fn a_set_under_its_own_name_and_an_unknown_one_are_no_matter() {
        for values in [[0, 1, 0, 1], [7, 8, 7, 8], [7, 1, 7, 1]] {
            let data = data(values);
            let found = recognised(&data, &SMALL);
            assert_eq!(mixture_of(&found), None, "{values:?}");
            assert_eq!(misnamed_in(ImageSet::Mnist, &found), None, "{values:?}");
        }
    }

    #[test]
    fn a_set_under_the_name_of_another_is_told() {
        let data = data([0, 1, 0, 1]);
        let found = recognised(&data, &SMALL);
        assert_eq!(mixture_of(&found), None);
        assert_eq!(
            misnamed_in(ImageSet::FashionMnist, &found).unwrap(),
            "its training images are the training images of MNIST, and are taken for the training \
             images of Fashion-MNIST; rename or replace the files unless this is meant"
        );
    }

    #[test]
    fn each_mixture_is_told() {
        for (values, expected) in [
            (
                [2, 3, 0, 1],
                "its training images are those of Fashion-MNIST, its test images those of MNIST",
            ),
            (
                [0, 3, 0, 1],
                "its training images are those of MNIST, its training labels those of Fashion-MNIST",
            ),
            (
                [7, 1, 7, 3],
                "its training labels are those of MNIST, its test labels those of Fashion-MNIST",
            ),
        ] {
            let data = data(values);
            let message = mixture_of(&recognised(&data, &SMALL)).unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}

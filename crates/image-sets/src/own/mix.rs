//! The order of images, and which of them are for testing, where nobody has decided it.

use sha2::{Digest, Sha256};

use crate::{DataSplit, ImageShape, Images};

/// Of each class, one image in so many is for testing.
const TEST_SHARE: usize = 5;

/// A labelled image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub label: u16,
    pub pixels: Vec<u8>,
}

/// The images in the order of the SHA-256 sums of their pixels: mixed, whatever order they came in, and the same on
/// every machine. Equal images keep theirs.
pub(super) fn mixed(samples: Vec<Sample>, shape: ImageShape) -> Images {
    let samples = sorted(samples);
    let mut images = Images {
        pixels: Vec::with_capacity(samples.len() * shape.visible()),
        labels: Vec::with_capacity(samples.len()),
        shape,
        white: u8::MAX,
    };
    for sample in samples {
        images.pixels.extend(sample.pixels);
        images.labels.push(sample.label);
    }
    images
}

/// The images with a fifth of each class for testing, the ones whose sums come first: a class of two has one of each,
/// and one of a single image is not tested.
pub(super) fn drawn(samples: Vec<Sample>, shape: ImageShape) -> DataSplit {
    let samples = sorted(samples);
    let classes = samples.iter().map(|sample| usize::from(sample.label) + 1);
    let mut left = vec![0; classes.max().unwrap_or(0)];
    for sample in &samples {
        left[usize::from(sample.label)] += 1;
    }
    for count in &mut left {
        *count = match *count {
            0 | 1 => 0,
            count => (count / TEST_SHARE).max(1),
        };
    }
    let (test, train) = samples.into_iter().partition(|sample| {
        let left = &mut left[usize::from(sample.label)];
        let is_test = *left > 0;
        *left -= usize::from(is_test);
        is_test
    });
    DataSplit {
        train: mixed(train, shape),
        test: mixed(test, shape),
    }
}

fn sorted(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by_cached_key(|sample| <[u8; 32]>::from(Sha256::digest(&sample.pixels)));
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape {
        channels: 1,
        height: 1,
        width: 2,
    };

    /// So many images of each class, all different.
    fn samples(counts: &[usize]) -> Vec<Sample> {
        let classes = counts.iter().enumerate();
        let samples = classes.flat_map(|(class, &count)| {
            (0..count).map(move |i| Sample {
                label: class as u16,
                pixels: vec![i as u8, class as u8],
            })
        });
        samples.collect()
    }

    fn count(images: &Images, class: u16) -> usize {
        images
            .labels
            .iter()
            .filter(|&&label| label == class)
            .count()
    }

    #[test]
    fn a_fifth_of_each_class_is_for_testing() {
        let DataSplit { train, test } = drawn(samples(&[50, 9, 2, 1]), SHAPE);
        let counts = |images: &Images| [0, 1, 2, 3].map(|class| count(images, class));
        assert_eq!(counts(&train), [40, 8, 1, 1]);
        assert_eq!(counts(&test), [10, 1, 1, 0]);
        let mut all: Vec<_> = [train, test]
            .iter()
            .flat_map(|images| {
                images
                    .pixels
                    .chunks(2)
                    .map(<[u8]>::to_vec)
                    .collect::<Vec<_>>()
            })
            .collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 62);
    }

    #[test]
    fn the_order_of_the_files_does_not_matter() {
        let backwards = samples(&[50, 9]).into_iter().rev().collect();
        assert_eq!(drawn(backwards, SHAPE), drawn(samples(&[50, 9]), SHAPE));
    }

    #[test]
    fn classes_are_mixed_and_pixels_stay_with_their_labels() {
        let images = mixed(samples(&[20, 20]), SHAPE);
        assert!(count(&images.clone().split_last(10).1, 0) > 1);
        assert!(count(&images.clone().split_last(10).1, 1) > 1);
        for i in 0..images.len() {
            assert_eq!(u16::from(images.image(i)[1]), images.labels[i]);
        }
    }

    #[test]
    fn no_images_make_no_images() {
        assert!(drawn(Vec::new(), SHAPE).train.is_empty());
    }
}

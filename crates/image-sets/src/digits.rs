//! The 1,797 handwritten 8x8 digits of the UCI repository, embedded in the crate.
//!
//! Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
//! Learning Repository, 1998, <https://doi.org/10.24432/C50P49> (its test part).

use smartcore::dataset::digits::load_dataset;

use crate::{DataSplit, ImageSet, Images};

/// About one image in five is for testing.
const TEST_IMAGES: usize = 360;

/// The digits, 1,437 for training and 360 for testing.
pub(crate) fn load() -> DataSplit {
    let source = load_dataset();
    let visible = source.num_features;
    let mut images = Images {
        pixels: Vec::with_capacity(source.data.len()),
        labels: Vec::with_capacity(source.num_samples),
        shape: ImageSet::Digits.shape(),
        white: 16,
    };
    for i in permutation(source.num_samples) {
        let image = &source.data[i * visible..(i + 1) * visible];
        images.pixels.extend(image.iter().map(|&value| value as u8));
        images.labels.push(source.target[i] as u16);
    }
    let (train, test) = images.split_last(TEST_IMAGES);
    DataSplit { train, test }
}

/// The order of the images: a Fisher-Yates shuffle by Knuth's MMIX generator.
///
/// The source keeps each writer's digits together, so a split without a shuffle would test on unseen hands only.
/// The generator is spelled out because published results depend on the split: no release of a
/// random-number crate may change it.
fn permutation(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state: u64 = 2019;
    for last in (1..count).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The low bits of such a generator have short periods.
        let pick = (state >> 33) % (last as u64 + 1);
        order.swap(last, pick as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::published::sum;

    /// The sum of all pixels and of the labels, a byte each.
    fn digest(images: &Images) -> String {
        let labels: Vec<u8> = images.labels.iter().map(|&label| label as u8).collect();
        sum(images.pixels.as_slice().chain(labels.as_slice())).unwrap()
    }

    #[test]
    fn the_split_never_changes() {
        let DataSplit { train, test } = load();
        assert_eq!((train.len(), test.len()), (1437, 360));
        assert_eq!(train.labels[..12], [7, 6, 3, 9, 9, 3, 9, 9, 6, 7, 0, 8]);
        assert_eq!(test.labels[..12], [1, 4, 8, 8, 1, 9, 8, 3, 8, 3, 4, 6]);
        assert_eq!(
            digest(&train),
            "bbe87bec4568cfa68630d3b0f1051da24fe58ba0469e67bb0c17d515703ccb4b"
        );
        assert_eq!(
            digest(&test),
            "d5d3cf18f864b29e0793c128b350497afe9b98b654b83492e8d4f804a76ad11d"
        );
    }

    #[test]
    fn every_value_is_in_range() {
        let DataSplit { train, test } = load();
        for images in [train, test] {
            assert_eq!(images.pixels.len(), images.len() * 64);
            assert_eq!(images.pixels.iter().max(), Some(&images.white));
            let mut counts = [0; 10];
            images
                .labels
                .iter()
                .for_each(|&label| counts[usize::from(label)] += 1);
            assert!(counts.iter().all(|&count| count > images.len() / 15));
        }
    }

    #[test]
    fn the_permutation_holds_every_index_once() {
        let mut order = permutation(100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}

//! What others have published.

use image_sets::ImageSet;

/// A published network without backpropagation through its blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Published {
    pub network: &'static str,
    /// The number of blocks that learn locally, where it is told.
    pub blocks: Option<usize>,
    /// Accuracy on the test images, in percent.
    pub accuracy: f64,
    pub source: &'static str,
}

const SOFT_HEBB: &str = "Journ\u{e9} et al., ICLR 2023";
const NIMMO: &str = "Nimmo & Mondragon, Neural Networks 190, 2025";
const NIMMO_README: &str = "Nimmo & Mondragon, README";

const CIFAR10: [Published; 6] = [
    row("SoftHebb", Some(3), 80.3, SOFT_HEBB),
    row("SoftHebb, rebuilt", Some(3), 79.2, NIMMO_README),
    row("Winner-take-all, BCM and inhibition", Some(3), 75.2, NIMMO),
    row("Instar", Some(3), 74.8, NIMMO_README),
    row(
        "Krotov-Hopfield on patches",
        Some(1),
        72.2,
        "Grinberg et al., arXiv 1908.08993",
    ),
    row(
        "Winner-take-all",
        Some(1),
        63.9,
        "Lagani et al., quoted by biopytorch",
    ),
];

const MNIST: [Published; 2] = [
    row("SoftHebb", None, 99.35, SOFT_HEBB),
    row(
        "Winner-take-all, BCM and inhibition",
        Some(3),
        98.0,
        NIMMO_README,
    ),
];

const fn row(
    network: &'static str,
    blocks: Option<usize>,
    accuracy: f64,
    source: &'static str,
) -> Published {
    Published {
        network,
        blocks,
        accuracy,
        source,
    }
}

/// What is published of a data set, the best first.
pub(super) fn published(dataset: &str) -> &'static [Published] {
    match ImageSet::named(dataset) {
        Some(ImageSet::Cifar10) => &CIFAR10,
        Some(ImageSet::Mnist) => &MNIST,
        Some(ImageSet::Digits | ImageSet::FashionMnist) | None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_stand_first() {
        for dataset in ImageSet::ALL {
            let rows = published(dataset.name());
            assert!(rows.is_sorted_by(|a, b| a.accuracy >= b.accuracy));
        }
        assert_eq!(published("cifar10")[0].accuracy, 80.3);
    }
}

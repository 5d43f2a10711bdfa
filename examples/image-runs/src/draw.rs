//! Some of many labelled images, as many of each class.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The indices of `count` labels, drawn by `seed`: no class has two more than another of which some are left.
pub(crate) fn balanced(labels: &[u16], count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let classes = labels.iter().max().map_or(0, |&last| 1 + usize::from(last));
    let mut drawn = vec![0; classes];
    // The first of each class come first, then the second ones; the sort keeps the order within a round.
    order.sort_by_cached_key(|&image| {
        let round = &mut drawn[usize::from(labels[image])];
        *round += 1;
        *round
    });
    order.truncate(count);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(labels: &[u16], drawn: &[usize]) -> [usize; 3] {
        [0, 1, 2].map(|class| drawn.iter().filter(|&&i| labels[i] == class).count())
    }

    #[test]
    fn every_class_has_as_many_until_it_has_none_left() {
        let labels: Vec<u16> = (0..60).map(|i| if i < 4 { 2 } else { i % 2 }).collect();
        assert_eq!(counts(&labels, &balanced(&labels, 9, 1)), [3, 3, 3]);
        let some = counts(&labels, &balanced(&labels, 10, 1));
        assert_eq!(some.iter().sum::<usize>(), 10);
        assert!(some.iter().all(|count| [3, 4].contains(count)), "{some:?}");
        assert_eq!(counts(&labels, &balanced(&labels, 24, 1)), [10, 10, 4]);
        let mut all = balanced(&labels, 60, 1);
        all.sort_unstable();
        assert_eq!(all, (0..60).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_draws_the_same_again_and_another_others() {
        let labels: Vec<u16> = (0..100).map(|i| i % 3).collect();
        assert_eq!(balanced(&labels, 12, 5), balanced(&labels, 12, 5));
        assert_ne!(balanced(&labels, 12, 5), balanced(&labels, 12, 6));
        // More labels hold the fewer.
        assert_eq!(balanced(&labels, 30, 5)[..12], balanced(&labels, 12, 5));
    }
}

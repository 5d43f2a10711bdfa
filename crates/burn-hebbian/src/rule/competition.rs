//! Who wins: the strongest unit of each example, and the one ranked k.

use burn::tensor::{Int, Tensor};

use super::currents::is_winner;

/// Up to this rank the k-th unit is found by taking the strongest away k - 1 times; past it, by
/// sorting. The rule needs two units, not a ranking: Burn's top-k sorts whole rows, and reads them back
/// to the host on a GPU. On a CPU one pass over 100 x 2000 currents costs a thirtieth of the sort.
const LARGEST_SELECTED_RANK: usize = 32;

/// The outcome of the competition for each example.
#[derive(Clone, Debug)]
pub struct Competition {
    /// The unit with the largest current, `[batch, 1]`.
    pub winners: Tensor<2, Int>,
    /// The unit whose current is the k-th largest, `[batch, 1]`.
    pub ranked_k: Tensor<2, Int>,
}

/// Finds the strongest and the k-th strongest hidden unit of each example.
///
/// # Shapes
///
/// - currents: `[batch, hidden]`
///
/// # Panics
///
/// Panics unless 2 <= k <= hidden.
pub fn compete(currents: Tensor<2>, k: usize) -> Competition {
    let [_, hidden] = currents.dims();
    assert_rank(k, hidden);
    let winners = currents.clone().argmax(1);
    let ranked_k = if k <= LARGEST_SELECTED_RANK {
        let mut remaining = currents;
        let mut strongest = winners.clone();
        for _ in 1..k {
            // Out of the race.
            remaining = remaining.mask_fill(is_winner(strongest, hidden), f32::NEG_INFINITY);
            strongest = remaining.clone().argmax(1);
        }
        strongest
    } else {
        currents.argsort_descending(1).narrow(1, k - 1, 1)
    };
    Competition { winners, ranked_k }
}

pub(super) fn assert_rank(k: usize, hidden: usize) {
    assert!(
        (2..=hidden).contains(&k),
        "compete: k must be between 2 and the number of hidden units, {hidden}, got {k}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, TensorData};

    /// The ranking that a reader would write: indices by falling current.
    fn ranking(row: &[f32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
        order
    }

    #[test]
    fn both_ways_of_ranking_agree_with_a_sort_on_the_host() {
        let (batch, hidden) = (9, 70);
        let currents =
            Tensor::<2>::random([batch, hidden], Distribution::Default, &Device::default());
        let rows: Vec<f32> = currents.to_data().try_into_vec().unwrap();
        for k in [2, 3, 7, 32, 33, 69, 70] {
            let expect = |rank: usize| {
                let ranked = rows.chunks(hidden).map(|row| ranking(row)[rank] as i64);
                TensorData::new(ranked.collect::<Vec<_>>(), [batch, 1])
            };
            let ranked = |units: Tensor<2, Int>| units.into_data().convert::<i64>();
            let found = compete(currents.clone(), k);
            ranked(found.winners).assert_eq(&expect(0), true);
            ranked(found.ranked_k).assert_eq(&expect(k - 1), true);
        }
    }

    #[test]
    fn a_winner_with_an_infinite_current_is_ranked_once() {
        let currents = [[f32::INFINITY, 1.0, 2.0]];
        let found = compete(Tensor::from_data(currents, &Device::default()), 2);
        assert_eq!(found.winners.into_scalar::<i64>(), 0);
        assert_eq!(found.ranked_k.into_scalar::<i64>(), 2);
    }

    #[test]
    #[should_panic(expected = "k must be between 2 and the number of hidden units, 3, got 4")]
    fn k_beyond_the_hidden_units() {
        compete(Tensor::zeros([1, 3], &Device::default()), 4);
    }
}

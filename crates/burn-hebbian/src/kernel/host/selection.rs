//! Who wins: the strongest unit of a row and the one ranked k, by selection.
//!
//! The row comes in chunks. Whatever ranks among the first k is at least as strong as the k-th
//! strongest of the chunks' peaks, so after one pass for the peaks few chunks and fewer units are
//! left to look at. Between equals the lower index ranks first; what is not a number ranks last.

use std::cmp::Ordering;

/// Past this rank the candidates are no longer few, and the row is partly sorted instead.
const LARGEST_INSERTED_RANK: usize = 32;

/// A unit and its current.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    pub index: usize,
    pub current: f32,
}

/// The strongest unit of a row and the k-th strongest. `chunks` are the row's, each of `width` but
/// the last; `peaks` is scratch.
pub fn select<'a>(
    chunks: impl Iterator<Item = &'a [f32]> + Clone,
    width: usize,
    k: usize,
    peaks: &mut Vec<f32>,
) -> (Unit, Unit) {
    if k > LARGEST_INSERTED_RANK {
        return sort(chunks, k);
    }
    peaks.clear();
    peaks.extend(chunks.clone().map(peak));
    let mut strongest = Ranking::new(k);
    for (index, &current) in peaks.iter().enumerate() {
        strongest.offer(Unit { index, current });
    }
    let threshold = strongest.last();
    let mut ranking = Ranking::new(k);
    for ((number, chunk), &peak) in chunks.clone().enumerate().zip(&*peaks) {
        if peak >= threshold {
            for (offset, &current) in chunk.iter().enumerate() {
                if current >= threshold {
                    let index = number * width + offset;
                    ranking.offer(Unit { index, current });
                }
            }
        }
    }
    if ranking.is_full() {
        (ranking.units[0], ranking.units[k - 1])
    } else {
        // So many are not numbers that k are not left.
        sort(chunks, k)
    }
}

/// The largest of a chunk, by 16 running maxima that fit vector registers.
fn peak(chunk: &[f32]) -> f32 {
    let (blocks, rest) = chunk.as_chunks::<16>();
    let mut largest = [f32::NEG_INFINITY; 16];
    for block in blocks {
        for (largest, &value) in largest.iter_mut().zip(block) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let all = largest.iter().chain(rest);
    all.fold(f32::NEG_INFINITY, |most, &value| most.max(value))
}

/// The k strongest of the units offered so far, strongest first.
struct Ranking {
    units: [Unit; LARGEST_INSERTED_RANK],
    length: usize,
    k: usize,
}

impl Ranking {
    fn new(k: usize) -> Self {
        let nobody = Unit {
            index: 0,
            current: f32::NEG_INFINITY,
        };
        Self {
            units: [nobody; LARGEST_INSERTED_RANK],
            length: 0,
            k,
        }
    }

    fn is_full(&self) -> bool {
        self.length == self.k
    }

    /// The current of the k-th, or minus infinity before there are k.
    fn last(&self) -> f32 {
        if self.is_full() {
            self.units[self.k - 1].current
        } else {
            f32::NEG_INFINITY
        }
    }

    /// Offered in rising order of index, so that a later equal ranks behind.
    #[inline(always)]
    fn offer(&mut self, unit: Unit) {
        if self.is_full() {
            if unit.current <= self.units[self.k - 1].current {
                return;
            }
        } else if unit.current.is_nan() {
            return;
        } else {
            self.length += 1;
        }
        let mut place = self.length - 1;
        while place > 0 && self.units[place - 1].current < unit.current {
            self.units[place] = self.units[place - 1];
            place -= 1;
        }
        self.units[place] = unit;
    }
}

fn sort<'a>(chunks: impl Iterator<Item = &'a [f32]>, k: usize) -> (Unit, Unit) {
    let values = chunks.flatten().enumerate();
    let mut units: Vec<Unit> = values
        .map(|(index, &current)| Unit { index, current })
        .collect();
    let (stronger, &mut ranked_k, _) = units.select_nth_unstable_by(k - 1, rank);
    let winner = stronger.iter().copied().min_by(rank).unwrap_or(ranked_k);
    (winner, ranked_k)
}

fn rank(a: &Unit, b: &Unit) -> Ordering {
    let by_current = match (a.current.is_nan(), b.current.is_nan()) {
        (false, false) => b.current.partial_cmp(&a.current).unwrap_or(Ordering::Equal),
        (a_is_nan, b_is_nan) => a_is_nan.cmp(&b_is_nan),
    };
    by_current.then(a.index.cmp(&b.index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_ranks_as_a_sort_does() {
        // Knuth's MMIX generator.
        let mut state = 7u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for case in 0..500 {
            let units = 2 + random(300) as usize;
            let k = 2 + random(units as u64 - 1) as usize;
            // Few levels make ties, in which the lower index ranks first.
            let levels = [3, 1 << 20][case % 2];
            let row: Vec<f32> = (0..units).map(|_| random(levels) as f32 - 1.0).collect();
            let (winner, ranked_k) = select(row.chunks(64), 64, k, &mut Vec::new());
            let mut order: Vec<usize> = (0..units).collect();
            order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
            let unit = |index: usize| Unit {
                index,
                current: row[index],
            };
            assert_eq!(winner, unit(order[0]), "case {case}");
            assert_eq!(ranked_k, unit(order[k - 1]), "case {case}, k = {k}");
        }
    }
}

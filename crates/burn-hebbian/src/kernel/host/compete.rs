//! The competition for each example, its responses written where its products were.

use pulp::Arch;
use rayon::prelude::*;

use super::powers::exp;
use crate::kernel::Competitors;

/// Examples that one thread takes at a time. Sums are taken chunk by chunk in one order, so that the
/// same products give the same decay whatever the threads do.
const CHUNK: usize = 64;

/// A share below this is 0: subnormal numbers would make the product that follows five times as
/// long. (69 = -ln 1e-30)
const SILENT: f32 = -69.0;

/// What a competition leaves beside the responses.
pub struct Outcome {
    /// What each unit decays by, summed over the examples.
    pub decay: Vec<f32>,
    /// The winner of each example.
    pub winners: Vec<usize>,
}

/// Turns products, `[batch][hidden]`, into responses.
pub fn compete(values: &mut [f32], hidden: usize, competitors: Competitors) -> Outcome {
    let arch = Arch::new();
    let chunks = values.par_chunks_mut(CHUNK * hidden).map(|chunk| {
        let mut decay = vec![0.0; hidden];
        let winners = arch.dispatch(
            #[inline(always)]
            || {
                let rows = chunk.chunks_exact_mut(hidden);
                rows.map(|row| respond(row, &mut decay, competitors))
                    .collect::<Vec<_>>()
            },
        );
        (decay, winners)
    });
    let chunks: Vec<_> = chunks.collect();
    let mut decay = vec![0.0; hidden];
    for (part, _) in &chunks {
        for (sum, part) in decay.iter_mut().zip(part) {
            *sum += part;
        }
    }
    let winners = chunks.into_iter().flat_map(|(_, winners)| winners);
    Outcome {
        decay,
        winners: winners.collect(),
    }
}

/// The responses of one example in place of its products, and its winner.
#[inline(always)]
fn respond(row: &mut [f32], decay: &mut [f32], competitors: Competitors) -> usize {
    let winner = strongest(row);
    let largest = row[winner];
    match competitors {
        Competitors::Soft {
            inverse_temperature,
            anti_hebbian,
        } => {
            let sign = if anti_hebbian { -1.0 } else { 1.0 };
            soft(row, decay, winner, inverse_temperature as f32, sign);
        }
        Competitors::Plain => hard(row, decay, winner, 1.0, largest),
        Competitors::Oja => hard(row, decay, winner, largest, largest * largest),
        Competitors::Instar => hard(row, decay, winner, largest, largest),
    }
    winner
}

#[inline(always)]
fn soft(row: &mut [f32], decay: &mut [f32], winner: usize, t: f32, sign: f32) {
    let largest = row[winner];
    let mut sums = [0.0f32; 16];
    // Twice the exponential costs less than a place for the shares.
    let share = |u: f32| {
        let exponent = t * (u - largest);
        let share = exp(exponent);
        // Not a number stays one: a share of 0 would hide it.
        if exponent < SILENT { 0.0 } else { share }
    };
    let (blocks, rest) = row.as_chunks::<16>();
    for block in blocks {
        for (sum, &u) in sums.iter_mut().zip(block) {
            *sum += share(u);
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for &u in rest {
        sum += share(u);
    }
    let scale = sign / sum;
    for (value, decay) in row.iter_mut().zip(decay.iter_mut()) {
        let response = scale * share(*value);
        *decay += response * *value;
        *value = response;
    }
    // The winner is drawn, whatever the others are.
    let pushed = row[winner];
    row[winner] = pushed.abs();
    decay[winner] += (pushed.abs() - pushed) * largest;
}

#[inline(always)]
fn hard(row: &mut [f32], decay: &mut [f32], winner: usize, response: f32, lost: f32) {
    row.fill(0.0);
    row[winner] = response;
    decay[winner] += lost;
}

/// The place of the largest value, the first among equals; of not a number where there is one.
#[inline(always)]
fn strongest(row: &[f32]) -> usize {
    let mut largest = [f32::NEG_INFINITY; 16];
    let (blocks, rest) = row.as_chunks::<16>();
    for block in blocks {
        for (largest, &value) in largest.iter_mut().zip(block) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let all = largest.iter().chain(rest);
    let most = all.fold(f32::NEG_INFINITY, |most, &value| most.max(value));
    row.iter().position(|&value| value == most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_follows_the_formula() {
        let products: Vec<f32> = (0..53)
            .map(|i| ((i * 37) % 53) as f32 * 0.1 - 2.0)
            .collect();
        for (t, anti_hebbian) in [(1.0, true), (12.0, false), (0.25, true)] {
            let mut row = products.clone();
            let competitors = Competitors::Soft {
                inverse_temperature: t,
                anti_hebbian,
            };
            let outcome = compete(&mut row, 53, competitors);
            let exps: Vec<f64> = products.iter().map(|u| (t * f64::from(*u)).exp()).collect();
            let sum: f64 = exps.iter().sum();
            let winner = (0..53)
                .max_by(|a, b| products[*a].total_cmp(&products[*b]))
                .unwrap();
            assert_eq!(outcome.winners, [winner]);
            for unit in 0..53 {
                let sign = if anti_hebbian && unit != winner {
                    -1.0
                } else {
                    1.0
                };
                let expected = sign * exps[unit] / sum;
                assert!((f64::from(row[unit]) - expected).abs() < 1e-6);
                let decay = expected * f64::from(products[unit]);
                assert!((f64::from(outcome.decay[unit]) - decay).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn the_sums_are_those_of_one_thread_to_the_bit() {
        let values: Vec<f32> = (0..300 * 20)
            .map(|i| ((i * 7919) % 1000) as f32 * 0.01)
            .collect();
        let compete = || {
            let mut values = values.clone();
            compete(&mut values, 20, Competitors::Oja).decay
        };
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(compete(), one.install(compete));
    }

    #[test]
    fn shares_too_small_for_a_float_are_zero_and_not_a_number_stays_one() {
        let soft = Competitors::Soft {
            inverse_temperature: 1.0,
            anti_hebbian: true,
        };
        let mut row = [0.0f32, -80.0, -68.0];
        compete(&mut row, 3, soft);
        assert_eq!(row[1], 0.0);
        assert!(row[2] < 0.0 && row[2].is_normal());
        let mut row = [0.0f32, f32::NAN, -68.0];
        let outcome = compete(&mut row, 3, soft);
        assert!(outcome.decay.iter().any(|decay| decay.is_nan()));
    }
}

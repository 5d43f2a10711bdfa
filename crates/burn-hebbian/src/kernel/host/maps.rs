//! `max(u - mean, 0)^power`, pooled: what a block hands on, in one pass over its maps.

use pulp::Arch;
use rayon::prelude::*;

use super::powers::rectified_power;
use crate::kernel::{Pool, PoolKind};

/// The pooled triangle of maps, `[images][height][width][units]`, and its shape.
pub fn triangle_pool(
    maps: &[f32],
    shape: [usize; 4],
    power: f32,
    pool: Pool,
) -> (Vec<f32>, [usize; 4]) {
    let [images, height, width, units] = shape;
    let [rows, columns] = pool
        .counts([height, width])
        .expect("the block has checked that the window fits");
    let arch = Arch::new();
    // A mean is read by every window that shows its place.
    let means = maps.par_chunks_exact(units).with_min_len(64);
    let means: Vec<f32> = means.map(|place| arch.dispatch(|| mean(place))).collect();
    let line = columns * units;
    let mut pooled = vec![0.0; images * rows * line];
    pooled
        .par_chunks_exact_mut(line.max(1))
        .enumerate()
        .for_each(|(number, line)| {
            let (image, row) = (number / rows, number % rows);
            let map = Map {
                values: &maps[image * height * width * units..][..height * width * units],
                means: &means[image * height * width..][..height * width],
                width,
                units,
            };
            let tall = window(row, 0, height, pool);
            arch.dispatch(
                #[inline(always)]
                || {
                    for (column, output) in line.chunks_exact_mut(units).enumerate() {
                        let wide = window(column, 1, width, pool);
                        map.pool(output, tall.clone(), wide, power, pool);
                    }
                },
            );
        });
    (pooled, [images, rows, columns, units])
}

/// The places of a map that a window shows along one axis.
fn window(number: usize, axis: usize, side: usize, pool: Pool) -> std::ops::Range<usize> {
    let start = number * pool.stride[axis];
    let end = start + pool.kernel[axis];
    start.saturating_sub(pool.padding[axis])..side.min(end.saturating_sub(pool.padding[axis]))
}

#[inline(always)]
fn mean(values: &[f32]) -> f32 {
    let mut sums = [0.0f32; 32];
    let (blocks, rest) = values.as_chunks::<32>();
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value;
        }
    }
    (sums.iter().sum::<f32>() + rest.iter().sum::<f32>()) / values.len() as f32
}

/// The map of one image.
struct Map<'a> {
    /// `[height][width][units]`
    values: &'a [f32],
    /// `[height][width]`
    means: &'a [f32],
    width: usize,
    units: usize,
}

impl Map<'_> {
    #[inline(always)]
    fn pool(
        &self,
        output: &mut [f32],
        tall: std::ops::Range<usize>,
        wide: std::ops::Range<usize>,
        power: f32,
        pool: Pool,
    ) {
        let Self { width, units, .. } = *self;
        for row in tall {
            for column in wide.clone() {
                let place = row * width + column;
                let mean = self.means[place];
                let values = &self.values[place * units..][..units];
                if !mean.is_finite() {
                    // The comparisons would hide it.
                    output.fill(f32::NAN);
                }
                match pool.kind {
                    // Rising in u - mean, so that the largest is found before the power is taken.
                    PoolKind::Max => {
                        for (output, value) in output.iter_mut().zip(values) {
                            let above = value - mean;
                            *output = if above > *output { above } else { *output };
                        }
                    }
                    PoolKind::Average if power == 1.0 => {
                        for (output, value) in output.iter_mut().zip(values) {
                            *output += (value - mean).max(0.0);
                        }
                    }
                    PoolKind::Average => {
                        for (output, value) in output.iter_mut().zip(values) {
                            *output += rectified_power(value - mean, power);
                        }
                    }
                }
            }
        }
        match pool.kind {
            PoolKind::Max if power == 1.0 => {}
            PoolKind::Max => {
                for output in output {
                    *output = rectified_power(*output, power);
                }
            }
            PoolKind::Average => {
                let share = 1.0 / (pool.kernel[0] * pool.kernel[1]) as f32;
                for output in output {
                    *output *= share;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_finite_shows_in_all_units_of_its_place() {
        for value in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            for kind in [PoolKind::Max, PoolKind::Average] {
                for power in [1.0, 0.7, 1.4] {
                    let pool = Pool {
                        kernel: [1, 1],
                        stride: [1, 1],
                        padding: [0, 0],
                        kind,
                    };
                    let maps = [1.0, value, 3.0, 1.0];
                    let (pooled, _) = triangle_pool(&maps, [1, 1, 2, 2], power, pool);
                    let what = format!("{value}, {kind:?}, {power}: {pooled:?}");
                    assert!(pooled[0].is_nan() && pooled[1].is_nan(), "{what}");
                    // The other place has a mean of 2.
                    assert!((pooled[2] - 1.0).abs() < 1e-5, "{what}");
                    assert_eq!(pooled[3], 0.0, "{what}");
                }
            }
        }
    }
}

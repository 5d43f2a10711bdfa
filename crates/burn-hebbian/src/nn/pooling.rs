//! The largest or the mean value of each window of a map.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};

use crate::SettingError;
use crate::error::require;
use crate::kernel::{Pool, PoolKind};

/// Settings of [`Pooling`].
#[derive(Config, Debug, PartialEq, Eq)]
pub struct PoolingConfig {
    /// What is made of a window.
    pub kind: PoolKind,
    /// The height and width of a window.
    pub kernel_size: [usize; 2],
    /// From one window to the next, down and across.
    pub stride: [usize; 2],
    /// What is added on each side, at most half of the window. Defaults to `[0, 0]`.
    #[config(default = "[0, 0]")]
    pub padding: [usize; 2],
}

impl PoolingConfig {
    /// Checks the sizes and makes the pooling.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for a size of 0, or where padding is more than half of the window.
    pub fn init(&self) -> Result<Pooling, SettingError> {
        let positive =
            |field, [a, b]: [usize; 2]| require(a.min(b) > 0, field, a.min(b), "at least 1");
        positive("kernel_size", self.kernel_size)?;
        positive("stride", self.stride)?;
        for axis in 0..2 {
            let most = self.kernel_size[axis] / 2;
            let allowed = format!("at most {most}, half of the window");
            require(
                self.padding[axis] <= most,
                "padding",
                self.padding[axis],
                &allowed,
            )?;
        }
        Ok(Pooling {
            pool: Pool {
                kernel: self.kernel_size,
                stride: self.stride,
                padding: self.padding,
                kind: self.kind,
            },
        })
    }

    /// The height and width of what is made of maps of this height and width.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where the window is larger than the padded maps.
    pub fn output_size(&self, map: [usize; 2]) -> Result<[usize; 2], SettingError> {
        let pool = self.init()?.pool;
        pool.counts(map).ok_or_else(|| {
            let [rows, columns] = self.kernel_size;
            let allowed = format!(
                "at most that of the padded maps, {} x {}",
                map[0] + 2 * self.padding[0],
                map[1] + 2 * self.padding[1]
            );
            SettingError::new("kernel_size", format!("{rows} x {columns}"), allowed)
        })
    }
}

/// Pools maps: the largest value of each window, which ignores padding, or the mean, which counts
/// it as 0. Made by [`PoolingConfig`].
#[derive(Module, Debug)]
pub struct Pooling {
    #[module(skip)]
    pub(super) pool: Pool,
}

impl Pooling {
    /// Applies the forward pass.
    ///
    /// # Shapes
    ///
    /// - input: `[n, units, height, width]`
    /// - output: `[n, units, height', width']`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let Pool {
            kernel,
            stride,
            padding: [tall, wide],
            kind,
        } = self.pool;
        match kind {
            PoolKind::Max => {
                let options = MaxPoolOptions::new(kernel).with_stride(stride);
                max_pool2d(
                    input,
                    options.with_padding_pairs([(tall, tall), (wide, wide)]),
                )
            }
            PoolKind::Average => {
                let options = AvgPoolOptions::new(kernel).with_stride(stride);
                let options = options.with_padding_pairs([(tall, tall), (wide, wide)]);
                avg_pool2d(input, options)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_do_not_fit_are_refused_by_name() {
        let pooling = PoolingConfig::new(PoolKind::Max, [4, 4], [2, 2]).with_padding([1, 1]);
        assert_eq!(pooling.output_size([32, 28]).unwrap(), [16, 14]);
        assert_eq!(
            pooling.output_size([32, 1]).unwrap_err().to_string(),
            "kernel_size = 4 x 4 is not allowed: it must be at most that of the padded maps, 34 x 3"
        );
        assert_eq!(
            pooling.with_padding([1, 3]).init().unwrap_err().to_string(),
            "padding = 3 is not allowed: it must be at most 2, half of the window"
        );
        let still = PoolingConfig::new(PoolKind::Average, [4, 4], [2, 0]);
        assert_eq!(still.init().unwrap_err().field(), "stride");
    }
}

//! The windows of images as rows: a convolution is the dense rule on them.

use burn::tensor::ops::PadMode;
use burn::tensor::{Tensor, s};

use super::layout::channels_last;
use crate::kernel::{self, PaddingMode, Windows};

/// The rows that a unit sees, `[n * rows * columns, kernel rows * kernel columns * channels]`, of
/// `images`, `[n, channels, height, width]`: image, then row, then column of the window. A unit's
/// synapses lie in this order too, kernel row by kernel row, for then a row of a window is one copy from
/// images that lie channel by channel at each pixel, as those of this crate's layers do.
///
/// # Panics
///
/// Panics where the windows do not [fit](check) the images.
pub fn patches(images: Tensor<4>, windows: Windows) -> Tensor<2> {
    let [n, channels, height, width] = images.dims();
    if let Err(reason) = check(windows, [height, width]) {
        panic!("HebbianConv2d: {reason}");
    }
    let maps = channels_last(images);
    if kernel::is_host_float(&maps) {
        return kernel::patches(maps, windows);
    }
    let counts = windows.counts([height, width]).expect(CHECKED);
    let [rows, columns] = counts;
    let [kernel_rows, kernel_columns] = windows.kernel;
    let [tall, wide] = windows.padding;
    let mode = match windows.border {
        PaddingMode::Zeros => PadMode::Constant(0.0),
        PaddingMode::Reflect => PadMode::Reflect,
    };
    let maps = if windows.padding == [0, 0] {
        maps
    } else {
        maps.pad([(0, 0), (tall, tall), (wide, wide), (0, 0)], mode)
    };
    let span = |offset: usize, axis: usize| {
        let last = (counts[axis] - 1) * windows.stride[axis];
        s![offset as isize..(offset + last + 1) as isize; windows.stride[axis] as isize]
    };
    let mut places = Vec::with_capacity(kernel_rows * kernel_columns);
    for row in 0..kernel_rows {
        for column in 0..kernel_columns {
            let (row, column) = (span(row, 0), span(column, 1));
            places.push(maps.clone().slice([s![..], row, column, s![..]]));
        }
    }
    let visible = kernel_rows * kernel_columns * channels;
    Tensor::cat(places, 3).reshape([n * rows * columns, visible])
}

pub const CHECKED: &str = "the windows fit";

/// Why windows do not fit images of this height and width.
pub fn check(windows: Windows, sides: [usize; 2]) -> Result<[usize; 2], String> {
    let [height, width] = sides;
    let [tall, wide] = windows.padding;
    if windows.border == PaddingMode::Reflect && (tall >= height || wide >= width) {
        return Err(format!(
            "reflect padding of {tall} x {wide} needs images of at least {} x {}, got {height} x \
             {width}",
            tall + 1,
            wide + 1
        ));
    }
    let [kernel_rows, kernel_columns] = windows.kernel;
    windows.counts(sides).ok_or_else(|| {
        format!(
            "a kernel of {kernel_rows} x {kernel_columns} does not fit images of {height} x {width} \
             with a padding of {tall} x {wide}"
        )
    })
}

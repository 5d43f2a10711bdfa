//! The windows of a map as rows: what a unit of a convolution sees, kernel row by kernel row.

use rayon::prelude::*;

use crate::kernel::{Windows, shown};

/// The rows, `[images * rows * columns][kernel rows][kernel columns][channels]`, of maps
/// `[images][height][width][channels]`, and their shape.
pub fn patches(maps: &[f32], shape: [usize; 4], windows: Windows) -> (Vec<f32>, [usize; 2]) {
    let [images, height, width, channels] = shape;
    let [rows, columns] = windows
        .counts([height, width])
        .expect("the layer has checked that the kernel fits");
    let [kernel_rows, kernel_columns] = windows.kernel;
    let visible = kernel_rows * kernel_columns * channels;
    let line = columns * visible;
    let mut patches = vec![0.0; images * rows * line];
    patches
        .par_chunks_exact_mut(line.max(1))
        .enumerate()
        .with_min_len(2)
        .for_each(|(number, line)| {
            let (image, row) = (number / rows, number % rows);
            let map = &maps[image * height * width * channels..][..height * width * channels];
            let top = place(row, windows.stride[0], windows.padding[0]);
            for (column, patch) in line.chunks_exact_mut(visible).enumerate() {
                let left = place(column, windows.stride[1], windows.padding[1]);
                let patch_rows = patch.chunks_exact_mut(kernel_columns * channels);
                for (offset, patch_row) in patch_rows.enumerate() {
                    let from = shown(top + offset as isize, height, windows.border);
                    if let Some(from) = from {
                        let map_row = &map[from * width * channels..][..width * channels];
                        copy(patch_row, map_row, left, channels, windows);
                    }
                }
            }
        });
    (patches, [images * rows * columns, visible])
}

/// Where the window of this number begins.
fn place(number: usize, stride: usize, padding: usize) -> isize {
    (number * stride) as isize - padding as isize
}

/// Copies one row of a window, which begins at the column `left` of the map.
#[inline(always)]
fn copy(patch: &mut [f32], map: &[f32], left: isize, channels: usize, windows: Windows) {
    let width = map.len() / channels;
    let right = left + windows.kernel[1] as isize;
    if left >= 0 && right <= width as isize {
        patch.copy_from_slice(&map[left as usize * channels..][..patch.len()]);
        return;
    }
    for (offset, pixel) in patch.chunks_exact_mut(channels).enumerate() {
        if let Some(column) = shown(left + offset as isize, width, windows.border) {
            pixel.copy_from_slice(&map[column * channels..][..channels]);
        }
    }
}

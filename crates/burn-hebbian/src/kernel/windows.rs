//! Where the windows of a convolution or a pooling lie.

use burn::config::Config;

/// What is added around a map.
#[derive(Config, Copy, Debug, PartialEq, Eq)]
pub enum PaddingMode {
    /// Zeros.
    Zeros,
    /// The map itself, mirrored; its border is not repeated.
    Reflect,
}

/// The windows of a convolution: height and width of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The size of a window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// What is added on each side.
    pub padding: [usize; 2],
    /// What is added.
    pub border: PaddingMode,
}

/// The windows of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The size of a window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// What is added on each side.
    pub padding: [usize; 2],
    /// What is made of a window.
    pub kind: PoolKind,
}

/// What a pooling makes of a window.
#[derive(Config, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest value; padding is ignored.
    Max,
    /// The mean over the whole window; padding counts as 0.
    Average,
}

/// How many windows fit a side of a map, or `None` where the kernel does not.
fn count(side: usize, kernel: usize, stride: usize, padding: usize) -> Option<usize> {
    let free = (side + 2 * padding).checked_sub(kernel)?;
    Some(free / stride + 1)
}

impl Windows {
    /// The number of windows along the height and the width of a map.
    pub fn counts(&self, sides: [usize; 2]) -> Option<[usize; 2]> {
        both(sides, self.kernel, self.stride, self.padding)
    }
}

impl Pool {
    /// The number of windows along the height and the width of a map.
    pub fn counts(&self, sides: [usize; 2]) -> Option<[usize; 2]> {
        both(sides, self.kernel, self.stride, self.padding)
    }
}

fn both(
    sides: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Option<[usize; 2]> {
    let along = |axis: usize| count(sides[axis], kernel[axis], stride[axis], padding[axis]);
    Some([along(0)?, along(1)?])
}

/// The place in a map of `side` that a place of the padded map shows, from `-padding` on; `None` for
/// a zero.
#[inline(always)]
pub fn shown(place: isize, side: usize, border: PaddingMode) -> Option<usize> {
    let last = side as isize - 1;
    let inside = match border {
        PaddingMode::Zeros => place,
        PaddingMode::Reflect if place < 0 => -place,
        PaddingMode::Reflect if place > last => 2 * last - place,
        PaddingMode::Reflect => place,
    };
    (0..=last).contains(&inside).then_some(inside as usize)
}

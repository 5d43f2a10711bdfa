//! Where the windows of a convolution or a pooling lie.

/// What lies around a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Zeros.
    Zeros,
    /// The map, mirrored without its border.
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
    pub border: Border,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest value; padding is ignored.
    Max,
    /// The sum over the size of the window; padding counts as 0.
    Average,
}

/// How many windows fit a map with a side of `side`, or `None` where the kernel does not.
pub fn count(side: usize, kernel: usize, stride: usize, padding: usize) -> Option<usize> {
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
pub fn shown(place: isize, side: usize, border: Border) -> Option<usize> {
    let last = side as isize - 1;
    let inside = match border {
        Border::Zeros => place,
        Border::Reflect if place < 0 => -place,
        Border::Reflect if place > last => 2 * last - place,
        Border::Reflect => place,
    };
    (0..=last).contains(&inside).then_some(inside as usize)
}

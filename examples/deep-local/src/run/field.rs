//! The part of an image that a unit of a block sees.

/// The receptive fields of the places on a map, along one side of the image: place `i` sees the `size` pixels
/// from `first + i step` on. `first` is negative where windows begin on a border that padding adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Field {
    /// Pixels that a place sees.
    pub size: usize,
    first: i64,
    step: usize,
}

impl Field {
    /// The image itself: each place sees its own pixel.
    pub const PIXEL: Self = Self {
        size: 1,
        first: 0,
        step: 1,
    };

    /// The fields of the map that windows make of this one.
    pub fn seen_by(self, kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            size: self.size + (kernel - 1) * self.step,
            first: self.first - (padding * self.step) as i64,
            step: self.step * stride,
        }
    }

    /// The first pixel that `place` sees.
    pub fn start(&self, place: usize) -> i64 {
        self.first + (place * self.step) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pixels of a line that a place depends on, found window by window.
    fn pixels(place: i64, windows: &[(usize, usize, usize)]) -> Vec<i64> {
        let Some(((kernel, stride, padding), below)) = windows.split_last() else {
            return vec![place];
        };
        let first = place * *stride as i64 - *padding as i64;
        let seen = (first..first + *kernel as i64).flat_map(|place| pixels(place, below));
        let mut seen: Vec<_> = seen.collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    #[test]
    fn fields_are_the_pixels_that_the_windows_reach() {
        // Three blocks of convolution and pooling, and two of other strides and no padding.
        let published = [(5, 1, 2), (4, 2, 1), (3, 1, 1), (4, 2, 1), (3, 1, 1)];
        let other = [(3, 2, 1), (2, 2, 0), (4, 1, 0), (2, 3, 1)];
        for windows in [&published[..], &other] {
            let mut field = Field::PIXEL;
            for (n, &(kernel, stride, padding)) in windows.iter().enumerate() {
                field = field.seen_by(kernel, stride, padding);
                for place in [0, 1, 5] {
                    let seen = pixels(place, &windows[..=n]);
                    let start = field.start(place as usize);
                    let wanted: Vec<_> = (start..start + field.size as i64).collect();
                    assert_eq!(seen, wanted, "place {place} after window {n}");
                }
            }
        }
    }

    #[test]
    fn the_third_published_block_sees_26_pixels() {
        let field = Field::PIXEL
            .seen_by(5, 1, 2)
            .seen_by(4, 2, 1)
            .seen_by(3, 1, 1)
            .seen_by(4, 2, 1)
            .seen_by(3, 1, 1);
        assert_eq!((field.size, field.start(0), field.start(1)), (26, -11, -7));
    }
}

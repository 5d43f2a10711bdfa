//! The images that the blocks look at, to cut patches out of.

use burn::tensor::Tensor;
use image_sets::ImageShape;

use crate::report::{Patch, Pixels};

/// The images that the blocks were shown, from 0 to 255.
pub(super) struct Gallery {
    bytes: Vec<u8>,
    shape: ImageShape,
}

impl Gallery {
    /// Images of `shape`, `[n, channels, height, width]`, pixels from 0 to 1.
    pub fn new(images: Tensor<4>, shape: ImageShape) -> Self {
        let pixels = (images * 255.0).into_data();
        let bytes = pixels.iter::<f32>().map(|value| value.round() as u8);
        Self {
            bytes: bytes.collect(),
            shape,
        }
    }

    /// The square of `size` of an image at row `top` and column `left`; 0 beyond its edge.
    pub fn cut(&self, image: usize, top: i64, left: i64, size: usize) -> Patch {
        let ImageShape {
            channels,
            height,
            width,
        } = self.shape;
        let image_bytes = &self.bytes[image * self.shape.visible()..][..self.shape.visible()];
        let inside = |start: i64, n: usize, end: usize| {
            let at = usize::try_from(start + n as i64).ok()?;
            (at < end).then_some(at)
        };
        let mut pixels = Vec::with_capacity(channels * size * size);
        for plane in image_bytes.chunks(height * width) {
            for y in 0..size {
                for x in 0..size {
                    let at = inside(top, y, height).zip(inside(left, x, width));
                    pixels.push(at.map_or(0, |(y, x)| plane[y * width + x]));
                }
            }
        }
        Patch {
            image,
            top,
            left,
            pixels: Pixels(pixels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_beyond_the_edge_is_filled_with_zeros() {
        let gallery = Gallery {
            bytes: (0..24).collect(),
            shape: ImageShape {
                channels: 2,
                height: 2,
                width: 3,
            },
        };
        let patch = gallery.cut(1, -1, 2, 2);
        assert_eq!((patch.image, patch.top, patch.left), (1, -1, 2));
        assert_eq!(patch.pixels, Pixels(vec![0, 0, 14, 0, 0, 0, 20, 0]));
    }
}

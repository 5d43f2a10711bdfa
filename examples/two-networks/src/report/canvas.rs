//! Pictures made of pixels: a canvas, the grid of detectors on it, and its PNG.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::palette::Rgb;
use super::{ImageInfo, ReportError};

/// A picture of pixels of kind `P`, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas<P> {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<P>,
}

impl<P: Copy> Canvas<P> {
    /// A canvas of one colour.
    pub fn filled(width: usize, height: usize, colour: P) -> Self {
        let pixels = vec![colour; width * height];
        Self {
            width,
            height,
            pixels,
        }
    }

    /// Fills a rectangle that lies on the canvas.
    pub fn fill(
        &mut self,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        colour: P,
    ) {
        for row in top..top + height {
            self.pixels[row * self.width + left..][..width].fill(colour);
        }
    }
}

impl Canvas<Rgb> {
    /// The canvas as a PNG inside a `data:` address, for an `img` that needs no other file.
    pub fn data_uri(&self, figure: &'static str) -> Result<String, ReportError> {
        let png = self
            .png()
            .map_err(|error| ReportError::figure(figure, error))?;
        Ok(data_uri("image/png", &png))
    }

    fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// Bytes as a `data:` address.
pub(super) fn data_uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// Width of the gaps in a grid.
const GAP: usize = 1;

/// Images of one size in rows and columns, with thin gaps between and around them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    count: usize,
    columns: usize,
    image: (usize, usize),
    scale: usize,
}

impl Grid {
    /// A near-square grid: 20 images lie in 5 columns and 4 rows.
    pub fn square(count: usize, image: &ImageInfo, width: usize) -> Self {
        let columns = (1..=count).find(|c| c * c >= count).unwrap_or(1);
        Self::new(count, columns, image, width)
    }

    /// All images side by side.
    pub fn row(count: usize, image: &ImageInfo, width: usize) -> Self {
        Self::new(count, count, image, width)
    }

    /// Each image pixel becomes a whole number of canvas pixels, so that the grid is at most about `width` wide.
    fn new(count: usize, columns: usize, image: &ImageInfo, width: usize) -> Self {
        let scale = (width / (columns * image.width)).max(1);
        Self {
            count,
            columns,
            image: (image.width, image.height),
            scale,
        }
    }

    /// Width and height of the whole grid in canvas pixels.
    pub fn size(&self) -> (usize, usize) {
        let rows = self.count.div_ceil(self.columns);
        self.corner(self.columns, rows)
    }

    /// Paints pixel `i` of image `n` in `colour(n, i)` on a ground of `gap` colour.
    pub fn paint<P: Copy>(&self, gap: P, colour: impl Fn(usize, usize) -> P) -> Canvas<P> {
        let (width, height) = self.size();
        let mut canvas = Canvas::filled(width, height, gap);
        let dot = (self.scale, self.scale);
        for n in 0..self.count {
            let (left, top) = self.corner(n % self.columns, n / self.columns);
            for i in 0..self.image.0 * self.image.1 {
                let (x, y) = (i % self.image.0, i / self.image.0);
                canvas.fill(
                    (left + x * self.scale, top + y * self.scale),
                    dot,
                    colour(n, i),
                );
            }
        }
        canvas
    }

    /// Top left corner of a cell.
    fn corner(&self, column: usize, row: usize) -> (usize, usize) {
        let along = |cell: usize, size: usize| GAP + cell * (size * self.scale + GAP);
        (along(column, self.image.0), along(row, self.image.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: ImageInfo = ImageInfo {
        channels: 1,
        height: 2,
        width: 3,
        white: 255.0,
    };

    #[test]
    fn twenty_images_lie_five_by_four() {
        let grid = Grid::square(20, &IMAGE, 0);
        assert_eq!((grid.columns, grid.scale), (5, 1));
        assert_eq!(grid.size(), (5 * 3 + 6, 4 * 2 + 5));
        assert_eq!(Grid::square(25, &IMAGE, 0).columns, 5);
        assert_eq!(Grid::square(21, &IMAGE, 0).size(), (5 * 3 + 6, 5 * 2 + 6));
    }

    #[test]
    fn every_image_pixel_becomes_a_square_in_its_cell() {
        let grid = Grid::row(2, &IMAGE, 24);
        assert_eq!((grid.scale, grid.size()), (4, (27, 10)));
        let canvas = grid.paint(None, |n, i| Some((n, i)));
        let at = |x: usize, y: usize| canvas.pixels[y * canvas.width + x];
        assert_eq!(at(0, 4), None);
        assert_eq!(at(1, 1), Some((0, 0)));
        assert_eq!(at(4, 4), Some((0, 0)));
        assert_eq!(at(12, 8), Some((0, 5)));
        assert_eq!(at(13, 8), None);
        assert_eq!(at(14, 5), Some((1, 3)));
        let painted = canvas.pixels.iter().filter(|p| p.is_some()).count();
        assert_eq!(painted, 2 * 6 * 16);
    }

    #[test]
    fn a_png_decodes_to_the_same_pixels() {
        let canvas = Grid::row(2, &IMAGE, 9).paint([9, 9, 9], |n, i| [n as u8, i as u8, 7]);
        let bytes = canvas.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, canvas.pixels.as_flattened());
    }
}

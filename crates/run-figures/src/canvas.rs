//! Pictures made of pixels, and their PNG.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::FigureError;
use crate::palette::Rgb;

/// A picture of pixels of kind `P`, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas<P> {
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// `width * height` pixels.
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

    /// Fills a rectangle.
    ///
    /// # Panics
    ///
    /// If the rectangle does not lie on the canvas.
    pub fn fill(
        &mut self,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        colour: P,
    ) {
        for row in top..top + height {
            self.pixels[row * self.width..][..self.width][left..][..width].fill(colour);
        }
    }
}

impl Canvas<Rgb> {
    /// The canvas as the bytes of a PNG.
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where the canvas has no pixels.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
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

    /// The PNG as a `data:` address, for an `img` that needs no other file.
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where the canvas has no pixels.
    pub fn data_uri(&self) -> Result<String, FigureError> {
        Ok(data_uri("image/png", &self.png()?))
    }
}

/// Bytes of a media type, such as `image/gif`, as a `data:` address.
pub fn data_uri(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_decodes_to_the_same_pixels() {
        let mut canvas = Canvas::filled(5, 4, [9, 9, 9]);
        canvas.fill((1, 2), (3, 2), [1, 2, 3]);
        let bytes = canvas.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, canvas.pixels.as_flattened());
        let filled = canvas.pixels.iter().filter(|&&pixel| pixel == [1, 2, 3]);
        assert_eq!((filled.count(), canvas.pixels[2 * 5 + 1]), (6, [1, 2, 3]));
    }

    #[test]
    fn a_canvas_without_pixels_has_no_png() {
        let error = Canvas::filled(0, 4, [0; 3]).data_uri().unwrap_err();
        assert!(error.to_string().contains("as PNG"), "{error}");
    }
}

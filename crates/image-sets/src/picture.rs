//! An image file as pixels.

use std::io::Cursor;
use std::path::Path;

use image::error::{LimitError, LimitErrorKind};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader};

use crate::{DataError, file, kind};

/// The largest image file that is read.
const LIMIT: u64 = 1 << 30;

/// The most bytes that the pixels of a file may take: it can promise more than there is memory.
const DECODED_LIMIT: u64 = 1 << 28;

/// An image from a PNG or JPEG file, in grey or in colour, upright, on white where it is transparent.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    image: DynamicImage,
}

impl Picture {
    /// Reads a PNG or JPEG file, whatever its name.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is something else.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let bytes = file::read(path, LIMIT)?;
        Self::decode(&bytes).map_err(|flaw| DataError::new(path, flaw))
    }

    /// The picture of a PNG or JPEG file of these bytes; else what is wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let image = decoder(bytes).and_then(|(decoder, orientation)| {
            let mut image = DynamicImage::from_decoder(decoder)?;
            image.apply_orientation(orientation);
            Ok(image)
        });
        let image = image.map_err(|cause| flaw(bytes, &cause))?;
        let image = on_white(image);
        let image = match image.color().has_color() {
            true => image.into_rgb8().into(),
            false => image.into_luma8().into(),
        };
        Ok(Self { image })
    }

    /// Height and width of the picture in a file of these bytes, of which only the start is looked at; else what is wrong.
    pub(crate) fn size_in(bytes: &[u8]) -> Result<[usize; 2], String> {
        let (decoder, orientation) = decoder(bytes).map_err(|cause| flaw(bytes, &cause))?;
        let (width, height) = decoder.dimensions();
        let is_turned = matches!(
            orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        );
        Ok(if is_turned {
            [width as usize, height as usize]
        } else {
            [height as usize, width as usize]
        })
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.image.height() as usize, self.image.width() as usize]
    }

    /// Whether red, green and blue are the same in each pixel.
    pub fn is_grey(&self) -> bool {
        let colours = self.image.as_rgb8();
        colours.is_none_or(|image| {
            let mut pixels = image.pixels();
            pixels.all(|pixel| pixel.0 == [pixel.0[0]; 3])
        })
    }

    /// Turns black into white and white into black.
    pub fn invert(&mut self) {
        self.image.invert();
    }

    /// The picture scaled to a height and a width, each pixel the mean of those that it stands for.
    pub fn scaled_to(self, [height, width]: [usize; 2]) -> Self {
        if self.size() == [height, width] {
            return self;
        }
        let (width, height) = (width as u32, height as u32);
        let image = self.image.resize_exact(width, height, FilterType::Triangle);
        Self { image }
    }

    /// Pixels from 0 to 255, row by row: of 1 channel in grey, of 3 channels as planes of red, green and blue.
    ///
    /// # Panics
    ///
    /// If there are to be neither 1 nor 3 channels.
    pub fn pixels(&self, channels: usize) -> Vec<u8> {
        match channels {
            1 => self.image.to_luma8().into_raw(),
            3 => planes(&self.image.to_rgb8().into_raw()),
            _ => panic!("a picture has 1 or 3 channels, not {channels}"),
        }
    }
}

/// What decodes an image file, and how the camera was held.
fn decoder(bytes: &[u8]) -> Result<(impl ImageDecoder + '_, Orientation), ImageError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut decoder = reader.into_decoder()?;
    if decoder.total_bytes() > DECODED_LIMIT {
        let kind = LimitErrorKind::InsufficientMemory;
        return Err(ImageError::Limits(LimitError::from_kind(kind)));
    }
    let orientation = decoder.orientation()?;
    Ok((decoder, orientation))
}

fn flaw(bytes: &[u8], cause: &ImageError) -> String {
    match kind::of(bytes) {
        // Its own format says more of it.
        Some(kind) if !kind.ends_with("image") => {
            format!("it is {kind} instead of a PNG or JPEG image")
        }
        _ => format!("it cannot be used as a PNG or JPEG image: {cause}"),
    }
}

/// The image with white behind what is transparent.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let is_grey = !image.color().has_color();
    let mut image = image.into_rgba8();
    for pixel in image.pixels_mut() {
        let [.., alpha] = pixel.0;
        let over = |value: u8| {
            let sum = u32::from(value) * u32::from(alpha) + 255 * u32::from(255 - alpha);
            ((sum + 127) / 255) as u8
        };
        let [red, green, blue, _] = pixel.0;
        pixel.0 = [over(red), over(green), over(blue), u8::MAX];
    }
    let image = DynamicImage::from(image);
    match is_grey {
        true => image.into_luma8().into(),
        false => image,
    }
}

/// Red, green and blue pixel by pixel, as planes.
fn planes(pixels: &[u8]) -> Vec<u8> {
    let mut planes = Vec::with_capacity(pixels.len());
    for channel in 0..3 {
        planes.extend(pixels.iter().skip(channel).step_by(3));
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayAlphaImage, GrayImage, ImageFormat, RgbImage, RgbaImage};

    /// The picture of a PNG file of `image`.
    fn picture(image: impl Into<DynamicImage>) -> Picture {
        let mut bytes = Cursor::new(Vec::new());
        let image = image.into();
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let bytes = bytes.into_inner();
        let picture = Picture::decode(&bytes).unwrap();
        assert_eq!(Picture::size_in(&bytes), Ok(picture.size()));
        picture
    }

    #[test]
    fn colours_lie_in_planes_and_become_grey_where_they_must() {
        let image = RgbImage::from_fn(4, 3, |x, y| image::Rgb([x as u8, y as u8, 200]));
        let colours = picture(image);
        let pixels = colours.pixels(3);
        let at = |channel: usize, x: usize, y: usize| pixels[(channel * 3 + y) * 4 + x];
        assert_eq!([at(0, 3, 1), at(1, 3, 1), at(2, 3, 1)], [3, 1, 200]);
        assert_eq!((colours.size(), colours.is_grey()), ([3, 4], false));

        let grey = picture(RgbImage::from_pixel(2, 2, image::Rgb([60; 3])));
        assert_eq!((grey.pixels(1), grey.is_grey()), (vec![60; 4], true));
        let grey = picture(GrayImage::from_pixel(2, 2, image::Luma([60])));
        assert_eq!((grey.pixels(3), grey.is_grey()), (vec![60; 12], true));
    }

    #[test]
    fn what_is_transparent_is_white() {
        let stamp = RgbaImage::from_fn(2, 1, |x, _| image::Rgba([0, 0, 0, 255 * (1 - x as u8)]));
        assert_eq!(picture(stamp).pixels(3), [0, 255, 0, 255, 0, 255]);
        let grey = GrayAlphaImage::from_fn(2, 1, |x, _| image::LumaA([0, 255 * (1 - x as u8)]));
        assert_eq!(picture(grey).pixels(1), [0, 255]);
    }

    #[test]
    fn a_smaller_picture_has_the_means() {
        let halves = GrayImage::from_fn(8, 4, |x, _| image::Luma([if x < 4 { 0 } else { 200 }]));
        let scaled = picture(halves).scaled_to([2, 2]);
        let pixels = scaled.pixels(1);
        assert!(pixels[0] < 30 && pixels[1] > 170, "{pixels:?}");
        assert_eq!(scaled.clone().scaled_to([2, 2]), scaled);
    }

    #[test]
    fn inverting_twice_changes_nothing() {
        let mut page = picture(GrayImage::from_pixel(2, 2, image::Luma([255])));
        let before = page.clone();
        page.invert();
        assert_eq!(page.pixels(1), [0; 4]);
        page.invert();
        assert_eq!(page, before);
    }

    #[test]
    fn a_picture_that_promises_more_than_there_is_memory_is_refused() {
        let mut bytes = Cursor::new(Vec::new());
        let dot = DynamicImage::from(GrayImage::new(1, 1));
        dot.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let mut bytes = bytes.into_inner();
        // The frame header: its length, the bits of a value, then height and width.
        let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]);
        let size = frame.unwrap() + 5;
        bytes[size..size + 4].copy_from_slice(&[0xff; 4]);
        let flaw = Picture::decode(&bytes).unwrap_err();
        assert!(flaw.contains("cannot be used as a PNG or JPEG"), "{flaw}");
        assert!(Picture::size_in(&bytes).is_err());
    }

    #[test]
    fn what_is_no_image_is_named_for_what_it_is() {
        for (bytes, expected) in [
            (
                &b""[..],
                "it is an empty file instead of a PNG or JPEG image",
            ),
            (b"no image", "it is a text instead of"),
            (b"\x1f\x8b\x08", "it is a gzip file instead of"),
            (b"GIF89a", "it cannot be used as a PNG or JPEG image: "),
            (
                b"\x89PNG\r\n\x1a\n cut",
                "it cannot be used as a PNG or JPEG image: ",
            ),
            (
                b"\xff\xd8\xff\xe0\0",
                "it cannot be used as a PNG or JPEG image: ",
            ),
        ] {
            for flaw in [
                Picture::decode(bytes).unwrap_err(),
                Picture::size_in(bytes).unwrap_err(),
            ] {
                assert!(flaw.starts_with(expected), "{flaw}");
            }
        }
    }
}

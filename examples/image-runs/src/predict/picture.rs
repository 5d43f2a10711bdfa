//! An image file as an image of a data set.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader};

use crate::ImageKind;

/// A file that is no image.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    #[error("cannot read {}: {error}", file.display())]
    Read { file: PathBuf, error: io::Error },
    #[error("cannot use {} as a PNG or JPEG image: {error}", file.display())]
    Malformed { file: PathBuf, error: ImageError },
}

/// An image as those that the networks have learned.
#[derive(Debug, PartialEq)]
pub(super) struct Picture {
    /// One value a pixel, from 0 to the white of the data set; colours plane by plane.
    pixels: Vec<u8>,
    /// What the user should know of what was made of the file.
    pub warnings: Vec<String>,
}

impl Picture {
    /// Reads a PNG or JPEG, whatever its name, as an image of `kind`, and turns black into white where `invert` says so.
    ///
    /// Colours become grey and grey the same in each colour; what is transparent shows white. Another size is scaled.
    pub fn read(file: &Path, kind: &ImageKind, invert: bool) -> Result<Self, PictureError> {
        let unreadable = |error| PictureError::Read {
            file: file.into(),
            error,
        };
        let reader = File::open(file).map(BufReader::new).map_err(unreadable)?;
        let reader = ImageReader::new(reader).with_guessed_format();
        let image = decode(reader.map_err(unreadable)?);
        let image = image.map_err(|error| PictureError::Malformed {
            file: file.into(),
            error,
        })?;
        Ok(Self::of(image, kind, invert))
    }

    fn of(image: DynamicImage, kind: &ImageKind, invert: bool) -> Self {
        let mut warnings = Vec::new();
        let mut image = on_white(image);
        let (width, height) = (kind.shape.width as u32, kind.shape.height as u32);
        let found = (image.width(), image.height());
        if found != (width, height) {
            let distorted =
                u64::from(found.0) * u64::from(height) != u64::from(found.1) * u64::from(width);
            let advice = if distorted {
                ", which changes their proportions; crop it first to keep them"
            } else {
                ""
            };
            warnings.push(format!(
                "{} x {} pixels are scaled to {width} x {height}{advice}",
                found.0, found.1
            ));
            image = image.resize_exact(width, height, FilterType::Triangle);
        }
        if invert {
            image.invert();
        }
        if kind.on_black && is_framed_in_white(&image) {
            warnings.push(
                "its ground is white, where the network has learned bright shapes on black; --invert turns it round"
                    .to_string(),
            );
        }
        let values = if kind.shape.channels == 1 {
            image.into_luma8().into_raw()
        } else {
            planes(&image.into_rgb8().into_raw())
        };
        let white = u16::from(kind.white);
        let level = |value: u8| ((u16::from(value) * white + 127) / 255) as u8;
        Self {
            pixels: values.into_iter().map(level).collect(),
            warnings,
        }
    }

    /// Pixels from 0 to 1, where `white` is 1.
    pub fn scaled(&self, white: u8) -> Vec<f32> {
        let pixels = self.pixels.iter();
        pixels
            .map(|&pixel| f32::from(pixel) / f32::from(white))
            .collect()
    }
}

/// The image in the way that the camera was held.
fn decode(reader: ImageReader<BufReader<File>>) -> Result<DynamicImage, ImageError> {
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The image with white behind what is transparent.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
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
    image.into()
}

/// Whether most of the outermost pixels are nearer to white than to black: true of none of the 70,000 images of MNIST and
/// of two of Fashion-MNIST, of which 3,856 are bright on the whole.
fn is_framed_in_white(image: &DynamicImage) -> bool {
    let image = image.to_luma8();
    let (width, height) = image.dimensions();
    let outermost = image
        .enumerate_pixels()
        .filter(|&(x, y, _)| [0, width - 1].contains(&x) || [0, height - 1].contains(&y));
    let (mut white, mut all) = (0, 0);
    for (_, _, pixel) in outermost {
        white += u32::from(pixel.0[0] > 127);
        all += 1;
    }
    2 * white > all
}

/// Red, green and blue pixel by pixel, as planes.
fn planes(pixels: &[u8]) -> Vec<u8> {
    let plane = |channel: usize| pixels.iter().skip(channel).step_by(3).copied();
    (0..3).flat_map(plane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, ImageFormat, RgbImage, RgbaImage};
    use image_sets::ImageSet;

    /// Writes an image and reads it as one of `dataset`.
    fn read(image: impl Into<DynamicImage>, dataset: ImageSet, invert: bool) -> Picture {
        let folder = tempfile::tempdir().unwrap();
        // The name says nothing.
        let file = folder.path().join("image");
        image
            .into()
            .save_with_format(&file, ImageFormat::Png)
            .unwrap();
        Picture::read(&file, &ImageKind::of(dataset), invert).unwrap()
    }

    #[test]
    fn an_image_of_the_data_set_comes_back_to_the_bit() {
        let digits = ImageSet::Digits.load(None).unwrap().test;
        for i in 0..digits.len() {
            let grey = digits
                .image(i)
                .iter()
                .map(|&value| (u16::from(value) * 255 / 16) as u8);
            let image = GrayImage::from_raw(8, 8, grey.collect()).unwrap();
            let picture = read(image, ImageSet::Digits, false);
            assert_eq!(picture.pixels, digits.image(i));
            assert!(picture.warnings.is_empty(), "{i}: {:?}", picture.warnings);
        }
    }

    #[test]
    fn colours_lie_in_planes_and_become_grey_where_they_must() {
        let image = RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8, y as u8, 200]));
        let picture = read(image, ImageSet::Cifar10, false);
        let at = |channel: usize, x: usize, y: usize| picture.pixels[(channel * 32 + y) * 32 + x];
        assert_eq!([at(0, 5, 9), at(1, 5, 9), at(2, 5, 9)], [5, 9, 200]);
        let grey = RgbImage::from_pixel(28, 28, image::Rgb([60, 60, 60]));
        assert_eq!(read(grey, ImageSet::Mnist, false).pixels, [60; 784]);
        let grey = GrayImage::from_pixel(32, 32, image::Luma([60]));
        assert_eq!(read(grey, ImageSet::Cifar10, false).pixels, [60; 3072]);
    }

    #[test]
    fn another_size_is_scaled_with_a_word() {
        let half = GrayImage::from_fn(56, 56, |x, _| image::Luma([if x < 28 { 0 } else { 200 }]));
        let picture = read(half, ImageSet::Mnist, false);
        assert_eq!(picture.warnings, ["56 x 56 pixels are scaled to 28 x 28"]);
        assert_eq!((picture.pixels[5], picture.pixels[25]), (0, 200));
        let wide = read(GrayImage::new(56, 28), ImageSet::Mnist, false);
        assert!(wide.warnings[0].contains("proportions"), "{wide:?}");
    }

    #[test]
    fn ink_on_white_is_named_and_inverted() {
        let ink = |x: u32| if (12..16).contains(&x) { 0 } else { 255 };
        let page = GrayImage::from_fn(28, 28, |x, _| image::Luma([ink(x)]));
        let picture = read(page.clone(), ImageSet::Mnist, false);
        assert!(picture.warnings[0].contains("--invert"), "{picture:?}");
        let picture = read(page, ImageSet::Mnist, true);
        assert!(picture.warnings.is_empty(), "{picture:?}");
        assert_eq!((picture.pixels[0], picture.pixels[13]), (0, 255));
        let sky = RgbImage::from_pixel(32, 32, image::Rgb([255; 3]));
        assert!(read(sky, ImageSet::Cifar10, false).warnings.is_empty());
    }

    #[test]
    fn what_is_transparent_is_white() {
        let stamp = RgbaImage::from_fn(32, 32, |x, _| {
            image::Rgba([0, 0, 0, 255 * u8::from(x < 16)])
        });
        let picture = read(stamp, ImageSet::Cifar10, false);
        assert_eq!((picture.pixels[15], picture.pixels[16]), (0, 255));
    }

    #[test]
    fn a_file_that_is_no_image_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let kind = ImageKind::of(ImageSet::Mnist);
        for content in [&b"no image"[..], b"\x89PNG\r\n\x1a\n cut short"] {
            let file = folder.path().join("notes.png");
            std::fs::write(&file, content).unwrap();
            let error = Picture::read(&file, &kind, false).unwrap_err().to_string();
            assert!(
                error.contains("notes.png as a PNG or JPEG image: "),
                "{error}"
            );
        }
        let error = Picture::read(&folder.path().join("none"), &kind, false).unwrap_err();
        assert!(error.to_string().starts_with("cannot read "), "{error}");
    }
}

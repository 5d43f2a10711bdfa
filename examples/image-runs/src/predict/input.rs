//! An image file as one of those that a network has learned.

use std::path::Path;

use image_sets::{DataError, Picture};

use crate::ImageKind;

/// What a network sees of an image file.
#[derive(Debug, PartialEq)]
pub(super) struct Input {
    /// One value a pixel, from 0 to the white of the images learned; colours plane by plane.
    pixels: Vec<u8>,
    /// What the user should know of what was made of the file.
    pub warnings: Vec<String>,
}

impl Input {
    /// Reads a PNG or JPEG, whatever its name, as an image of `kind`, and turns black into white where `invert` says so.
    ///
    /// Colours become grey and grey the same in each colour; what is transparent shows white. Another size is scaled.
    ///
    /// # Errors
    ///
    /// A [`DataError`] where the file cannot be read or is something else.
    pub fn read(file: &Path, kind: &ImageKind, invert: bool) -> Result<Self, DataError> {
        Picture::open(file).map(|picture| Self::of(picture, kind, invert))
    }

    fn of(mut picture: Picture, kind: &ImageKind, invert: bool) -> Self {
        let mut warnings = Vec::new();
        let [height, width] = [kind.shape.height, kind.shape.width];
        let found = picture.size();
        if found != [height, width] {
            let advice = if found[0] * width != found[1] * height {
                ", which changes their proportions; crop it first to keep them"
            } else {
                ""
            };
            warnings.push(format!(
                "{} x {} pixels are scaled to {width} x {height}{advice}",
                found[1], found[0]
            ));
            picture = picture.scaled_to([height, width]);
        }
        if invert {
            picture.invert();
        }
        if kind.on_black && is_framed_in_white(&picture) {
            warnings.push(
                "its ground is white, where the network has learned bright shapes on black; --invert turns it round"
                    .to_string(),
            );
        }
        let white = u16::from(kind.white);
        let level = |value: u8| ((u16::from(value) * white + 127) / 255) as u8;
        let pixels = picture.pixels(kind.shape.channels);
        Self {
            pixels: pixels.into_iter().map(level).collect(),
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

/// Whether most of the outermost pixels are nearer to white than to black: true of none of the 70,000 images of MNIST and
/// of two of Fashion-MNIST, of which 3,856 are bright on the whole.
fn is_framed_in_white(picture: &Picture) -> bool {
    let [height, width] = picture.size();
    let pixels = picture.pixels(1);
    let is_outermost = |place: usize| {
        let (row, column) = (place / width, place % width);
        [0, height - 1].contains(&row) || [0, width - 1].contains(&column)
    };
    let outermost = (0..pixels.len()).filter(|&place| is_outermost(place));
    let (mut white, mut all) = (0, 0);
    for place in outermost {
        white += usize::from(pixels[place] > 127);
        all += 1;
    }
    2 * white > all
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
    use image_sets::ImageSet;

    /// Writes an image and reads it as one of `dataset`.
    fn read(image: impl Into<DynamicImage>, dataset: ImageSet, invert: bool) -> Input {
        let folder = tempfile::tempdir().unwrap();
        // The name says nothing.
        let file = folder.path().join("image");
        image
            .into()
            .save_with_format(&file, ImageFormat::Png)
            .unwrap();
        Input::read(&file, &ImageKind::of(dataset), invert).unwrap()
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
    fn a_file_that_is_no_image_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let kind = ImageKind::of(ImageSet::Mnist);
        let file = folder.path().join("notes.png");
        std::fs::write(&file, "no image").unwrap();
        let error = Input::read(&file, &kind, false).unwrap_err().to_string();
        assert!(
            error.contains("notes.png: it is a text instead of a PNG or JPEG image"),
            "{error}"
        );
        let error = Input::read(&folder.path().join("none"), &kind, false).unwrap_err();
        assert!(
            error.to_string().contains("none: cannot be read"),
            "{error}"
        );
    }
}

//! Labelled images as flat bytes.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::published::sum;

/// The size of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageShape {
    /// Color planes: 1 for gray, 3 for red, green, blue.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl ImageShape {
    /// Values in one image: the number of visible units of a network that sees it.
    pub fn visible(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// Images of one shape with their class labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// One image after the other, each plane by plane, row by row.
    pub pixels: Vec<u8>,
    /// The class of each image, from 0.
    pub labels: Vec<u16>,
    /// The shape of every image.
    pub shape: ImageShape,
    /// The largest value a pixel can have.
    pub white: u8,
}

impl Images {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of image `i`.
    ///
    /// # Panics
    ///
    /// If there is no image `i`.
    pub fn image(&self, i: usize) -> &[u8] {
        let visible = self.shape.visible();
        &self.pixels[i * visible..(i + 1) * visible]
    }

    /// SHA-256 of all pixels and labels, in hexadecimal.
    pub fn digest(&self) -> String {
        let labels = self.label_bytes();
        let bytes = self.pixels.as_slice().chain(labels.as_slice());
        sum(bytes).expect("memory can be read")
    }

    /// The labels as bytes, two each, the lower one first.
    pub fn label_bytes(&self) -> Vec<u8> {
        let bytes = self.labels.iter().flat_map(|label| label.to_le_bytes());
        bytes.collect()
    }

    /// The images of these classes, in their order.
    pub fn of_classes(&self, classes: &[u16]) -> Images {
        let kept = (0..self.len()).filter(|&i| classes.contains(&self.labels[i]));
        Images {
            pixels: kept.clone().flat_map(|i| self.image(i)).copied().collect(),
            labels: kept.map(|i| self.labels[i]).collect(),
            ..*self
        }
    }

    /// The same images with the pixel `order[i]` in place `i`.
    ///
    /// # Panics
    ///
    /// If `order` names a pixel that an image has not.
    pub fn permuted(&self, order: &[usize]) -> Images {
        let images = self.pixels.chunks(self.shape.visible());
        Images {
            pixels: images
                .flat_map(|image| order.iter().map(|&pixel| image[pixel]))
                .collect(),
            labels: self.labels.clone(),
            ..*self
        }
    }

    /// Everything but the last `n` images, and the last `n` images.
    ///
    /// # Panics
    ///
    /// If there are fewer than `n` images.
    pub fn split_last(mut self, n: usize) -> (Images, Images) {
        let first = self
            .len()
            .checked_sub(n)
            .expect("at least as many images as are split off");
        let last = Images {
            pixels: self.pixels.split_off(first * self.shape.visible()),
            labels: self.labels.split_off(first),
            ..self
        };
        (self, last)
    }
}

/// Checks that every label names one of the ten classes; else says which does not.
pub(crate) fn check_labels(labels: impl IntoIterator<Item: Into<u16>>) -> Result<(), String> {
    let labels = labels.into_iter().map(Into::into);
    match (0..).zip(labels).find(|&(_, label)| label > 9) {
        Some((index, label)) => Err(format!(
            "image {index} has the label {label}, where 0 to 9 are the classes"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Images {
        Images {
            pixels: (0..12).collect(),
            labels: vec![7, 8, 9],
            shape: ImageShape {
                channels: 2,
                height: 2,
                width: 1,
            },
            white: 16,
        }
    }

    #[test]
    fn an_image_is_its_own_pixels() {
        assert_eq!(three().image(1), [4, 5, 6, 7]);
    }

    #[test]
    fn split_last_keeps_pixels_and_labels_together() {
        let (first, last) = three().split_last(1);
        assert_eq!((first.len(), last.len()), (2, 1));
        assert_eq!(first.image(1), [4, 5, 6, 7]);
        assert_eq!(first.labels, [7, 8]);
        assert_eq!(last.image(0), [8, 9, 10, 11]);
        assert_eq!((last.labels, last.white), (vec![9], 16));
    }

    #[test]
    fn split_last_of_none_and_of_all() {
        let (first, last) = three().split_last(0);
        assert_eq!((first, last.is_empty()), (three(), true));
        let (first, last) = three().split_last(3);
        assert_eq!((first.is_empty(), last), (true, three()));
    }

    #[test]
    #[should_panic(expected = "as many images")]
    fn split_last_of_more_than_there_are_panics() {
        three().split_last(4);
    }

    #[test]
    fn a_changed_pixel_or_label_changes_the_digest() {
        let (mut pixel, mut label) = (three(), three());
        pixel.pixels[11] += 1;
        label.labels[0] -= 1;
        assert_eq!(three().digest(), three().digest());
        assert_ne!(three().digest(), pixel.digest());
        assert_ne!(three().digest(), label.digest());
    }

    #[test]
    fn labels_are_checked_up_to_the_last_class() {
        assert_eq!(check_labels([0_u8, 9]), Ok(()));
        let flaw = check_labels([0_u16, 9, 10]).unwrap_err();
        assert!(flaw.starts_with("image 2 has the label 10"), "{flaw}");
    }
}

//! What the images of a run are, for whoever has an image that is not of them.

use image_sets::{ImageSet, ImageShape};
use serde::{Deserialize, Serialize};

/// The file of a run folder that says what its images were.
pub const IMAGES: &str = "images.json";

/// The images that a network has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageKind {
    /// What they are called in titles.
    pub title: String,
    /// Their shape.
    pub shape: ImageShape,
    /// The largest value of a pixel.
    pub white: u8,
    /// Whether they show something bright on black.
    pub on_black: bool,
    /// The names of the classes.
    pub classes: Vec<String>,
}

impl ImageKind {
    /// The images of `dataset`.
    pub fn of(dataset: ImageSet) -> Self {
        let classes = 0..dataset.classes();
        Self {
            title: dataset.title().into(),
            shape: dataset.shape(),
            white: match dataset {
                ImageSet::Digits => 16,
                _ => u8::MAX,
            },
            on_black: dataset != ImageSet::Cifar10,
            classes: classes.map(|class| class_name(dataset, class)).collect(),
        }
    }
}

/// What images of this name are called in titles: those of a data set as it is, the user's own as they are named.
pub fn title(name: &str) -> &str {
    ImageSet::named(name).map_or(name, |set| set.title())
}

/// The name of a class, from 0 on; its number where the data set gives it no other.
fn class_name(dataset: ImageSet, class: usize) -> String {
    let names: &[&str] = match dataset {
        ImageSet::Digits | ImageSet::Mnist => &[],
        ImageSet::FashionMnist => &[
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ],
        ImageSet::Cifar10 => &[
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ],
    };
    match names.get(class) {
        Some(name) => (*name).to_string(),
        None => class.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_name_of_its_own() {
        for dataset in ImageSet::ALL {
            let mut names = ImageKind::of(dataset).classes;
            names.sort();
            names.dedup();
            assert_eq!(names.len(), dataset.classes(), "{dataset}");
        }
        assert_eq!(ImageKind::of(ImageSet::Mnist).classes[7], "7");
        assert_eq!(ImageKind::of(ImageSet::Cifar10).classes[9], "truck");
    }

    #[test]
    fn white_is_that_of_the_images() {
        let digits = ImageSet::Digits.load(None).unwrap().train;
        let kind = ImageKind::of(ImageSet::Digits);
        assert_eq!((kind.white, kind.shape), (digits.white, digits.shape));
    }
}

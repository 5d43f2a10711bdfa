//! Images of one's own: from folders of image files, and from NumPy archives.

mod array;
mod folder;
mod mix;
mod npz;

#[cfg(fuzzing)]
pub(crate) use npz::parse as parse_npz;

use std::fmt;
use std::path::Path;

use crate::{DataError, DataSplit, ImageShape};

/// How images of one's own are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnOptions {
    /// Height and width that the files of a folder are scaled to. Defaults to 0: that of most of them.
    pub size: usize,
    /// Whether a file that is no image is left out. Defaults to false: it is an error.
    pub skip_bad: bool,
}

/// Images of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnImages {
    /// The images, in an order that their content decides, so that the classes are mixed.
    pub data: DataSplit,
    /// The names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// What was found.
    pub found: Found,
    /// The files that were left out, and why.
    pub skipped: Vec<DataError>,
}

impl OwnImages {
    /// The images in a folder of class folders, whose names are the classes in their order.
    ///
    /// `train/` and `test/` (or `val/`, `valid/`, `validation/`) may hold the class folders of the parts; without a
    /// folder of test images, a fifth of each class is for testing. Class folders may have folders. The images are
    /// grey where no file has a colour.
    ///
    /// # Errors
    ///
    /// If the folder has no such layout, or a file in a class folder is no PNG or JPEG image; names of hidden files
    /// are not looked at.
    pub fn from_folder(root: &Path, options: OwnOptions) -> Result<Self, DataError> {
        folder::read(root, options)
    }

    /// The images in a NumPy archive, `.npz`: of the arrays `x_train` and `y_train`, with `x_test` and `y_test` or without
    /// them; of `train_images`, `train_labels` and so on; or of `images` and `labels`, `x` and `y`, or two without names.
    ///
    /// Images are `[images, height, width]` with one or three channels at the end or before the height, or rows of
    /// square ones; their values whole numbers from 0 to 255 or real ones from 0 to 1. Labels are whole numbers. Without
    /// test images, a fifth of each class is for testing.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is something else.
    pub fn from_npz(path: &Path) -> Result<Self, DataError> {
        npz::read(path)
    }
}

/// What was found: a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    shape: ImageShape,
    train: usize,
    test: usize,
    classes: usize,
    /// Whether the test images were drawn from all.
    is_drawn: bool,
    /// Files of another size.
    scaled: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImageShape {
            channels,
            height,
            width,
        } = self.shape;
        let colour = if channels == 1 { "grey" } else { "colour" };
        write!(
            f,
            "{} images of {} classes, {height} x {width} {colour}",
            self.train + self.test,
            self.classes
        )?;
        if self.scaled > 0 {
            write!(f, " ({} were of another size)", self.scaled)?;
        }
        let drawn = if self.is_drawn {
            ", drawn from each class"
        } else {
            ""
        };
        write!(
            f,
            "; {} to learn from, {} to test{drawn}",
            self.train, self.test
        )
    }
}

/// The most classes that labels can tell apart.
const MAX_CLASSES: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_one_sentence() {
        let mut found = Found {
            shape: ImageShape {
                channels: 3,
                height: 48,
                width: 64,
            },
            train: 80,
            test: 20,
            classes: 5,
            is_drawn: true,
            scaled: 7,
        };
        assert_eq!(
            found.to_string(),
            "100 images of 5 classes, 48 x 64 colour (7 were of another size); 80 to learn from, \
             20 to test, drawn from each class"
        );
        (found.scaled, found.is_drawn, found.shape.channels) = (0, false, 1);
        assert_eq!(
            found.to_string(),
            "100 images of 5 classes, 48 x 64 grey; 80 to learn from, 20 to test"
        );
    }
}

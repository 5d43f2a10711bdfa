//! The images of a run: a data set that is known, or images of the user's own.

use std::collections::BTreeSet;
use std::path::Path;

use burn_runs::ui;
use image_sets::{DataError, DataSplit, ImageSet, ImageSource, OwnImages, OwnOptions};

use crate::ImageKind;

/// So many of the files that were left out are named.
const NAMED: usize = 10;

/// Loads the images of `source`, and says what they are. A data set is looked for in `data_dir`.
///
/// What was found of the user's own images is told. A warning names each file that may be damaged or of another set or
/// was left out, and classes that are only tested.
///
/// # Errors
///
/// A [`DataError`] that names the file which cannot be used.
pub fn load_images(
    source: &ImageSource,
    data_dir: Option<&Path>,
    options: OwnOptions,
) -> Result<(DataSplit, ImageKind), DataError> {
    let (data, kind) = match source {
        ImageSource::Set(set) => (known(*set, data_dir)?, ImageKind::of(*set)),
        ImageSource::Folder(path) => own(source, OwnImages::from_folder(path, options)?),
        ImageSource::Npz(path) => own(source, OwnImages::from_npz(path)?),
    };
    if let Some(classes) = lacking(&data.train.labels, &data.test.labels, &kind.classes) {
        ui::warn(&format!(
            "the training images of {} lack {classes}, which the test images have",
            kind.title
        ));
    }
    Ok((data, kind))
}

fn known(set: ImageSet, data_dir: Option<&Path>) -> Result<DataSplit, DataError> {
    let data = set.load(data_dir).map_err(|mut error| {
        error.reason += " (the data folder is that of --data-dir)";
        error
    })?;
    for doubt in set.doubts(data_dir, &data) {
        ui::warn(&doubt.to_string());
    }
    Ok(data)
}

fn own(source: &ImageSource, own: OwnImages) -> (DataSplit, ImageKind) {
    ui::say(&format!("{}: {}", source.title(), own.found));
    for file in own.skipped.iter().take(NAMED) {
        ui::warn(&format!("{file}; it is left out"));
    }
    if own.skipped.len() > NAMED {
        let more = own.skipped.len() - NAMED;
        ui::warn(&format!("{more} more files are left out"));
    }
    let kind = ImageKind {
        title: source.title(),
        shape: own.data.train.shape,
        white: own.data.train.white,
        on_black: false,
        classes: own.classes,
    };
    (own.data, kind)
}

/// The classes that `all` has and `part` lacks, if there are any, such as "class 3" or "classes 3, 7", by their `names`.
pub(crate) fn lacking(part: &[u16], all: &[u16], names: &[String]) -> Option<String> {
    let part: BTreeSet<_> = part.iter().collect();
    let all: BTreeSet<_> = all.iter().collect();
    let lacking = all.difference(&part).map(|&&class| {
        let name = names.get(usize::from(class)).map(String::as_str);
        name.expect("each class has a name")
    });
    let lacking: Vec<_> = lacking.collect();
    match lacking.as_slice() {
        [] => None,
        [name] => Some(format!("class {name}")),
        names => Some(format!("classes {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacking_classes_are_named() {
        let names = ["ant", "bee", "cat"].map(String::from);
        let lacking = |part: &[u16], all: &[u16]| lacking(part, all, &names);
        assert_eq!(lacking(&[1, 0, 1], &[0, 1, 1]), None);
        assert_eq!(lacking(&[2, 0], &[0, 1, 2]).unwrap(), "class bee");
        // Sorted by class, the last images are of one.
        let sorted = [0, 0, 1, 1, 2, 2];
        assert_eq!(lacking(&sorted[4..], &sorted).unwrap(), "classes ant, bee");
    }

    #[test]
    fn a_known_set_is_what_it_is() {
        let (data, kind) =
            load_images(&ImageSet::Digits.into(), None, OwnOptions::default()).unwrap();
        assert_eq!(kind, ImageKind::of(ImageSet::Digits));
        assert_eq!((data.train.len(), data.train.shape), (1437, kind.shape));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let source = ImageSource::Folder("no/such/folder".into());
        let error = load_images(&source, None, OwnOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("no/such/folder: "), "{error}");
    }
}

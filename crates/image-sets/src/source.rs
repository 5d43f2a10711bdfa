//! Where labelled images come from: a data set that is known, or images of one's own.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ImageSet;

/// How the name of a folder of images begins.
const FOLDER: &str = "folder:";
/// How the name of an archive of images ends.
const NPZ: &str = ".npz";

/// Where labelled images come from.
///
/// ```
/// use image_sets::{ImageSet, ImageSource};
///
/// let known: ImageSource = "mnist".parse()?;
/// assert_eq!(known.set(), Some(ImageSet::Mnist));
///
/// let own: ImageSource = "folder:photos/birds".parse()?;
/// assert_eq!((own.set(), own.name().as_str()), (None, "birds"));
/// assert_eq!(own.to_string(), "folder:photos/birds");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ImageSource {
    /// A data set that is known, by its name.
    Set(ImageSet),
    /// `folder:PATH`: class folders of PNG and JPEG files. With `train/` and `test/` in it these hold the class folders;
    /// without them a fifth of each class is for testing.
    Folder(PathBuf),
    /// A path that ends in `.npz`: a NumPy archive with `x_train`, `y_train`, `x_test` and `y_test`, with `train_images`
    /// and so on, or with `images` and `labels`, of which a fifth of each class is then for testing.
    Npz(PathBuf),
}

impl ImageSource {
    /// The data set, where it is a known one.
    pub fn set(&self) -> Option<ImageSet> {
        match self {
            Self::Set(set) => Some(*set),
            Self::Folder(_) | Self::Npz(_) => None,
        }
    }

    /// A short name, for files and tables: of a data set its own, else that of the folder or the archive.
    pub fn name(&self) -> String {
        match self {
            Self::Set(set) => set.name().into(),
            Self::Folder(path) => last(path),
            Self::Npz(path) => last(&path.with_extension("")),
        }
    }

    /// The name in titles and sentences.
    pub fn title(&self) -> String {
        match self {
            Self::Set(set) => set.title().into(),
            Self::Folder(_) | Self::Npz(_) => self.name(),
        }
    }
}

/// The last part of a path that is a name.
fn last(path: &Path) -> String {
    let parts = path.components().rev();
    let mut names = parts.filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name),
        _ => None,
    });
    let name = names.next().map(|name| name.to_string_lossy());
    name.unwrap_or("images".into()).into_owned()
}

impl From<ImageSet> for ImageSource {
    fn from(set: ImageSet) -> Self {
        Self::Set(set)
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(set) => set.fmt(f),
            Self::Folder(path) => write!(f, "{FOLDER}{}", path.display()),
            Self::Npz(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for ImageSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(set) = ImageSet::named(text) {
            return Ok(Self::Set(set));
        }
        match text.strip_prefix(FOLDER) {
            Some("") => {}
            Some(path) => return Ok(Self::Folder(path.into())),
            None if text.len() > NPZ.len() && text.ends_with(NPZ) => {
                return Ok(Self::Npz(text.into()));
            }
            None => {}
        }
        let names = ImageSet::ALL.map(ImageSet::name).join(", ");
        Err(format!(
            "it must be {names}, folder:PATH for folders of images, or the path of an .npz file"
        ))
    }
}

impl TryFrom<String> for ImageSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
            .map_err(|reason| format!("no images are called {text:?}: {reason}"))
    }
}

impl From<ImageSource> for String {
    fn from(source: ImageSource) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (text, name) in [
            ("digits", "digits"),
            ("cifar10", "cifar10"),
            ("folder:birds", "birds"),
            ("folder:/data/my birds/", "my birds"),
            ("folder:..", "images"),
            ("sets/path.mnist.npz", "path.mnist"),
        ] {
            let source: ImageSource = text.parse().unwrap();
            assert_eq!(source.name(), name);
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(serde_json::from_str::<ImageSource>(&json).unwrap(), source);
        }
    }

    #[test]
    fn what_is_none_is_told_what_there_is() {
        for text in ["", "birds", "folder:", ".npz", "MNIST"] {
            let reason = text.parse::<ImageSource>().unwrap_err();
            assert!(
                reason.contains("mnist, fashion-mnist, cifar10, folder:PATH"),
                "{reason}"
            );
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<ImageSource>(&json).is_err());
        }
    }
}

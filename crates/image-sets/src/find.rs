//! Where the files of a data set lie: the layouts that they are commonly shipped in.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kind::{other_set, plain};
use crate::unpack::archive_holds;
use crate::{DataError, ImageSet};

/// The names that one file of a data set is shipped under, the published one first.
pub(crate) type Names = &'static [&'static str];

/// Where a file of one of `names` lies in `folder`: plain, as `.gz` or as `.zip`, there or in a
/// folder of its own name; or else in an archive of several files.
pub(crate) fn files(folder: &Path, names: Names) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let own_folders = names.iter().map(|name| folder.join(name));
    for place in [folder.to_path_buf()].into_iter().chain(own_folders) {
        for name in names {
            let endings = ["", ".gz", ".zip"].map(|ending| place.join(format!("{name}{ending}")));
            found.extend(endings.into_iter().filter(|path| path.is_file()));
        }
    }
    if found.is_empty() {
        let is_zip = |path: &Path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
        };
        found = entries(folder);
        found.retain(|path| is_zip(path) && archive_holds(path, names));
    }
    found
}

/// Whether `folder` holds any of these files.
pub(crate) fn holds_any(folder: &Path, wanted: &[Names]) -> bool {
    wanted.iter().any(|names| !files(folder, names).is_empty())
}

/// The folder that holds any of the `wanted` files of `set`: the set's own in `data_dir` or `data_dir`
/// itself, or a folder in it.
///
/// # Errors
///
/// If there is none. Files of a set that is not read are named.
pub(crate) fn folder(
    set: ImageSet,
    data_dir: &Path,
    wanted: &[Names],
) -> Result<PathBuf, DataError> {
    let own = data_dir.join(set.folder());
    let mut places = vec![own.clone()];
    places.extend(folders_of(set, data_dir));
    places.push(data_dir.to_path_buf());
    for place in &places {
        for folder in [place.clone()].into_iter().chain(folders_of(set, place)) {
            if holds_any(&folder, wanted) {
                return Ok(folder);
            }
        }
    }
    let seen = places.iter().flat_map(|place| entries(place));
    for path in [data_dir.to_path_buf()].into_iter().chain(seen) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(other) = other_set(&name) {
            let reason = format!(
                "it is of {other}, which is not read; {} is looked for in {}",
                set.title(),
                own.display()
            );
            return Err(DataError::new(path, reason));
        }
    }
    if own.is_dir() {
        return Err(missing(&own, wanted[0]));
    }
    let reason = "there is no such folder; point the data folder at the one it lies in or at the \
                  one that holds the files, or name none to have it downloaded (feature `download`)";
    Err(DataError::new(own, reason))
}

/// The error of a file that is not there.
pub(crate) fn missing(folder: &Path, names: Names) -> DataError {
    let reason = "there is no such file, nor a .gz or .zip of it; add it, or name no data folder \
                  to have it downloaded (feature `download`)";
    DataError::new(folder.join(names[0]), reason)
}

/// The folders in `parent` that bear a name of the set or hold what was unpacked.
fn folders_of(set: ImageSet, parent: &Path) -> Vec<PathBuf> {
    let names: &[&str] = match set {
        ImageSet::Digits => &[],
        ImageSet::Mnist => &["mnist", "raw"],
        ImageSet::FashionMnist => &["fashionmnist", "fashion", "raw"],
        ImageSet::Cifar10 => &[
            "cifar10batchesbin",
            "cifar10batchespy",
            "cifar10",
            "cifar10binary",
            "cifar10python",
        ],
    };
    let mut folders = entries(parent);
    folders.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names.contains(&plain(&name).as_str()) && path.is_dir()
    });
    folders
}

/// What lies in a folder, sorted; nothing if it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unpack::tests::zipped;

    const NAMES: Names = &["a-idx1", "a.idx1"];

    /// A folder with these files, and folders where a path ends in a slash.
    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let whole = dir.path().join(path);
            fs::create_dir_all(whole.parent().unwrap()).unwrap();
            if path.ends_with('/') {
                fs::create_dir_all(whole).unwrap();
            } else {
                fs::write(whole, "").unwrap();
            }
        }
        dir
    }

    #[test]
    fn a_file_is_found_under_its_names_and_in_a_folder_of_its_name() {
        for path in [
            "a-idx1",
            "a.idx1",
            "a-idx1.gz",
            "a.idx1.zip",
            "a-idx1/a-idx1",
            "a-idx1/a.idx1",
        ] {
            let dir = tree(&[path]);
            assert_eq!(files(dir.path(), NAMES), [dir.path().join(path)]);
        }
        let dir = tree(&["a-idx1/", "a-idx1.gz"]);
        assert_eq!(files(dir.path(), NAMES), [dir.path().join("a-idx1.gz")]);
        let dir = tree(&["a-idx1/", "b-idx1", "broken.zip"]);
        assert!(files(dir.path(), NAMES).is_empty());
    }

    #[test]
    fn an_archive_is_found_by_what_it_holds() {
        let dir = tree(&["b.zip"]);
        let archive = dir.path().join("Archive.ZIP");
        fs::write(&archive, zipped(&[("x/a.idx1", b""), ("b", b"")])).unwrap();
        assert_eq!(files(dir.path(), NAMES), [archive]);
    }

    #[test]
    fn the_folder_is_found_in_each_layout() {
        for (set, path, expected) in [
            (ImageSet::Mnist, "mnist/a-idx1", "mnist"),
            (ImageSet::Mnist, "MNIST/raw/a-idx1.gz", "MNIST/raw"),
            (ImageSet::Mnist, "mnist/MNIST/a-idx1", "mnist/MNIST"),
            (ImageSet::Mnist, "a-idx1", ""),
            (ImageSet::Mnist, "raw/a.idx1", "raw"),
            (
                ImageSet::FashionMnist,
                "FashionMNIST/raw/a-idx1",
                "FashionMNIST/raw",
            ),
            (
                ImageSet::Cifar10,
                "cifar-10-binary/cifar-10-batches-bin/a-idx1",
                "cifar-10-binary/cifar-10-batches-bin",
            ),
            (
                ImageSet::Cifar10,
                "cifar-10-batches-py/a-idx1",
                "cifar-10-batches-py",
            ),
        ] {
            let dir = tree(&[path, "mnist/other"]);
            let found = folder(set, dir.path(), &[NAMES]).unwrap();
            assert_eq!(found, dir.path().join(expected), "{path}");
        }
    }

    #[test]
    fn the_own_folder_comes_first() {
        let dir = tree(&["a-idx1", "MNIST/a-idx1", "mnist/a.idx1"]);
        let found = folder(ImageSet::Mnist, dir.path(), &[NAMES]).unwrap();
        assert_eq!(found, dir.path().join("mnist"));
    }

    #[test]
    fn sets_that_are_not_read_are_named() {
        for (set, path, named, other) in [
            (
                ImageSet::Mnist,
                "mnist/emnist-letters-train-images-idx3-ubyte.gz",
                "mnist/emnist-letters-train-images-idx3-ubyte.gz",
                "EMNIST",
            ),
            (
                ImageSet::Cifar10,
                "cifar-100-python/train",
                "cifar-100-python",
                "CIFAR-100",
            ),
            (
                ImageSet::Cifar10,
                "fine_label_names.txt",
                "fine_label_names.txt",
                "CIFAR-100",
            ),
        ] {
            let dir = tree(&[path]);
            let message = folder(set, dir.path(), &[NAMES]).unwrap_err().to_string();
            let path = dir.path().join(named);
            let expected = format!("{}: it is of {other}, which is not read", path.display());
            assert!(message.starts_with(&expected), "{message}");
        }
    }
}

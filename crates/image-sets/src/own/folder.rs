//! Folders of image files, one for each class.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::mix::{Sample, drawn, mixed};
use super::{Found, MAX_CLASSES, OwnImages, OwnOptions};
use crate::picture::Picture;
use crate::{DataError, DataSplit, ImageShape, file};

/// The largest side that images have unless they are scaled: a network sees every pixel.
const MAX_SIDE: usize = 256;
/// The largest image file that is read.
const FILE_LIMIT: u64 = 1 << 30;
/// What the folder of the images to learn from may be called, and that of the test images.
const TRAIN: [&str; 2] = ["train", "training"];
const TEST: [&str; 5] = ["test", "testing", "val", "valid", "validation"];

/// An image file and its class.
struct Entry {
    path: PathBuf,
    label: u16,
}

/// Reads the images in `root`: a folder for each class, its name the class, or `train/` and `test/` with such folders.
pub(crate) fn read(root: &Path, options: OwnOptions) -> Result<OwnImages, DataError> {
    let root = &innermost(root)?;
    let train_folder = named(root, &TRAIN)?;
    let test_folder = named(root, &TEST)?;
    let classes_in = train_folder.as_ref().unwrap_or(root);
    let classes: Vec<String> = folders(classes_in)?.iter().map(|path| name(path)).collect();
    if !(2..=MAX_CLASSES).contains(&classes.len()) {
        let reason = format!(
            "it holds {} folders, where 2 to {MAX_CLASSES} are looked for, one for each class with its images",
            classes.len()
        );
        return Err(DataError::new(classes_in, reason));
    }
    let train = entries(classes_in, &classes)?;
    let test = match (&train_folder, &test_folder) {
        (Some(_), Some(folder)) => Some(entries(folder, &classes)?),
        _ => None,
    };

    let mut skipped = Vec::new();
    let mut skip = |error: DataError| match options.skip_bad {
        true => {
            skipped.push(error);
            Ok(())
        }
        false => Err(error),
    };
    let all = train.iter().chain(test.iter().flatten());
    let size = match options.size {
        0 => size_of_most(root, all)?,
        side => [side, side],
    };
    let mut scaled = 0;
    let mut pictures = |entries: &[Entry]| {
        let mut pictures = Vec::with_capacity(entries.len());
        for entry in entries {
            match Picture::open(&entry.path) {
                Ok(picture) => {
                    scaled += usize::from(picture.size() != size);
                    pictures.push((entry.label, picture.scaled_to(size)));
                }
                Err(error) => skip(error)?,
            }
        }
        Ok::<_, DataError>(pictures)
    };
    let train = pictures(&train)?;
    let test = test.as_deref().map(&mut pictures).transpose()?;

    let mut all = train.iter().chain(test.iter().flatten());
    let is_grey = all.all(|(_, picture)| picture.is_grey());
    let shape = ImageShape {
        channels: if is_grey { 1 } else { 3 },
        height: size[0],
        width: size[1],
    };
    let samples = |pictures: Vec<(u16, Picture)>| -> Vec<Sample> {
        let pictures = pictures.into_iter();
        let samples = pictures.map(|(label, picture)| Sample {
            label,
            pixels: picture.pixels(shape.channels),
        });
        samples.collect()
    };
    let is_drawn = test.is_none();
    let data = match test {
        Some(test) => DataSplit {
            train: mixed(samples(train), shape),
            test: mixed(samples(test), shape),
        },
        None => drawn(samples(train), shape),
    };
    for (part, images) in [("learn from", &data.train), ("test", &data.test)] {
        if images.is_empty() {
            let reason = format!("it holds no images to {part}");
            return Err(DataError::new(root, reason));
        }
    }
    Ok(OwnImages {
        found: Found {
            shape,
            train: data.train.len(),
            test: data.test.len(),
            classes: classes.len(),
            is_drawn,
            scaled,
        },
        data,
        classes,
        skipped,
    })
}

/// The folder, or the only one in it, as archives are often unpacked.
fn innermost(root: &Path) -> Result<PathBuf, DataError> {
    Ok(match folders(root)?.as_slice() {
        [only] if !folders(only)?.is_empty() && named(root, &TRAIN)?.is_none() => only.clone(),
        _ => root.to_path_buf(),
    })
}

/// The first folder of these names, in whatever case.
fn named(root: &Path, names: &[&str]) -> Result<Option<PathBuf>, DataError> {
    let folders = folders(root)?;
    let mut found = names.iter().filter_map(|wanted| {
        let mut folders = folders.iter();
        folders.find(|path| name(path).eq_ignore_ascii_case(wanted))
    });
    Ok(found.next().cloned())
}

/// The folders in `root` in the order of their names, without hidden ones.
fn folders(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |cause: std::io::Error| {
        let reason = format!("cannot be read: {cause}; check that it is a folder you may read");
        DataError::new(root, reason)
    };
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && !is_foreign(&name(&path)) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The files of the classes in `folder`, however deep, in the order of their names.
fn entries(folder: &Path, classes: &[String]) -> Result<Vec<Entry>, DataError> {
    let mut entries = Vec::new();
    for class_folder in folders(folder)? {
        let class = name(&class_folder);
        let Some(label) = classes.iter().position(|known| *known == class) else {
            let reason = "there is no such class among those to learn from; remove it or add one";
            return Err(DataError::new(class_folder, reason));
        };
        let before = entries.len();
        let walk = WalkDir::new(&class_folder)
            .follow_links(true)
            .sort_by_file_name();
        let is_own = |entry: &DirEntry| {
            entry.depth() == 0 || !is_foreign(&entry.file_name().to_string_lossy())
        };
        for found in walk.into_iter().filter_entry(is_own) {
            let found = found.map_err(|cause| {
                let path = cause.path().unwrap_or(&class_folder).to_path_buf();
                DataError::new(path, format!("cannot be read: {cause}"))
            })?;
            if found.file_type().is_file() {
                entries.push(Entry {
                    path: found.into_path(),
                    label: label as u16,
                });
            }
        }
        if entries.len() == before {
            let reason = "it holds no images of its class; add some or remove the folder";
            return Err(DataError::new(class_folder, reason));
        }
    }
    Ok(entries)
}

/// Height and width of most of the images, the larger size of two that are as frequent.
fn size_of_most<'a>(
    root: &Path,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<[usize; 2], DataError> {
    let mut counts: BTreeMap<[usize; 2], usize> = BTreeMap::new();
    for entry in entries {
        let bytes = file::read(&entry.path, FILE_LIMIT)?;
        // What is no image is named when its pixels are wanted.
        if let Ok(size) = Picture::size_in(&bytes) {
            *counts.entry(size).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|&(_, count)| count);
    match most {
        Some((size, _)) if size.into_iter().all(|side| side <= MAX_SIDE) => Ok(size),
        Some(([height, width], _)) => {
            let reason = format!(
                "most of its images are {height} x {width} pixels, more than the {MAX_SIDE} x {MAX_SIDE} that are learned \
                 as they are; choose an image size to scale them to, such as 64"
            );
            Err(DataError::new(root, reason))
        }
        // Each of its files is named when its pixels are wanted.
        None => Ok([1, 1]),
    }
}

/// Whether a file or folder is one that systems leave among others.
fn is_foreign(name: &str) -> bool {
    name.starts_with('.') || ["__MACOSX", "Thumbs.db", "desktop.ini"].contains(&name)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};

    use super::*;

    fn write(root: &Path, path: &str, image: impl Into<DynamicImage>) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        image
            .into()
            .save_with_format(path, ImageFormat::Png)
            .unwrap();
    }

    fn grey(side: u32, value: u8) -> GrayImage {
        GrayImage::from_pixel(side, side, Luma([value]))
    }

    fn load(root: &Path) -> Result<OwnImages, DataError> {
        read(root, OwnOptions::default())
    }

    /// Ten grey images of 4 x 4 pixels in each of the classes `ant` and `bee`.
    fn two_classes(root: &Path) {
        for i in 0..10 {
            write(root, &format!("ant/{i}.png"), grey(4, i));
            write(root, &format!("bee/{i}.png"), grey(4, 100 + i));
        }
    }

    #[test]
    fn folders_are_classes_and_a_fifth_is_drawn() {
        let dir = tempfile::tempdir().unwrap();
        two_classes(dir.path());
        fs::write(dir.path().join("README.txt"), "about").unwrap();
        fs::write(dir.path().join("ant/.DS_Store"), "no image").unwrap();
        let own = load(dir.path()).unwrap();
        assert_eq!(own.classes, ["ant", "bee"]);
        assert_eq!(
            own.found.to_string(),
            "20 images of 2 classes, 4 x 4 grey; 16 to learn from, 4 to test, drawn from each class"
        );
        for images in [&own.data.train, &own.data.test] {
            for i in 0..images.len() {
                assert_eq!(images.labels[i], u16::from(images.image(i)[0] >= 100));
            }
        }
    }

    #[test]
    fn a_given_split_is_kept() {
        for (train, test) in [("train", "test"), ("Training", "val")] {
            let dir = tempfile::tempdir().unwrap();
            two_classes(&dir.path().join("birds").join(train));
            write(dir.path(), &format!("birds/{test}/bee/x.jpg"), grey(4, 200));
            let own = load(dir.path()).unwrap();
            assert_eq!(own.classes, ["ant", "bee"]);
            assert_eq!((own.data.train.len(), own.data.test.labels), (20, vec![1]));
        }
    }

    #[test]
    fn other_sizes_are_scaled_and_one_colour_makes_all_colour() {
        let dir = tempfile::tempdir().unwrap();
        two_classes(dir.path());
        write(
            dir.path(),
            "bee/deep/er/c.png",
            RgbImage::from_pixel(8, 8, Rgb([1, 2, 3])),
        );
        let own = load(dir.path()).unwrap();
        let shape = own.data.train.shape;
        assert_eq!((shape.channels, shape.height, shape.width), (3, 4, 4));
        assert!(own.found.to_string().contains("(1 were of another size)"));
        let size = OwnOptions {
            size: 6,
            ..OwnOptions::default()
        };
        let own = read(dir.path(), size).unwrap();
        assert_eq!((own.data.test.shape.height, own.found.scaled), (6, 21));
    }

    #[test]
    fn a_colour_image_without_colour_is_grey() {
        let dir = tempfile::tempdir().unwrap();
        for class in ["a", "b"] {
            for i in 0..3 {
                let image = RgbImage::from_pixel(4, 4, Rgb([i; 3]));
                write(dir.path(), &format!("{class}/{i}.png"), image);
            }
        }
        assert_eq!(load(dir.path()).unwrap().data.train.shape.channels, 1);
    }

    #[test]
    fn a_file_that_is_no_image_is_named_and_skipped_where_it_may_be() {
        let dir = tempfile::tempdir().unwrap();
        two_classes(dir.path());
        let notes = dir.path().join("bee/notes.txt");
        fs::write(&notes, "about bees").unwrap();
        let expected = format!("{}: it is a text instead of a PNG", notes.display());
        let message = load(dir.path()).unwrap_err().to_string();
        assert!(message.starts_with(&expected), "{message}");
        let skipping = OwnOptions {
            skip_bad: true,
            ..OwnOptions::default()
        };
        let own = read(dir.path(), skipping).unwrap();
        assert_eq!(
            (own.skipped.len(), own.found.train + own.found.test),
            (1, 20)
        );
        assert!(own.skipped[0].to_string().starts_with(&expected));
    }

    #[test]
    fn each_other_flaw_is_named() {
        type Make = fn(&Path);
        let cases: [(&str, Make, &str); 6] = [
            ("", |_| (), "it holds 0 folders, where 2 to"),
            (
                "",
                |root| write(root, "ant/1.png", grey(4, 0)),
                "it holds 1 folders",
            ),
            (
                "cat",
                |root| {
                    two_classes(root);
                    fs::create_dir(root.join("cat")).unwrap();
                },
                "it holds no images of its class",
            ),
            (
                "test/cat",
                |root| {
                    two_classes(&root.join("train"));
                    write(root, "test/cat/1.png", grey(4, 0));
                },
                "there is no such class among those to learn from",
            ),
            (
                "",
                |root| {
                    for class in ["a", "b"] {
                        write(root, &format!("{class}/1.png"), grey(300, 0));
                    }
                },
                "most of its images are 300 x 300 pixels",
            ),
            (
                "",
                |root| {
                    for class in ["a", "b"] {
                        write(root, &format!("{class}/1.png"), grey(4, 0));
                        fs::rename(root.join(class), root.join(format!("train-{class}"))).unwrap();
                    }
                    fs::remove_file(root.join("train-a/1.png")).unwrap();
                    fs::write(root.join("train-a/1.png"), "").unwrap();
                },
                "it is an empty file instead of",
            ),
        ];
        for (path, make, expected) in cases {
            let dir = tempfile::tempdir().unwrap();
            make(dir.path());
            let message = load(dir.path()).unwrap_err().to_string();
            let (root, named) = message.split_at(dir.path().to_str().unwrap().len());
            assert_eq!(Path::new(root), dir.path());
            assert!(named.trim_start_matches('/').starts_with(path), "{message}");
            assert!(named.contains(expected), "{message}");
        }
        let message = load(Path::new("no/such/folder")).unwrap_err().to_string();
        assert!(
            message.starts_with("no/such/folder: cannot be read"),
            "{message}"
        );
    }
}

//! NumPy archives of images and labels.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::array::Array;
use super::mix::{Sample, drawn, mixed};
use super::{Found, MAX_CLASSES, OwnImages};
use crate::kind::plain;
use crate::{DataError, DataSplit, ImageShape};

/// What the images and the labels of a part are called, without case and punctuation: as Keras, MedMNIST and others do.
const TRAIN: [[&str; 2]; 3] = [
    ["xtrain", "ytrain"],
    ["trainimages", "trainlabels"],
    ["trainx", "trainy"],
];
const TEST: [[&str; 2]; 3] = [
    ["xtest", "ytest"],
    ["testimages", "testlabels"],
    ["testx", "testy"],
];
/// The same of an archive that has no parts; the last one is what `numpy.savez(file, images, labels)` makes.
const ALL: [[&str; 2]; 5] = [
    ["images", "labels"],
    ["x", "y"],
    ["data", "target"],
    ["data", "labels"],
    ["arr0", "arr1"],
];

/// Reads the archive at `path`.
pub(crate) fn read(path: &Path) -> Result<OwnImages, DataError> {
    let file = File::open(path).map_err(|cause| {
        let reason = format!("cannot be read: {cause}; check that it is a file you may read");
        DataError::new(path, reason)
    })?;
    parse(BufReader::new(file)).map_err(|flaw| DataError::new(path, flaw))
}

/// The images of an archive; else what is wrong.
pub(crate) fn parse(archive: impl Read + Seek) -> Result<OwnImages, String> {
    let mut archive = ZipArchive::new(archive)
        .map_err(|cause| format!("it cannot be read as a NumPy archive (.npz): {cause}"))?;
    let names: Vec<String> = archive.file_names().flatten().map(Into::into).collect();
    let find = |pairs: &[[&str; 2]]| {
        let member = |wanted: &str| {
            let mut names = names.iter();
            names.find(|name| plain(name.strip_suffix(".npy").unwrap_or(name)) == wanted)
        };
        let mut found = pairs.iter().map(|pair| pair.map(member));
        let [images, labels] = found.find(|pair| pair.iter().all(Option::is_some))?;
        Some([images?.clone(), labels?.clone()])
    };
    let (train, test) = match find(&TRAIN) {
        Some(train) => (train, find(&TEST)),
        None => (find(&ALL).ok_or_else(|| unnamed(&names))?, None),
    };
    let train = Part::read(&mut archive, &train)?;
    let test = test
        .map(|test| Part::read(&mut archive, &test))
        .transpose()?;

    let shape = train.shape;
    let mut known = train.labels.clone();
    known.sort_unstable();
    known.dedup();
    if !(2..=MAX_CLASSES).contains(&known.len()) {
        return Err(format!(
            "its labels are of {} classes, where 2 to {MAX_CLASSES} can be told apart",
            known.len()
        ));
    }
    let is_drawn = test.is_none();
    let train = train.samples(&known)?;
    let data = match test {
        Some(test) if test.shape != shape => {
            return Err(format!(
                "its images to learn from are {} and those to test {}",
                shown(shape),
                shown(test.shape)
            ));
        }
        Some(test) => DataSplit {
            train: mixed(train, shape),
            test: mixed(test.samples(&known)?, shape),
        },
        None => drawn(train, shape),
    };
    if data.test.is_empty() {
        return Err("it holds no images to test".into());
    }
    Ok(OwnImages {
        found: Found {
            shape,
            train: data.train.len(),
            test: data.test.len(),
            classes: known.len(),
            is_drawn,
            scaled: 0,
        },
        data,
        classes: known.iter().map(i64::to_string).collect(),
        skipped: Vec::new(),
    })
}

/// Images and their labels, one after the other.
struct Part {
    pixels: Vec<u8>,
    shape: ImageShape,
    labels: Vec<i64>,
    /// The name of the labels.
    name: String,
}

impl Part {
    fn read(
        archive: &mut ZipArchive<impl Read + Seek>,
        [images, labels]: &[String; 2],
    ) -> Result<Self, String> {
        let images_array = Array::read(archive, images)?;
        let (shape, layout) = shape_of(&images_array.shape)
            .ok_or_else(|| format!("{images} has the shape {:?}, where images x height x width are read, and 1 or 3 channels before or after them", images_array.shape))?;
        let count = images_array.shape[0];
        let pixels = images_array.pixels(images)?;
        let pixels = match layout {
            Layout::Planes => pixels,
            Layout::PixelByPixel => planes(&pixels, shape),
        };
        let labels_array = Array::read(archive, labels)?;
        let is_list = matches!(labels_array.shape[..], [_] | [_, 1]);
        if !is_list || labels_array.shape[0] != count {
            return Err(format!(
                "{labels} has the shape {:?}, where one label is read for each of the {count} images",
                labels_array.shape
            ));
        }
        Ok(Self {
            pixels,
            shape,
            labels: labels_array.labels(labels)?,
            name: labels.clone(),
        })
    }

    /// The samples with the place of each label among those `known`.
    fn samples(self, known: &[i64]) -> Result<Vec<Sample>, String> {
        let images = self.pixels.chunks(self.shape.visible());
        let samples = images.zip(&self.labels).map(|(pixels, label)| {
            let place = known.binary_search(label).map_err(|_| {
                format!(
                    "{} has the label {label}, which no image to learn from has",
                    self.name
                )
            })?;
            Ok(Sample {
                label: place as u16,
                pixels: pixels.to_vec(),
            })
        });
        samples.collect()
    }
}

/// How the channels of an image lie.
#[derive(Debug, PartialEq)]
enum Layout {
    Planes,
    PixelByPixel,
}

/// The shape of each image in an array of this shape, and how its channels lie.
fn shape_of(array: &[usize]) -> Option<(ImageShape, Layout)> {
    let (size, layout) = match *array {
        [_, height, width] => ([1, height, width], Layout::Planes),
        [_, height, width, channels @ (1 | 3)] => ([channels, height, width], Layout::PixelByPixel),
        [_, channels @ (1 | 3), height, width] => ([channels, height, width], Layout::Planes),
        // One row an image, as many tables have it.
        [_, visible] if visible.isqrt().pow(2) == visible => {
            ([1, visible.isqrt(), visible.isqrt()], Layout::Planes)
        }
        _ => return None,
    };
    let [channels, height, width] = size;
    let shape = ImageShape {
        channels,
        height,
        width,
    };
    (array[0] > 0 && height > 0 && width > 0).then_some((shape, layout))
}

/// Channels pixel by pixel, as planes.
fn planes(pixels: &[u8], shape: ImageShape) -> Vec<u8> {
    if shape.channels == 1 {
        return pixels.to_vec();
    }
    let images = pixels.chunks(shape.visible());
    let planes = images.flat_map(|image| {
        (0..shape.channels)
            .flat_map(move |channel| image.iter().skip(channel).step_by(shape.channels))
    });
    planes.copied().collect()
}

fn shown(shape: ImageShape) -> String {
    format!("{} x {} x {}", shape.channels, shape.height, shape.width)
}

/// What is wrong with an archive of these members.
fn unnamed(members: &[String]) -> String {
    let members: Vec<_> = members.iter().take(8).map(String::as_str).collect();
    format!(
        "it holds {}, where x_train and y_train are read, with x_test and y_test or without them, train_images and \
         train_labels, or images and labels",
        match members.as_slice() {
            [] => "nothing".to_string(),
            members => members.join(", "),
        }
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn npy<T: AutoSerialize + Clone>(shape: &[u64], values: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        writer.extend(values.iter().cloned()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            let options = SimpleFileOptions::default();
            archive.start_file(format!("{name}.npy"), options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn load(members: &[(&str, Vec<u8>)]) -> Result<OwnImages, String> {
        parse(Cursor::new(npz(members)))
    }

    /// The images of both parts by their label, each pixel of which is the same.
    fn by_label(own: &OwnImages) -> Vec<(u16, Vec<u8>)> {
        let parts = [&own.data.train, &own.data.test];
        let images = parts.into_iter().flat_map(|images| {
            (0..images.len()).map(|i| (images.labels[i], images.image(i).to_vec()))
        });
        let mut images: Vec<_> = images.collect();
        images.sort();
        images
    }

    #[test]
    fn a_split_as_keras_has_it_is_kept() {
        let own = load(&[
            (
                "x_train",
                npy(&[3, 2, 2], &[0_u8, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]),
            ),
            ("y_train", npy(&[3], &[7_i64, 5, 7])),
            ("x_test", npy(&[1, 2, 2], &[9_u8; 4])),
            ("y_test", npy(&[1], &[5_i64])),
        ])
        .unwrap();
        assert_eq!(own.classes, ["5", "7"]);
        assert_eq!(
            (
                own.data.test.labels.as_slice(),
                own.data.test.pixels.as_slice()
            ),
            (&[0][..], &[9; 4][..])
        );
        let expected = [
            (0, vec![1; 4]),
            (0, vec![9; 4]),
            (1, vec![0; 4]),
            (1, vec![2; 4]),
        ];
        assert_eq!(by_label(&own), expected);
    }

    #[test]
    fn labels_in_a_column_and_colours_at_the_end_are_read_as_of_medmnist() {
        let own = load(&[
            (
                "train_images",
                npy(
                    &[2, 1, 2, 3],
                    &[1_u8, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16],
                ),
            ),
            ("train_labels", npy(&[2, 1], &[0_u8, 1])),
            ("val_images", npy(&[1, 1, 2, 3], &[0_u8; 6])),
            ("val_labels", npy(&[1, 1], &[0_u8])),
            (
                "test_images",
                npy(&[1, 1, 2, 3], &[21_u8, 22, 23, 24, 25, 26]),
            ),
            ("test_labels", npy(&[1, 1], &[1_u8])),
        ])
        .unwrap();
        assert_eq!(own.data.test.pixels, [21, 24, 22, 25, 23, 26]);
        assert_eq!(own.data.train.shape.channels, 3);
        assert_eq!(
            own.found.to_string(),
            "3 images of 2 classes, 1 x 2 colour; 2 to learn from, 1 to test"
        );
    }

    #[test]
    fn one_pair_is_split_and_rows_are_squares() {
        for (images, labels) in [("images", "labels"), ("X", "y"), ("arr_0", "arr_1")] {
            let pixels: Vec<f64> = (0..40).map(|i| f64::from(i) / 39.0).collect();
            let own = load(&[
                (images, npy(&[10, 4], &pixels)),
                (labels, npy(&[10], &[0_i32, 1, 0, 1, 0, 1, 0, 1, 0, 1])),
            ])
            .unwrap();
            assert_eq!((own.data.train.len(), own.data.test.len()), (8, 2));
            assert_eq!(
                (own.data.train.shape.height, own.data.train.shape.width),
                (2, 2)
            );
            assert_eq!(by_label(&own)[9].1, [235, 242, 248, 255]);
        }
    }

    #[test]
    fn each_flaw_is_told() {
        let images = || npy(&[2, 2, 2], &[0_u8; 8]);
        let labels = || npy(&[2], &[0_u8, 1]);
        let mut cut = images();
        cut.truncate(cut.len() - 1);
        let mut promising = images();
        let place = promising
            .windows(3)
            .position(|part| part == b"2, ")
            .unwrap();
        promising[place] = b'9';
        for (members, expected) in [
            (vec![], "it holds nothing, where x_train"),
            (vec![("pictures", images())], "it holds pictures.npy, where"),
            (
                vec![("x", npy(&[2, 2, 2, 4], &[0_u8; 32])), ("y", labels())],
                "the shape [2, 2, 2, 4]",
            ),
            (
                vec![("x", npy(&[2, 7], &[0_u8; 14])), ("y", labels())],
                "the shape [2, 7]",
            ),
            (
                vec![("x", npy(&[2, 0, 2], &[0_u8; 0])), ("y", labels())],
                "the shape [2, 0, 2]",
            ),
            (
                vec![("x", images()), ("y", npy(&[3], &[0_u8, 1, 2]))],
                "one label is read for each of the 2",
            ),
            (
                vec![("x", images()), ("y", npy(&[2, 2], &[0_u8; 4]))],
                "y.npy has the shape [2, 2]",
            ),
            (
                vec![("x", images()), ("y", npy(&[2], &[0.0_f32, 0.5]))],
                "y.npy holds 0.5",
            ),
            (
                vec![("x", images()), ("y", npy(&[2], &[3_u8, 3]))],
                "its labels are of 1 classes",
            ),
            (
                vec![("x", npy(&[2, 1, 1], &[0_i16, 256])), ("y", labels())],
                "x.npy holds 256",
            ),
            (
                vec![("x", npy(&[2, 1, 1], &[-1.0_f32, 1.0])), ("y", labels())],
                "x.npy holds -1",
            ),
            (
                vec![("x", npy(&[2, 1, 1], &[f64::NAN, 1.0])), ("y", labels())],
                "x.npy holds NaN",
            ),
            (vec![("x", cut), ("y", labels())], "x.npy is cut short"),
            (vec![("x", promising), ("y", labels())], "x.npy is"),
            // A fuzzer's finds: memory was taken for 2 GB of it, and half a minute.
            (
                vec![
                    ("x", b"\x93NUMPY\x03\0\xff\xff\xff\x7f{}".to_vec()),
                    ("y", labels()),
                ],
                "its header is too long",
            ),
            (
                vec![
                    ("x", [&b"\x93NUMPY\x01\0\x40\0"[..], &[b'{'; 64]].concat()),
                    ("y", labels()),
                ],
                "its header is not that of plain numbers",
            ),
            (
                vec![("x", images()[..20].to_vec()), ("y", labels())],
                "it is shorter than its header",
            ),
            (
                vec![("x", b"no array".to_vec()), ("y", labels())],
                "x.npy is cut short, corrupt",
            ),
            (
                vec![
                    ("x_train", images()),
                    ("y_train", labels()),
                    ("x_test", npy(&[1, 1, 1], &[0_u8])),
                    ("y_test", npy(&[1], &[0_u8])),
                ],
                "its images to learn from are 1 x 2 x 2 and those to test 1 x 1 x 1",
            ),
            (
                vec![
                    ("x_train", images()),
                    ("y_train", labels()),
                    ("x_test", images()),
                    ("y_test", npy(&[2], &[0_u8, 5])),
                ],
                "y_test.npy has the label 5",
            ),
        ] {
            let flaw = load(&members).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
        let flaw = parse(Cursor::new(b"no archive")).unwrap_err();
        assert!(
            flaw.starts_with("it cannot be read as a NumPy archive"),
            "{flaw}"
        );
    }
}

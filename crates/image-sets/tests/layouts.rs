//! MNIST in the layouts and packings that people have it in, and what is said of files that are not.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use image_sets::{DataSplit, ImageSet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

/// An idx file: the header words, then the values.
fn idx(words: &[u32], values: &[u8]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_be_bytes());
    words.chain(values.iter().copied()).collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(name, options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The four files: three training images of the classes 3, 4, 5 and two test images of 6 and 7.
fn four() -> [(&'static str, Vec<u8>); 4] {
    let images = |count: u32, first: usize| {
        let values = (0..784 * count as usize).map(|i| ((first + i) % 251) as u8);
        idx(&[0x803, count, 28, 28], &values.collect::<Vec<u8>>())
    };
    [
        (TRAIN_IMAGES, images(3, 0)),
        ("train-labels-idx1-ubyte", idx(&[0x801, 3], &[3, 4, 5])),
        ("t10k-images-idx3-ubyte", images(2, 9)),
        (TEST_LABELS, idx(&[0x801, 2], &[6, 7])),
    ]
}

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Writes the four files with a path and a content for each.
fn write_four(dir: &Path, each: impl Fn(&str, Vec<u8>) -> (String, Vec<u8>)) {
    for (name, bytes) in four() {
        let (path, bytes) = each(name, bytes);
        write(dir, &path, &bytes);
    }
}

fn read(dir: &Path) -> DataSplit {
    ImageSet::Mnist.load(Some(dir)).unwrap()
}

/// What is said of `bytes` at `mnist/{name}`, where the other files are good and compressed.
fn said_of(name: &str, bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    write_four(dir.path(), |name, bytes| {
        (format!("mnist/{name}.gz"), gz(&bytes))
    });
    let path = format!("mnist/{name}");
    let published = path.trim_end_matches(".gz").to_owned() + ".gz";
    fs::remove_file(dir.path().join(published)).unwrap();
    write(dir.path(), &path, bytes);
    let message = ImageSet::Mnist
        .load(Some(dir.path()))
        .unwrap_err()
        .to_string();
    let start = format!("{}: ", dir.path().join(path).display());
    message
        .strip_prefix(&start)
        .expect("the file is named")
        .to_owned()
}

#[test]
fn every_layout_gives_the_same_images() {
    type Layout = fn(&str, Vec<u8>) -> (String, Vec<u8>);
    let layouts: [(&str, Layout); 10] = [
        ("plain", |name, bytes| (format!("mnist/{name}"), bytes)),
        ("gzip", |name, bytes| {
            (format!("mnist/{name}.gz"), gz(&bytes))
        }),
        ("dots", |name, bytes| {
            (format!("mnist/{}", name.replace("-idx", ".idx")), bytes)
        }),
        ("a folder of the file's name", |name, bytes| {
            (format!("mnist/{name}/{name}"), bytes)
        }),
        ("torchvision", |name, bytes| {
            (format!("MNIST/raw/{name}"), bytes)
        }),
        ("the folder itself", |name, bytes| (name.to_owned(), bytes)),
        ("a zip each", |name, bytes| {
            (format!("mnist/{name}.zip"), zipped([(name, bytes)]))
        }),
        ("gzip under a plain name", |name, bytes| {
            (format!("mnist/{name}"), gz(&bytes))
        }),
        ("plain under .gz", |name, bytes| {
            (format!("mnist/{name}.gz"), bytes)
        }),
        ("members and padding", |name, bytes| {
            let (head, tail) = bytes.split_at(10);
            let packed = [gz(head), gz(b""), gz(tail), vec![0; 100]].concat();
            (format!("mnist/{name}.gz"), packed)
        }),
    ];
    let expected = {
        let dir = tempfile::tempdir().unwrap();
        write_four(dir.path(), layouts[0].1);
        read(dir.path())
    };
    assert_eq!(expected.train.labels, [3, 4, 5]);
    assert_eq!(expected.train.pixels, four()[0].1[16..]);
    assert_eq!(expected.test.labels, [6, 7]);
    assert_eq!(expected.test.pixels, four()[2].1[16..]);
    for (name, layout) in layouts {
        let dir = tempfile::tempdir().unwrap();
        write_four(dir.path(), layout);
        assert!(read(dir.path()) == expected, "{name}");
    }
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "archive.zip", &zipped(four()));
    assert!(read(dir.path()) == expected, "one archive");
}

#[test]
fn a_folder_of_the_name_does_not_hide_the_file_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    write_four(dir.path(), |name, bytes| {
        fs::create_dir_all(dir.path().join("mnist").join(name)).unwrap();
        (format!("mnist/{name}.gz"), gz(&bytes))
    });
    assert_eq!(read(dir.path()).test.labels, [6, 7]);
}

#[test]
fn two_forms_of_a_file_must_agree() {
    let dir = tempfile::tempdir().unwrap();
    write_four(dir.path(), |name, bytes| {
        (format!("mnist/{name}.gz"), gz(&bytes))
    });
    write_four(dir.path(), |name, bytes| (format!("mnist/{name}"), bytes));
    assert_eq!(read(dir.path()).test.labels, [6, 7]);
    write(
        dir.path(),
        &format!("mnist/{TEST_LABELS}"),
        &idx(&[0x801, 2], &[7, 6]),
    );
    let error = ImageSet::Mnist.load(Some(dir.path())).unwrap_err();
    assert_eq!(error.path, dir.path().join("mnist").join(TEST_LABELS));
    assert!(
        error.reason.contains("holds something else than"),
        "{error}"
    );
}

#[test]
fn a_file_of_the_wrong_kind_is_named_for_what_it_is() {
    let page = b"<!DOCTYPE html>\n<title>403 Forbidden</title>";
    let compressed = format!("{TRAIN_IMAGES}.gz");
    let float64 = idx(&[0x0e03, 1, 28, 28], &[0; 8 * 784]);
    for (name, bytes, expected) in [
        (
            &*compressed,
            page.to_vec(),
            "it is an HTML page instead of an idx file of images",
        ),
        (
            &compressed,
            gz(page),
            "it is a gzip of an HTML page instead of",
        ),
        (
            TRAIN_IMAGES,
            float64,
            "it is a float64 idx file of 3 dimensions instead of",
        ),
        (
            TRAIN_IMAGES,
            four()[1].1.clone(),
            "it is an idx file of labels instead of",
        ),
        (
            TRAIN_IMAGES,
            b"label,1x1\n3,0\n".to_vec(),
            "it is a CSV table instead of",
        ),
        (
            TRAIN_IMAGES,
            b"\x80\x02}q\x01.".to_vec(),
            "it is a Python pickle instead of",
        ),
        (
            TEST_LABELS,
            gz(b""),
            "it is a gzip of an empty file instead of an idx file of labels",
        ),
    ] {
        let said = said_of(name, &bytes);
        assert!(said.starts_with(expected), "{said}");
        assert!(said.ends_with("; put a good copy in its place"), "{said}");
    }
}

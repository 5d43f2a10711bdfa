//! What a file is that is not what it should be, told from its first bytes.

/// How a gzip file starts.
pub(crate) const GZIP: &[u8] = b"\x1f\x8b";
/// How a zip archive starts.
pub(crate) const ZIP: &[u8] = b"PK\x03\x04";

/// idx images of one byte a pixel.
pub(crate) const IDX_IMAGES: &str = "an idx file of images";
/// idx labels of one byte each.
pub(crate) const IDX_LABELS: &str = "an idx file of labels";
/// A table of values with commas between them.
pub(crate) const CSV: &str = "a CSV table";
/// A value that Python has written.
pub(crate) const PICKLE: &str = "a Python pickle";

/// Formats that files start with.
const STARTS: [(&[u8], &str); 20] = [
    (GZIP, "a gzip file"),
    (ZIP, "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x1f\x9d", "a compress (.Z) file"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB", "a MATLAB file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite", "an SQLite database"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer, which stands for a file that was not fetched",
    ),
];

/// What a file with this content is, where that can be told.
pub(crate) fn of(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("an empty file".into());
    }
    if let Some((_, kind)) = STARTS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some((*kind).into());
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("a tar archive".into());
    }
    match bytes {
        [0x80, 2..=5, ..] => Some(PICKLE.into()),
        [0, 0, code, dimensions, ..] => idx(*code, *dimensions),
        _ => text(bytes).map(Into::into),
    }
}

/// The idx file of a type code and a number of dimensions.
fn idx(code: u8, dimensions: u8) -> Option<String> {
    let values = match (code, dimensions) {
        (8, 1) => return Some(IDX_LABELS.into()),
        (8, 3) => return Some(IDX_IMAGES.into()),
        (8, _) => "a uint8",
        (9, _) => "an int8",
        (0x0b, _) => "an int16",
        (0x0c, _) => "an int32",
        (0x0d, _) => "a float32",
        (0x0e, _) => "a float64",
        _ => return None,
    };
    Some(format!("{values} idx file of {dimensions} dimensions"))
}

/// What a text is, by its first kilobyte.
fn text(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(1024)];
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    // The kilobyte may end within a character.
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let text = text.trim_start().to_ascii_lowercase();
    Some(
        if text.starts_with("<!doctype html") || text.contains("<html") {
            "an HTML page"
        } else if text.starts_with('<') {
            "an XML document"
        } else if text.starts_with(['{', '[']) {
            "a JSON document"
        } else if text.lines().next().is_some_and(|line| line.contains(',')) {
            CSV
        } else {
            "a text"
        },
    )
}

/// The data set that a file or a folder of this name is of, where it is one that is often taken for
/// one of those that are read.
pub(crate) fn other_set(name: &str) -> Option<&'static str> {
    let name = plain(name);
    if name.starts_with("emnist") {
        Some("EMNIST")
    } else if name.starts_with("cifar100") || name == "finelabelnamestxt" {
        Some("CIFAR-100")
    } else {
        None
    }
}

/// A name without what people write in different ways: its letters and digits, in lower case.
pub(crate) fn plain(name: &str) -> String {
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_from_its_start() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, kind) in [
            (&b""[..], "an empty file"),
            (b"\n<!DOCTYPE HTML>\n<title>403", "an HTML page"),
            (b"<!-- late -->\n<HTML lang=en>", "an HTML page"),
            (b"<?xml version='1.0'?><Error/>", "an XML document"),
            (b"{\"message\": \"Not Found\"}", "a JSON document"),
            (b"\xef\xbb\xbflabel,1x1\n3,0\n", CSV),
            ("Zugriff verweigert für".as_bytes(), "a text"),
            (b"\x1f\x8b\x08", "a gzip file"),
            (b"\x93NUMPY\x01\0", "a NumPy array (.npy)"),
            (b"\x80\x02}q\x01", PICKLE),
            (&[0, 0, 8, 3, 0], IDX_IMAGES),
            (&[0, 0, 8, 1, 0], IDX_LABELS),
            (&[0, 0, 14, 3, 0], "a float64 idx file of 3 dimensions"),
            (&[0, 0, 8, 4, 0], "a uint8 idx file of 4 dimensions"),
            (&tar, "a tar archive"),
        ] {
            assert_eq!(of(bytes).as_deref(), Some(kind));
        }
        for unknown in [&[0_u8, 0, 1, 3][..], &[7; 100], b"abc\0def", b"\xc3\x28"] {
            assert_eq!(of(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_text_may_be_cut_within_a_character() {
        let long = format!("{}ü", "a".repeat(1023));
        assert_eq!(of(long.as_bytes()).as_deref(), Some("a text"));
    }

    #[test]
    fn other_sets_are_told_by_their_names() {
        for (name, set) in [
            ("emnist-letters-train-images-idx3-ubyte.gz", Some("EMNIST")),
            ("cifar-100-python", Some("CIFAR-100")),
            ("CIFAR_100.zip", Some("CIFAR-100")),
            ("cifar-10-batches-bin", None),
            ("train-images-idx3-ubyte", None),
        ] {
            assert_eq!(other_set(name), set, "{name}");
        }
    }
}

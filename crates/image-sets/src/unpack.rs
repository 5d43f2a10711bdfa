//! What a file holds, unpacked: gzip and zip are told from the bytes, never from a file's name.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use zip::ZipArchive;

use crate::kind;

/// A file may be packed this often: a zip of compressed files is offered, more layers are not.
const LAYERS: usize = 2;

/// The bytes of a file without its packing.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    /// What they were packed in, such as "a gzip of "; empty where they were not.
    packing: String,
    /// The file of an archive of several that they are, such as "in mnist_test.csv, "; else empty.
    member: String,
}

impl Content {
    /// The content of a file with these bytes, at most `limit` of them; of an archive, its file of
    /// one of `names`. Else what is wrong.
    pub(crate) fn new(bytes: Vec<u8>, names: &[&str], limit: u64) -> Result<Self, String> {
        let mut content = Self {
            bytes,
            packing: String::new(),
            member: String::new(),
        };
        for _ in 0..LAYERS {
            if content.bytes.starts_with(kind::GZIP) {
                content.bytes = gunzip(&content.bytes, limit)?;
                content.packing += "a gzip of ";
            } else if content.bytes.starts_with(kind::ZIP) {
                (content.bytes, content.member) = unzip(&content.bytes, names, limit)?;
                content.packing += "a zip of ";
            }
        }
        Ok(content)
    }

    /// What `parse` makes of the content, which should be `expected`; else what is wrong.
    pub(crate) fn parse<T>(
        &self,
        expected: &str,
        parse: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, String> {
        parse(&self.bytes).map_err(|flaw| {
            let flaw = match kind::of(&self.bytes) {
                Some(kind) if kind != expected => {
                    format!("it is {}{kind} instead of {expected}", self.packing)
                }
                _ => flaw,
            };
            format!("{}{flaw}", self.member)
        })
    }
}

/// All members of a gzip file. Zeros after a member are padding, as of tapes and of disk blocks.
fn gunzip(mut packed: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        let left = limit - bytes.len() as u64;
        let mut member = GzDecoder::new(packed);
        (&mut member)
            .take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|cause| format!("the gzip data is cut short or corrupt ({cause})"))?;
        within(&bytes, limit)?;
        packed = member.into_inner();
        let padding = packed.iter().take_while(|&&byte| byte == 0).count();
        packed = &packed[padding..];
        if packed.is_empty() {
            return Ok(bytes);
        }
        if !packed.starts_with(kind::GZIP) {
            let rest = packed.len();
            return Err(format!(
                "the gzip data is followed by {rest} bytes of something else"
            ));
        }
    }
}

/// The file of one of `names` in a zip archive, in whatever folder and compressed or not; or the
/// only file. With it, what names it among several.
fn unzip(packed: &[u8], names: &[&str], limit: u64) -> Result<(Vec<u8>, String), String> {
    let corrupt = |cause: &dyn std::fmt::Display| {
        format!("the zip archive is cut short, corrupt or of a kind that is not read ({cause})")
    };
    let mut archive = ZipArchive::new(Cursor::new(packed)).map_err(|cause| corrupt(&cause))?;
    // A name that is no text is not that of a file that is looked for. macOS adds files of its own.
    let files: Vec<String> = archive
        .file_names()
        .flatten()
        .filter(|path| !path.ends_with('/') && !path.starts_with("__MACOSX/"))
        .map(Into::into)
        .collect();
    let wanted = match files.iter().find(|path| is_one_of(path, names)) {
        None if files.len() == 1 => &files[0],
        found => found.ok_or_else(|| format!("the zip archive holds no {}", names[0]))?,
    };
    let file = archive.by_name(wanted).map_err(|cause| corrupt(&cause))?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| corrupt(&cause))?;
    within(&bytes, limit)?;
    let member = if files.len() > 1 {
        format!("in {wanted}, ")
    } else {
        String::new()
    };
    Ok((bytes, member))
}

/// Whether the zip archive at `path` holds a file of one of `names`.
pub(crate) fn archive_holds(path: &Path, names: &[&str]) -> bool {
    let archive = File::open(path)
        .and_then(|file| ZipArchive::new(io::BufReader::new(file)).map_err(io::Error::other));
    archive.is_ok_and(|archive| {
        let mut files = archive.file_names().flatten();
        files.any(|path| is_one_of(&path, names))
    })
}

/// Whether a path in an archive is that of a file of one of `names`, compressed or not.
fn is_one_of(path: &str, names: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    names.contains(&name.strip_suffix(".gz").unwrap_or(name))
}

fn within(bytes: &[u8], limit: u64) -> Result<(), String> {
    if bytes.len() as u64 > limit {
        return Err(format!(
            "unpacked it is larger than {limit} bytes, the most that is read"
        ));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(crate) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpack(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        Content::new(bytes, &["data", "data.bin"], 1000).map(|content| content.bytes)
    }

    #[test]
    fn the_packing_is_told_from_the_content() {
        let plain = b"some bytes".to_vec();
        let members = [gz(b"some"), gz(b""), gz(b" bytes")].concat();
        let padded = [gz(&plain), vec![0; 512]].concat();
        let apart = [gz(b"some"), vec![0; 3], gz(b" bytes"), vec![0]].concat();
        for packed in [
            plain.clone(),
            gz(&plain),
            members,
            padded,
            apart,
            gz(&gz(&plain)),
            zipped(&[("other.name", &plain)]),
            zipped(&[("__MACOSX/._it", b"?"), ("it", &plain)]),
            zipped(&[("readme", b"hello"), ("in/a/folder/data.bin", &plain)]),
            zipped(&[("readme", b"hello"), ("data.gz", &gz(&plain))]),
        ] {
            assert_eq!(unpack(packed.clone()).as_deref(), Ok(&*plain), "{packed:?}");
        }
    }

    #[test]
    fn what_cannot_be_unpacked_is_told() {
        let damaged = |mut bytes: Vec<u8>, at: usize| {
            bytes[at] ^= 1;
            bytes
        };
        let zip = zipped(&[("data", b"some bytes")]);
        // Behind the header of 30 bytes and the name.
        let flipped = damaged(zip.clone(), 36);
        let stored_length = zip.len();
        for (packed, expected) in [
            (gz(b"some")[..15].to_vec(), "the gzip data is cut short"),
            (
                [&gz(b"some")[..], b"\r\n"].concat(),
                "the gzip data is followed by 2 bytes of something else",
            ),
            (gz(&[7; 1001]), "larger than 1000 bytes"),
            ([gz(&[7; 600]), gz(&[7; 600])].concat(), "larger than 1000"),
            (zipped(&[("data", &[7; 1001])]), "larger than 1000 bytes"),
            (zip[..stored_length - 1].to_vec(), "the zip archive is cut"),
            (flipped, "the zip archive is cut short, corrupt"),
            (
                zipped(&[("a", b"1"), ("b", b"2")]),
                "the zip archive holds no data",
            ),
        ] {
            let flaw = unpack(packed).unwrap_err();
            assert!(flaw.contains(expected), "{flaw}");
        }
    }

    #[test]
    fn another_kind_is_named_with_its_packing() {
        let page = b"<!DOCTYPE html><title>403</title>";
        let refuse = |_: &[u8]| Err::<(), _>("no such values".to_string());
        let flaw = |bytes| {
            let content = Content::new(bytes, &["data"], 1000).unwrap();
            content.parse("a CSV table", refuse).unwrap_err()
        };
        let expected = "it is a gzip of an HTML page instead of a CSV table";
        assert_eq!(flaw(gz(page)), expected);
        let expected = "it is a zip of a gzip of an empty file instead of a CSV table";
        assert_eq!(flaw(zipped(&[("data.gz", &gz(b""))])), expected);
        assert_eq!(flaw(b"1,2\n3,4\n".to_vec()), "no such values");
        let several = zipped(&[("readme", b"hello"), ("x/data", b"1,2\n")]);
        assert_eq!(flaw(several), "in x/data, no such values");
    }
}

//! Fetching the files of a data set from their publishers into the cache directory.
//!
//! A file appears under its name only once all of it has arrived with its pinned SHA-256 sum.

use std::fs;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::Duration;

use flate2::read::GzDecoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tempfile::NamedTempFile;
use ureq::Agent;

use crate::published::{Pinned, published, sum};
use crate::{DataError, ImageSet};

/// The most bytes of the CIFAR-10 archive that are unpacked; it holds 184 MB.
const ARCHIVE_LIMIT: u64 = 200_000_000;

/// Completes `folder` with the files of `set` that it lacks.
///
/// `get` opens a URL, or says why it cannot.
pub(crate) fn complete<R: Read>(
    set: ImageSet,
    folder: &Path,
    get: impl Fn(&str) -> Result<R, String>,
) -> Result<(), DataError> {
    let Some((url, files)) = published(set) else {
        return Ok(());
    };
    let mut absent = files.iter().filter(|file| !file.is_in(folder)).peekable();
    if absent.peek().is_none() {
        return Ok(());
    }
    let open = |url: &str, path: &Path| {
        get(url).map_err(|cause| {
            let reason = format!("cannot be downloaded from {url}: {cause}; check the connection");
            DataError::new(path, reason)
        })
    };
    if set == ImageSet::Cifar10 {
        return unpack(open(url, folder)?, files, folder);
    }
    absent.try_for_each(|file| {
        let body = open(&format!("{url}{}", file.name), &folder.join(file.name))?;
        store(body, file, folder)
    })
}

/// Opens a URL, with a progress bar for what is read from it.
pub(crate) fn get(url: &str) -> Result<impl Read + use<>, String> {
    let patience = Some(Duration::from_secs(30));
    let agent = Agent::config_builder()
        .https_only(true)
        .timeout_connect(patience)
        .timeout_recv_response(patience)
        .build()
        .new_agent();
    let response = agent.get(url).call().map_err(|cause| cause.to_string())?;
    let body = response.into_body();
    let style = "{msg} [{wide_bar}] {bytes}/{total_bytes}, {eta} left";
    let bar = ProgressBar::with_draw_target(body.content_length(), ProgressDrawTarget::stderr())
        .with_style(ProgressStyle::with_template(style).expect("the template is valid"))
        .with_message(url.rsplit('/').next().unwrap_or(url).to_owned());
    Ok(bar.wrap_read(body.into_reader()))
}

/// Puts `body` into `folder` as `file` if it is that file.
fn store(body: impl Read, file: &Pinned, folder: &Path) -> Result<(), DataError> {
    let path = folder.join(file.name);
    let failed = |cause| store_error(&path, cause);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut target = NamedTempFile::new_in(folder).map_err(failed)?;
    // One byte too many is enough to make the sum wrong.
    io::copy(&mut body.take(file.length + 1), &mut target).map_err(failed)?;
    target.rewind().map_err(failed)?;
    let found = sum(&mut target).map_err(failed)?;
    if found != file.sha256 {
        let reason = format!(
            "the download has the SHA-256 sum {found} instead of {} and was not kept; try again \
             later, or get the file elsewhere",
            file.sha256
        );
        return Err(DataError::new(path, reason));
    }
    // Without it a file could be there after a power cut, and be empty.
    target.as_file().sync_all().map_err(failed)?;
    target.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Stores the `files` of a `.tar.gz` archive in `folder`, whatever folders the archive puts them
/// in, and skips everything else.
fn unpack(archive: impl Read, files: &[Pinned], folder: &Path) -> Result<(), DataError> {
    let failed = |cause| store_error(folder, cause);
    let plain = GzDecoder::new(archive).take(ARCHIVE_LIMIT);
    let mut absent: Vec<&Pinned> = files.iter().collect();
    for entry in tar::Archive::new(plain).entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path().map_err(failed)?;
        let wanted = absent
            .iter()
            .position(|file| path.file_name().is_some_and(|name| name == file.name));
        if let Some(i) = wanted {
            store(entry, absent.swap_remove(i), folder)?;
        }
    }
    match absent.first() {
        Some(file) => Err(DataError::new(
            folder.join(file.name),
            "the downloaded archive does not hold it; try again later, or get the file elsewhere",
        )),
        None => Ok(()),
    }
}

fn store_error(path: &Path, cause: io::Error) -> DataError {
    let reason = format!(
        "the download cannot be stored: {cause}; check the connection and the disk and try again"
    );
    DataError::new(path, reason)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const ABC: Pinned = Pinned {
        name: "abc.bin",
        length: 3,
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };

    /// The names of the files in a folder, sorted.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A `.tar.gz` archive; the names are written as they are, however dangerous.
    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut builder = tar::Builder::new(encoder);
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn the_published_file_is_put_in_place() {
        let dir = tempfile::tempdir().unwrap();
        store(&b"abc"[..], &ABC, dir.path()).unwrap();
        assert_eq!(fs::read(dir.path().join("abc.bin")).unwrap(), b"abc");
        assert_eq!(names(dir.path()), ["abc.bin"]);
    }

    #[test]
    fn any_other_file_is_named_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for body in [&b""[..], b"ab", b"abd", b"abcd"] {
            let message = store(body, &ABC, dir.path()).unwrap_err().to_string();
            assert!(
                message.contains("abc.bin: the download has the SHA-256"),
                "{message}"
            );
            assert!(names(dir.path()).is_empty());
        }
    }

    #[test]
    fn an_endless_body_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let error = store(io::repeat(b'a'), &ABC, dir.path()).unwrap_err();
        assert!(error.reason.contains("SHA-256"), "{error}");
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn only_wanted_names_leave_an_archive_and_only_into_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("set");
        fs::create_dir(&folder).unwrap();
        let entries: [(&str, &[u8]); 4] = [
            ("../evil", b"evil"),
            ("set/readme.html", b"hello"),
            ("abc.bin/other", b"other"),
            ("../../abc.bin", b"abc"),
        ];
        unpack(archive(&entries).as_slice(), &[ABC], &folder).unwrap();
        assert_eq!(names(parent.path()), ["set"]);
        assert_eq!(names(&folder), ["abc.bin"]);
    }

    #[test]
    fn a_bad_archive_leaves_nothing() {
        let whole = archive(&[("abc.bin", b"abc")]);
        let cases = [
            (archive(&[("abc.bin", b"abd")]), "SHA-256"),
            (archive(&[("other", b"abc")]), "does not hold"),
            (whole[..whole.len() / 2].to_vec(), "cannot be stored"),
            (b"<html>".to_vec(), "cannot be stored"),
        ];
        for (bytes, expected) in cases {
            let dir = tempfile::tempdir().unwrap();
            let error = unpack(bytes.as_slice(), &[ABC], dir.path()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(names(dir.path()).is_empty());
        }
    }

    #[test]
    fn only_absent_files_are_fetched() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mnist");
        let (base, files) = published(ImageSet::Mnist).unwrap();
        let url = |i: usize| format!("{base}{}", files[i].name);
        let asked = RefCell::new(Vec::new());
        let get = |url: &str| {
            asked.borrow_mut().push(url.to_owned());
            Ok(&b"an error page"[..])
        };
        // The first file is refused, so that no second one is asked for.
        let error = complete(ImageSet::Mnist, &folder, get).unwrap_err();
        assert!(error.to_string().contains(files[0].name), "{error}");
        assert_eq!(asked.take(), [url(0)]);
        assert!(names(&folder).is_empty());

        // The plain form counts as there; a file under the name of the published one does not.
        let plain = |file: &Pinned| folder.join(file.name.trim_end_matches(".gz"));
        fs::write(plain(&files[0]), "").unwrap();
        fs::write(folder.join(files[1].name), "").unwrap();
        complete(ImageSet::Mnist, &folder, get).unwrap_err();
        assert_eq!(asked.take(), [url(1)]);

        for file in files {
            fs::write(plain(file), "").unwrap();
        }
        complete(ImageSet::Mnist, &folder, get).unwrap();
        assert!(asked.take().is_empty());
    }
}

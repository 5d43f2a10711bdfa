//! What can go wrong with a data set, each as one sentence that says what to do.

use std::io;
use std::path::PathBuf;

use indicatif::DecimalBytes;
use thiserror::Error;

use super::Dataset;

/// Why a data set could not be loaded.
#[derive(Debug, Error)]
pub enum DataError {
    /// A folder or a file of the data set does not exist.
    #[error(
        "there is no {what} {}; point --data-dir at the folder that holds the data set, or leave \
         --data-dir out in a build with `--features download` to fetch it",
        path.display()
    )]
    Missing {
        /// `folder` or `file`.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operating system refused to read a file.
    #[error("cannot read {}: {cause}; check that it is a file you may read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        cause: io::Error,
    },
    /// A file was read, but it is not what its name promises.
    #[error("{}: {flaw}; delete it and download it again", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// An image file and its label file hold different numbers of items.
    #[error(
        "{} holds {images} images, but {} holds {labels} labels; download both again",
        images_path.display(),
        labels_path.display()
    )]
    CountMismatch {
        /// The image file.
        images_path: PathBuf,
        /// How many images it holds.
        images: usize,
        /// The label file.
        labels_path: PathBuf,
        /// How many labels it holds.
        labels: usize,
    },
    /// The system names no cache directory for this user.
    #[error(
        "this system names no cache directory; pass --data-dir with the folder that holds \
         the {dataset} files"
    )]
    NoCache {
        /// The data set asked for.
        dataset: Dataset,
    },
    /// A server could not be reached or refused the request.
    #[cfg(feature = "download")]
    #[error("cannot download {url}: {cause}; check the connection or pass --data-dir")]
    Fetch {
        /// The address asked for.
        url: String,
        /// The client's reason.
        cause: Box<ureq::Error>,
    },
    /// A download broke off or could not be written.
    #[cfg(feature = "download")]
    #[error(
        "cannot store the download as {}: {cause}; check the connection and the disk and try again",
        path.display()
    )]
    Store {
        /// Where the download was to go.
        path: PathBuf,
        /// The reason the transfer stopped.
        cause: io::Error,
    },
    /// A downloaded file is not the published one; it was not kept.
    #[cfg(feature = "download")]
    #[error(
        "the download of {} has the SHA-256 sum {found} instead of {expected} and was not kept; \
         try again later or pass --data-dir",
        path.display()
    )]
    Checksum {
        /// Where the file would have gone.
        path: PathBuf,
        /// The sum of what arrived, in hexadecimal.
        found: String,
        /// The sum of the published file, in hexadecimal.
        expected: &'static str,
    },
    /// A downloaded archive lacks a file of the data set.
    #[cfg(feature = "download")]
    #[error(
        "the downloaded archive does not hold {}; try again later or pass --data-dir",
        path.display()
    )]
    Incomplete {
        /// Where the file would have gone.
        path: PathBuf,
    },
}

/// What is wrong with the content of one data file.
#[derive(Debug, Error)]
pub enum Flaw {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than any data set this program reads.
    #[error("the file is larger than {}, the most that is read", DecimalBytes(*limit))]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The gzip stream ends early, is corrupt or fails its own check.
    #[error("the gzip data is cut short or corrupt ({0})")]
    Gzip(io::Error),
    /// The file ends inside its header.
    #[error("the header takes {expected} bytes, but the file ends after {found}")]
    ShortHeader {
        /// The header's length in bytes.
        expected: usize,
        /// The bytes there are.
        found: usize,
    },
    /// The first four bytes are those of another file format.
    #[error("the file starts with {found:#010x} instead of {expected:#010x}")]
    Magic {
        /// The number the format starts with.
        expected: u32,
        /// The number the file starts with.
        found: u32,
    },
    /// The images have another size than the data set's.
    #[error("the images are {height}x{width} pixels instead of 28x28")]
    ImageSize {
        /// Rows of one image, from the header.
        height: u32,
        /// Columns of one image, from the header.
        width: u32,
    },
    /// The header's number of items is zero or beyond the limit.
    #[error("the header promises {count} {items}, where 1 to {limit} are read")]
    Count {
        /// The number of items, from the header.
        count: u64,
        /// `images` or `labels`.
        items: &'static str,
        /// The largest number that is read.
        limit: u64,
    },
    /// The file ends before the last item.
    #[error(
        "the header promises {count} {items}, {}, but the file ends after {found} bytes of them",
        DecimalBytes(*expected)
    )]
    Short {
        /// The number of items, from the header.
        count: u64,
        /// `images` or `labels`.
        items: &'static str,
        /// The bytes those items take.
        expected: u64,
        /// The bytes there are.
        found: usize,
    },
    /// The file goes on after the last item.
    #[error("the header promises {count} {items}, but the file goes on after them")]
    Trailing {
        /// The number of items, from the header.
        count: u64,
        /// `images` or `labels`.
        items: &'static str,
    },
    /// The file is no sequence of whole CIFAR-10 records.
    #[error("the length of {length} bytes is no multiple of the {record} bytes of a record")]
    PartialRecord {
        /// The file's length in bytes.
        length: usize,
        /// One record's length in bytes.
        record: usize,
    },
    /// A label names no class.
    #[error("image {index} has the label {label}, where 0 to 9 are the classes")]
    Label {
        /// The image's place in the file, from 0.
        index: usize,
        /// The label found.
        label: u8,
    },
}

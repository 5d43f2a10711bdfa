//! Where the data sets are published, and the SHA-256 sums of their files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::ImageSet;

const MNIST_URL: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";
const FASHION_MNIST_URL: &str =
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/";
const CIFAR10_URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

/// A file as its publisher offers it.
pub(crate) struct Pinned {
    pub(crate) name: &'static str,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// Its SHA-256 sum in hexadecimal.
    pub(crate) sha256: &'static str,
}

impl Pinned {
    /// Whether `folder` holds this file undamaged or, for a compressed one, its plain form.
    #[cfg(feature = "download")]
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        let plain = folder.join(self.name.trim_end_matches(".gz"));
        let has_plain_form = self.name.ends_with(".gz") && plain.is_file();
        has_plain_form || self.state(folder) == State::Published
    }

    fn state(&self, folder: &Path) -> State {
        let path = folder.join(self.name);
        let length = path.metadata().map(|metadata| metadata.len());
        if length.ok() != Some(self.length) {
            return State::Another;
        }
        match File::open(path).and_then(sum) {
            Ok(sum) if sum == self.sha256 => State::Published,
            _ => State::Damaged,
        }
    }
}

/// What lies under the name of a published file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// That file.
    Published,
    /// A file of its length with another sum.
    Damaged,
    /// Nothing, or a file of another length: perhaps images of the user's own.
    Another,
}

/// The SHA-256 sum of all that `source` holds, in hexadecimal.
pub(crate) fn sum(mut source: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut source, &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}

/// The files in `folder` that have the length of the published one, and another sum.
pub(crate) fn damaged(set: ImageSet, folder: &Path) -> Vec<PathBuf> {
    let (_, files) = published(set).unwrap_or(("", &[]));
    let damaged = files
        .iter()
        .filter(|file| file.state(folder) == State::Damaged);
    damaged.map(|file| folder.join(file.name)).collect()
}

/// Where the files of `set` are published, if it has any: under the URL, or, for
/// CIFAR-10, in the archive that the URL names.
pub(crate) fn published(set: ImageSet) -> Option<(&'static str, &'static [Pinned])> {
    match set {
        ImageSet::Digits => None,
        ImageSet::Mnist => Some((MNIST_URL, &MNIST)),
        ImageSet::FashionMnist => Some((FASHION_MNIST_URL, &FASHION_MNIST)),
        ImageSet::Cifar10 => Some((CIFAR10_URL, &CIFAR10)),
    }
}

const MNIST: [Pinned; 4] = [
    Pinned {
        name: "train-images-idx3-ubyte.gz",
        length: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    Pinned {
        name: "train-labels-idx1-ubyte.gz",
        length: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    Pinned {
        name: "t10k-images-idx3-ubyte.gz",
        length: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    Pinned {
        name: "t10k-labels-idx1-ubyte.gz",
        length: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
];

const FASHION_MNIST: [Pinned; 4] = [
    Pinned {
        name: "train-images-idx3-ubyte.gz",
        length: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    },
    Pinned {
        name: "train-labels-idx1-ubyte.gz",
        length: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    },
    Pinned {
        name: "t10k-images-idx3-ubyte.gz",
        length: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    },
    Pinned {
        name: "t10k-labels-idx1-ubyte.gz",
        length: 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
];

const CIFAR10: [Pinned; 6] = [
    Pinned {
        name: "data_batch_1.bin",
        length: 30_730_000,
        sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    },
    Pinned {
        name: "data_batch_2.bin",
        length: 30_730_000,
        sha256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    },
    Pinned {
        name: "data_batch_3.bin",
        length: 30_730_000,
        sha256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    },
    Pinned {
        name: "data_batch_4.bin",
        length: 30_730_000,
        sha256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    },
    Pinned {
        name: "data_batch_5.bin",
        length: 30_730_000,
        sha256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    },
    Pinned {
        name: "test_batch.bin",
        length: 30_730_000,
        sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_same_length_with_another_sum_is_damaged() {
        let file = Pinned {
            name: "abc.bin",
            length: 3,
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        };
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(file.state(dir.path()), State::Another);
        for (content, state) in [
            ("abc", State::Published),
            ("abd", State::Damaged),
            ("abcd", State::Another),
        ] {
            std::fs::write(dir.path().join("abc.bin"), content).unwrap();
            assert_eq!(file.state(dir.path()), state, "{content}");
        }
        assert!(damaged(ImageSet::Cifar10, dir.path()).is_empty());
    }
}

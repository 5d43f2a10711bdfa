//! Four labelled image data sets as plain bytes: MNIST, Fashion-MNIST, CIFAR-10, embedded digits.
//!
//! ```
//! use image_sets::ImageSet;
//!
//! let digits = ImageSet::Digits.load(None)?; // embedded: no file, no network
//! assert_eq!((digits.train.len(), digits.test.len()), (1437, 360));
//!
//! let shape = digits.train.shape;
//! assert_eq!((shape.height, shape.width, shape.visible()), (8, 8, 64));
//! let (image, label) = (digits.train.image(0), digits.train.labels[0]);
//! assert_eq!((image.len(), label), (64, 7));
//! # Ok::<(), image_sets::DataError>(())
//! ```
//!
//! | set | images | from |
//! |---|---|---|
//! | [`ImageSet::Digits`] | 1,437 + 360, gray 8x8, 0 to 16 | embedded |
//! | [`ImageSet::Mnist`] | 60,000 + 10,000, gray 28x28 | `mnist/` |
//! | [`ImageSet::FashionMnist`] | 60,000 + 10,000, gray 28x28 | `fashion-mnist/` |
//! | [`ImageSet::Cifar10`] | 50,000 + 10,000, color 32x32 | `cifar-10-batches-bin/` |
//!
//! A folder of data sets holds the folders of the last column, or the files themselves. Each file may be
//! plain, `.gz` or `.zip` (told from its content), in a folder of its own name, in `raw/` as torchvision
//! leaves it, or with the others in one zip archive. MNIST and Fashion-MNIST may also be Kaggle's tables
//! (`mnist_train.csv`, `fashion-mnist_train.csv`), CIFAR-10 its Python version.
//!
//! Images of one's own come from folders, one for each class, or from a NumPy archive (cargo feature `own`):
//! [`ImageSource`].
//!
//! Files are never trusted: a header that promises too much, a file cut short or a label without a
//! class is a [`DataError`] that names the file, and a file of another kind is named for what it is.
//! Downloads are kept only with their pinned SHA-256 sum.
//!
//! Cargo features, none of them on by default: `download` fetches files that are not there, `burn`
//! makes tensors and an item for [Burn](https://burn.dev)'s data loaders of the images, `clap` makes
//! [`ImageSet`] a value of the command line, `own` reads images of one's own.

mod cifar;
mod csv;
mod digits;
#[cfg(feature = "download")]
mod download;
mod error;
mod file;
mod find;
mod folder;
#[cfg(all(fuzzing, feature = "own"))]
pub mod fuzzing;
mod idx;
mod images;
#[cfg(feature = "burn")]
mod item;
mod kind;
mod load;
#[cfg(feature = "own")]
mod own;
mod pickle;
#[cfg(feature = "own")]
mod picture;
mod published;
mod recognise;
mod set;
#[cfg(feature = "own")]
mod source;
#[cfg(feature = "burn")]
mod tensors;
mod unpack;

pub use error::DataError;
pub use images::{ImageShape, Images};
#[cfg(feature = "burn")]
pub use item::LabelledImage;
pub use load::DataSplit;
#[cfg(feature = "own")]
pub use own::{Found, OwnImages, OwnOptions};
#[cfg(feature = "own")]
pub use picture::Picture;
pub use set::ImageSet;
#[cfg(feature = "own")]
pub use source::ImageSource;

//! `export RUN`: the arrays of a finished run under plain names, for NumPy and whatever reads its files.

mod bytes;

use std::path::PathBuf;

use burn::tensor::Tensor;
use burn_runs::Backend;
use burn_runs::files::{FileError, write};
use clap::{Args, ValueEnum};
use serde_json::Value;

use bytes::{npz, safetensors};

/// What is asked of a finished run.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// The folder of the finished run
    pub run: PathBuf,
    /// The format of the file
    #[arg(long, value_enum, default_value = "npz")]
    pub format: Format,
    /// The file to write [default: export.npz or export.safetensors in the folder of the run]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where the networks are read to [default: where the run was]
    #[arg(long, value_enum)]
    pub backend: Option<Backend>,
}

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// NumPy's archive of arrays; the settings are the JSON text in the bytes of the array `about`
    Npz,
    /// Safetensors; the settings are the JSON text under the key `about` of its metadata
    Safetensors,
}

impl Format {
    /// The file in the folder of a run.
    const fn file(self) -> &'static str {
        match self {
            Self::Npz => "export.npz",
            Self::Safetensors => "export.safetensors",
        }
    }
}

/// The exports that may lie in the folder of a run, and are of that run.
pub const EXPORTS: [&str; 2] = [Format::Npz.file(), Format::Safetensors.file()];

impl ExportArgs {
    /// Writes `export` whole, and returns the file.
    ///
    /// # Errors
    ///
    /// A [`FileError`] where it cannot be written.
    pub fn write(&self, export: &Export) -> Result<PathBuf, FileError> {
        let file = self.out.clone();
        let file = file.unwrap_or_else(|| self.run.join(self.format.file()));
        let bytes = match self.format {
            Format::Npz => npz(export),
            Format::Safetensors => safetensors(export),
        };
        let bytes = bytes.map_err(|error| FileError::Write {
            file: file.clone(),
            error,
        })?;
        write(&file, &bytes)?;
        Ok(file)
    }
}

/// All that a finished run knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What is not in the arrays, as a JSON object.
    pub about: Value,
    /// The arrays.
    pub arrays: Vec<Array>,
}

/// An array of single floats under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    name: String,
    shape: Vec<usize>,
    /// The last axis runs fastest.
    values: Vec<f32>,
}

impl Array {
    /// The values of a tensor.
    pub fn new<const D: usize>(name: impl Into<String>, tensor: Tensor<D>) -> Self {
        Self {
            name: name.into(),
            shape: tensor.dims().into(),
            values: tensor.into_data().iter().collect(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let values = self.values.iter();
        values.flat_map(|value| value.to_le_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_transposed_tensor_is_written_as_it_is_seen() {
        let tensor = Tensor::<2>::from_data([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &Device::default());
        let array = Array::new("a", tensor.transpose());
        assert_eq!(array.shape, [3, 2]);
        assert_eq!(array.values, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}

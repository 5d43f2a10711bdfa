//! The output folder: every file is written beside its target and then renamed.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn_hebbian::train::Snapshot;
use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::files::{lock, remove_leftovers, write_whole};
use crate::report::{MetricsRow, RunResult};

const RESULT: &str = "result.json";

/// The output folder or a file in it cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}; choose another --out", path.display())]
pub struct OutputError {
    path: PathBuf,
    reason: String,
}

/// A folder that this process alone writes results into.
pub(super) struct Output {
    directory: PathBuf,
    _lock: File,
}

impl Output {
    /// Creates the folder and makes sure that it can be written, before hours of training.
    pub fn create(directory: &Path) -> Result<Self, OutputError> {
        let failed = |error: std::io::Error| OutputError {
            path: directory.to_path_buf(),
            reason: error.to_string(),
        };
        fs::create_dir_all(directory).map_err(failed)?;
        let lock = lock(directory).map_err(failed)?;
        remove_leftovers(directory).map_err(failed)?;
        NamedTempFile::new_in(directory).map_err(failed)?;
        Ok(Self {
            directory: directory.to_path_buf(),
            _lock: lock,
        })
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn json(&self, name: &str, value: &impl Serialize) -> Result<(), OutputError> {
        let mut text =
            serde_json::to_vec_pretty(value).map_err(|error| self.failed(name, error))?;
        text.push(b'\n');
        self.write(name, &text)
    }

    pub fn metrics(&self, rows: &[MetricsRow]) -> Result<(), OutputError> {
        let name = "metrics.csv";
        let bytes = MetricsRow::encode(rows).map_err(|error| self.failed(name, error))?;
        self.write(name, &bytes)
    }

    /// Writes the weights of a module as safetensors.
    pub fn module(&self, name: &str, module: impl Module) -> Result<(), OutputError> {
        // Burn keeps its own metadata in a hash map: the same weights would give other bytes.
        let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
        module
            .save_into(&mut store)
            .map_err(|error| self.failed(name, error))?;
        let bytes = store
            .get_bytes()
            .map_err(|error| self.failed(name, error))?;
        self.write(name, &bytes)
    }

    /// Writes the growth of the weights: `weights`, `[frames, units, visible]`, and `epochs`.
    pub fn snapshots(&self, snapshots: &[Snapshot], visible: usize) -> Result<(), OutputError> {
        let name = "snapshots.safetensors";
        let frames = snapshots.len();
        let units = snapshots[0].synapses.len() / visible;
        let little_endian = |values: Vec<f32>| -> Vec<u8> {
            values.into_iter().flat_map(f32::to_le_bytes).collect()
        };
        let weights = little_endian(snapshots.iter().flat_map(|s| s.synapses.clone()).collect());
        let epochs = little_endian(snapshots.iter().map(|s| s.epoch as f32).collect());
        let view = |shape: &[usize], bytes| {
            TensorView::new(Dtype::F32, shape.to_vec(), bytes)
                .map_err(|error| self.failed(name, error))
        };
        let tensors = [
            ("weights", view(&[frames, units, visible], &weights)?),
            ("epochs", view(&[frames], &epochs)?),
        ];
        let bytes =
            safetensors::serialize(tensors, None).map_err(|error| self.failed(name, error))?;
        self.write(name, &bytes)
    }

    /// Takes back the result of an earlier run: what is in the folder is no longer all of it.
    pub fn withdraw_result(&self) -> Result<(), OutputError> {
        match fs::remove_file(self.directory.join(RESULT)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(RESULT, error)),
            _ => Ok(()),
        }
    }

    /// Writes the result, which says that all other files are there.
    pub fn result(&self, result: &RunResult) -> Result<(), OutputError> {
        self.json(RESULT, result)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        write_whole(&self.directory.join(name), bytes).map_err(|error| self.failed(name, error))
    }

    fn failed(&self, name: &str, reason: impl ToString) -> OutputError {
        OutputError {
            path: self.directory.join(name),
            reason: reason.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_way_of_the_folder_is_named() {
        let file = NamedTempFile::new().unwrap();
        let error = Output::create(file.path()).err().unwrap().to_string();
        assert!(error.starts_with(&format!("cannot write {}", file.path().display())));
    }
}

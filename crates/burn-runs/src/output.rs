//! The output folder of a run: every file in it is there whole or not at all.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::{ModuleSnapshot, SafetensorsStore, SafetensorsStoreError};
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::files::{FileError, lock, read, remove_leftovers, write_whole};

/// The output folder or a file in it cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct OutputError {
    path: PathBuf,
    reason: String,
}

/// A folder that this process alone writes results into.
#[derive(Debug)]
pub struct Output {
    directory: PathBuf,
    _lock: File,
}

impl Output {
    /// Creates the folder and makes sure that it can be written, before hours of training. What killed
    /// processes left half written in it goes.
    ///
    /// # Errors
    ///
    /// An [`OutputError`] where it cannot be written, or another process writes into it.
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

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes `value` as indented JSON.
    ///
    /// # Errors
    ///
    /// An [`OutputError`] where the file cannot be written.
    pub fn json(&self, name: &str, value: &impl Serialize) -> Result<(), OutputError> {
        let mut text =
            serde_json::to_vec_pretty(value).map_err(|error| self.failed(name, error))?;
        text.push(b'\n');
        self.write(name, &text)
    }

    /// Writes the weights of a module as safetensors. The same weights give the same bytes.
    ///
    /// # Errors
    ///
    /// An [`OutputError`] where the file cannot be written.
    pub fn module(&self, name: &str, module: impl Module) -> Result<(), OutputError> {
        let bytes = module_bytes(module).map_err(|error| self.failed(name, error))?;
        self.write(name, &bytes)
    }

    /// Writes a file of `bytes`.
    ///
    /// # Errors
    ///
    /// An [`OutputError`] where the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        write_whole(&self.directory.join(name), bytes).map_err(|error| self.failed(name, error))
    }

    /// Removes a file if it is there, such as the result of an earlier run: what is in the folder is
    /// no longer all of it.
    ///
    /// # Errors
    ///
    /// An [`OutputError`] where the file cannot be removed.
    pub fn withdraw(&self, name: &str) -> Result<(), OutputError> {
        match fs::remove_file(self.directory.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(name, error)),
            _ => Ok(()),
        }
    }

    /// The error of what cannot be written under this name.
    pub fn failed(&self, name: &str, reason: impl ToString) -> OutputError {
        OutputError {
            path: self.directory.join(name),
            reason: reason.to_string(),
        }
    }
}

/// The weights of a module as safetensors. The same weights give the same bytes.
///
/// # Errors
///
/// What Burn says of weights that cannot be written.
pub fn module_bytes(module: impl Module) -> Result<Vec<u8>, SafetensorsStoreError> {
    // Burn keeps its own metadata in a hash map: the same weights would give other bytes.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
    module.save_into(&mut store)?;
    store.get_bytes()
}

/// `module` with the weights in a file that [`Output::module`] wrote.
///
/// # Errors
///
/// A [`FileError`] where it cannot be read or holds weights of another module.
pub fn load_module<M: ModuleSnapshot>(file: &Path, mut module: M) -> Result<M, FileError> {
    let mut store = SafetensorsStore::from_bytes(Some(read(file)?));
    let loaded = module.load_from(&mut store);
    loaded.map_err(|error| FileError::malformed(file, error))?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::LinearConfig;
    use burn::tensor::Device;

    #[test]
    fn weights_come_back_and_those_of_another_module_are_refused() {
        let device = Device::default();
        let folder = tempfile::tempdir().unwrap();
        let output = Output::create(folder.path()).unwrap();
        let linear = LinearConfig::new(3, 2).init(&device);
        output.module("linear.safetensors", linear.clone()).unwrap();
        let file = folder.path().join("linear.safetensors");
        let back = load_module(&file, LinearConfig::new(3, 2).init(&device)).unwrap();
        assert_eq!(
            back.weight.val().into_data(),
            linear.weight.val().into_data()
        );
        let other = LinearConfig::new(4, 2).init(&device);
        let error = load_module(&file, other).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("cannot use {}", file.display())),
            "{error}"
        );
    }

    #[test]
    fn a_file_in_the_way_of_the_folder_is_named() {
        let file = NamedTempFile::new().unwrap();
        let error = Output::create(file.path()).err().unwrap().to_string();
        assert!(error.starts_with(&format!("cannot write {}", file.path().display())));
    }
}

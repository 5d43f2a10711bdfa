//! A CSV file that grows while a run goes on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;

use crate::ui;

/// A CSV file that grows while a run goes on, for whoever looks on; the finished file takes its place.
///
/// A disk that is full stops no training for it: the user is warned, and nothing more is written.
#[derive(Debug)]
pub struct GrowingCsv {
    path: PathBuf,
    writer: Mutex<Option<csv::Writer<File>>>,
}

impl GrowingCsv {
    /// Starts the file anew.
    ///
    /// # Errors
    ///
    /// What the system says where it cannot be written.
    pub fn start(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            writer: Mutex::new(Some(csv::Writer::from_writer(file))),
        })
    }

    /// Adds rows, each a structure of plain values; the first tells the names of the columns.
    pub fn add(&self, rows: &[impl Serialize]) {
        let mut writer = self.writer.lock().expect("no holder of the lock panics");
        let Some(file) = writer.as_mut() else {
            return;
        };
        let mut all = rows.iter();
        let added = all.try_for_each(|row| file.serialize(row));
        if let Err(error) = added.and_then(|()| Ok(file.flush()?)) {
            ui::warn(&format!(
                "{} grows no more, for it cannot be written: {error}",
                self.path.display()
            ));
            *writer = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Row, from_csv, to_csv};

    #[test]
    fn after_each_addition_the_file_is_that_of_all_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        std::fs::write(&path, "of an earlier run").unwrap();
        let growing = GrowingCsv::start(&path).unwrap();
        let row = |epoch| Row {
            stage: "first".into(),
            epoch,
            split: "train".into(),
            metric: "Loss".into(),
            value: 0.1 + 0.2,
        };
        let mut all = Vec::new();
        for rows in [vec![row(1)], vec![], vec![row(2), row(3)]] {
            growing.add(&rows);
            all.extend(rows);
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes, to_csv(&all));
            assert_eq!(from_csv::<Row>(&bytes).unwrap(), all);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_it_without_a_panic() {
        let growing = GrowingCsv::start(Path::new("/dev/full")).unwrap();
        for _ in 0..2 {
            growing.add(&[("a", 1)]);
        }
        assert!(growing.writer.lock().unwrap().is_none());
    }
}

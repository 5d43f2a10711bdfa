//! Who looks at a run while it goes on: `metrics.csv`, TensorBoard, a browser.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use burn_runs::Output;
use burn_runs::files::{FileError, read};
use burn_runs::growing::GrowingCsv;
use burn_runs::metrics::{Row, Rows, from_csv};
use burn_runs::ui::say;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::live::Live;
use crate::surroundings::RESULT;
use crate::{Board, IMAGES, ImageKind, RunError, Surroundings};

/// The file of the values of each epoch.
pub const METRICS: &str = "metrics.csv";

/// Who looks at a run while it goes on.
pub struct Watch {
    /// The rows of all trainings, of which they are told.
    pub rows: Rows,
    /// What TensorBoard shows, where it is to.
    pub board: Option<Board>,
    live: Option<Live>,
}

impl Watch {
    /// Lets them look. `table` makes the rows of `metrics.csv` of those of a pass, and `page` the live page of all so far.
    ///
    /// A finished run whose place this one is to take stays whole until then: beside it, no file of its grows. Only what
    /// TensorBoard showed of it goes now.
    ///
    /// # Errors
    ///
    /// A [`RunError`] where a file cannot be written or nothing can be served.
    pub fn start<M: Serialize>(
        surroundings: &Surroundings,
        output: &Output,
        kind: &ImageKind,
        table: impl Fn(&[Row]) -> Vec<M> + Send + Sync + 'static,
        page: impl Fn(&[Row]) -> String + Send + 'static,
    ) -> Result<Self, RunError> {
        let mut rows = Rows::default();
        if !output.directory().join(RESULT).exists() {
            output.json(IMAGES, kind).map_err(RunError::Folder)?;
            let growing = GrowingCsv::start(&output.directory().join(METRICS));
            let growing =
                growing.map_err(|error| RunError::Folder(output.failed(METRICS, error)))?;
            rows = rows.observed_by(move |rows| growing.add(&table(rows)));
        }
        let board = surroundings.board(output)?;
        if let Some(board) = &board {
            rows = board.watching(rows);
        }
        let mut live = None;
        if let Some(address) = surroundings.live {
            let so_far = Arc::new(Mutex::new(Vec::new()));
            let shown = so_far.clone();
            let page = move || page(&shown.lock().expect("no holder of the lock panics"));
            let started =
                Live::start(address, page).map_err(|error| RunError::Live { address, error })?;
            say(&format!("live: {}", started.url()));
            let notify = started.notifier();
            rows = rows.observed_by(move |rows| {
                let mut so_far = so_far.lock().expect("no holder of the lock panics");
                so_far.extend_from_slice(rows);
                notify();
            });
            live = Some(started);
        }
        Ok(Self { rows, board, live })
    }

    /// Gives browsers the report of the run that has ended.
    ///
    /// # Errors
    ///
    /// A [`RunError`] where it cannot be read.
    pub fn finish(self, output: &Output) -> Result<(), RunError> {
        if let Some(live) = self.live {
            let report = output.directory().join("report.html");
            let report = fs::read_to_string(&report).map_err(RunError::content("the live page"))?;
            live.finish(&report);
        }
        Ok(())
    }
}

/// The rows of a `metrics.csv` that grows: its last line may be written in part.
///
/// # Errors
///
/// A [`FileError`] where it cannot be read or is something else.
pub fn growing_rows<M: DeserializeOwned>(file: &Path) -> Result<Vec<M>, FileError> {
    let bytes = read(file)?;
    let end = bytes.iter().rposition(|&byte| byte == b'\n');
    let whole = &bytes[..end.map_or(0, |end| end + 1)];
    from_csv(whole).map_err(|error| FileError::malformed(file, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_written_in_part_is_left_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let whole = "stage,epoch,split,metric,value\nfirst,1,train,Loss,0.5\n";
        for (text, count) in [("", 0), (whole, 1), (&format!("{whole}first,2,tr"), 1)] {
            fs::write(file.path(), text).unwrap();
            let rows: Vec<Row> = growing_rows(file.path()).unwrap();
            assert_eq!(rows.len(), count, "{text}");
        }
        fs::write(file.path(), "stage,epoch\nfirst,one\n").unwrap();
        assert!(growing_rows::<Row>(file.path()).is_err());
    }
}

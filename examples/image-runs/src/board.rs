//! The folder `tensorboard/` of a run: what TensorBoard shows of it while it goes on.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use burn_runs::metrics::{Row, Rows};
use burn_runs::ui;
use run_figures::FigureError;
use run_figures::canvas::Canvas;
use run_figures::palette::Rgb;
use tensorboard_events::{EventFile, Moment, Png};

/// The folder within that of a run.
pub(crate) const FOLDER: &str = "tensorboard";

/// What TensorBoard shows of a run: its metrics at the end of each epoch, and pictures.
///
/// A disk that is full stops no training for it: the user is warned, and nothing more is written.
#[derive(Clone)]
pub struct Board(Arc<Mutex<Option<EventFile>>>);

impl Board {
    /// Starts `tensorboard/` in the folder of a run anew: the rows of a run that is gone on with come again from its
    /// checkpoint, so that no point is there twice.
    ///
    /// # Errors
    ///
    /// What the system says where it cannot be written.
    pub(crate) fn start(run: &Path) -> io::Result<Self> {
        Self::remove(run)?;
        let folder = run.join(FOLDER);
        fs::create_dir(&folder)?;
        let file = EventFile::create(&folder)?;
        Ok(Self(Arc::new(Mutex::new(Some(file)))))
    }

    /// Removes what an earlier run showed.
    pub(crate) fn remove(run: &Path) -> io::Result<()> {
        match fs::remove_dir_all(run.join(FOLDER)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The same rows, shown as they come, each in the curve `STAGE/METRIC/SPLIT` at the step of its epoch.
    pub(crate) fn watching(&self, rows: Rows) -> Rows {
        let board = self.clone();
        rows.observed_by(move |rows| board.write(|events| scalars(events, rows)))
    }

    /// Shows a picture under a name such as `hebbian/detectors`, as of the end of `epoch`.
    ///
    /// # Errors
    ///
    /// A [`FigureError`] where the picture has no pixels.
    pub fn image(&self, tag: &str, epoch: usize, picture: &Canvas<Rgb>) -> Result<(), FigureError> {
        let png = Png {
            width: picture.width,
            height: picture.height,
            bytes: &picture.png()?,
        };
        self.write(|events| events.image(Moment::now(epoch as u64), tag, png));
        Ok(())
    }

    fn write(&self, write: impl FnOnce(&mut EventFile) -> io::Result<()>) {
        let mut file = self.0.lock().expect("no holder of the lock panics");
        let written = file.as_mut().map_or(Ok(()), |events| {
            write(events)?;
            events.flush()
        });
        if let Err(error) = written {
            ui::warn(&format!(
                "TensorBoard shows no more of this run, for its file cannot be written: {error}"
            ));
            *file = None;
        }
    }
}

fn scalars(events: &mut EventFile, rows: &[Row]) -> io::Result<()> {
    rows.iter().try_for_each(|row| {
        let tag = format!("{}/{}/{}", row.stage, row.metric, row.split);
        events.scalar(Moment::now(row.epoch as u64), &tag, row.value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(run: &Path) -> Vec<Vec<u8>> {
        let files = fs::read_dir(run.join(FOLDER)).unwrap();
        let read = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        read.collect()
    }

    #[test]
    fn a_board_starts_anew() {
        let run = tempfile::tempdir().unwrap();
        let board = Board::start(run.path()).unwrap();
        let picture = Canvas::filled(2, 1, [1, 2, 3]);
        board.image("stage/detectors", 3, &picture).unwrap();
        let written = files(run.path());
        assert_eq!(written.len(), 1);
        let holds = |text: &[u8]| written[0].windows(text.len()).any(|part| part == text);
        assert!(holds(b"stage/detectors") && holds(&picture.png().unwrap()));
        Board::start(run.path()).unwrap();
        let anew = files(run.path());
        assert_eq!(anew.len(), 1);
        assert!(anew[0].len() < written[0].len());
        Board::remove(run.path()).unwrap();
        assert!(!run.path().join(FOLDER).exists());
        Board::remove(run.path()).unwrap();
    }
}

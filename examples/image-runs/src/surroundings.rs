//! What does not change a run's result: where things are, and how progress is shown.

use std::path::{Path, PathBuf};
use std::time::Duration;

use burn::train::Interrupter;
use burn_runs::checkpoint::{CheckpointError, DEFAULT_INTERVAL, Folder, Identity};
use burn_runs::files::{FileError, read_json};
use burn_runs::{Output, Ui};
use image_sets::{DataError, DataSplit, ImageSource, OwnOptions};
use serde::Serialize;
use serde_json::Value;

use crate::board::{self, Board};
use crate::{Address, Failure, ImageKind, RunError, Servers, load_images};

/// What does not change a run's result: where things are, and how progress is shown.
#[derive(Clone)]
pub struct Surroundings {
    /// The folder of the data sets; without it the digits are built in and others are downloaded.
    pub data_dir: Option<PathBuf>,
    /// Whether files of the user's own images that are no images are left out.
    pub skip_bad_images: bool,
    /// The folder to write into.
    pub out: PathBuf,
    /// How progress is shown.
    pub ui: Ui,
    /// Whether TensorBoard is to show the run; one that is gone on with goes on to be shown.
    pub tensorboard: bool,
    /// Where a page in a browser follows the run, if it is to.
    pub live: Option<Address>,
    /// Whether to go on with the unfinished run in the folder.
    pub resume: bool,
    /// Whether the run may take the place of a finished one in the folder.
    pub overwrite: bool,
    /// A checkpoint is written after this time, at the end of an epoch.
    pub checkpoint_every: Duration,
    /// The servers to compute on, with the backend `remote`.
    pub servers: Servers,
    /// What stops the run at its next batch; what it has is kept in a checkpoint.
    pub interrupter: Interrupter,
}

impl Surroundings {
    /// A fresh run into the folder `out`, with Burn's dashboard on a terminal and a checkpoint every
    /// 30 seconds.
    pub fn new(out: PathBuf) -> Self {
        Self {
            data_dir: None,
            skip_bad_images: false,
            out,
            ui: Ui::Auto,
            tensorboard: false,
            live: None,
            resume: false,
            overwrite: false,
            checkpoint_every: DEFAULT_INTERVAL,
            servers: Servers::default(),
            interrupter: Interrupter::new(),
        }
    }

    /// Loads the images of `source`, those of a folder scaled to `size` x `size` pixels unless that is 0, and says what
    /// they are.
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file which cannot be used.
    pub fn load_images(
        &self,
        source: &ImageSource,
        size: usize,
    ) -> Result<(DataSplit, ImageKind), DataError> {
        let options = OwnOptions {
            size,
            skip_bad: self.skip_bad_images,
        };
        load_images(source, self.data_dir.as_deref(), options).map_err(|mut error| {
            // Folders have no advice that fits all, and what is no folder of images has nothing to leave out.
            if matches!(source, ImageSource::Folder(_)) && error.path.is_file() {
                error.reason += "; --skip-bad-images leaves such files out";
            }
            error
        })
    }

    /// The flags that go on with a run, as a shell takes them.
    pub fn resume_flags(&self) -> String {
        let servers = self.servers.arguments();
        [vec![self.flags_of_resume()], servers].concat().join(" ")
    }

    /// The flags that go on with a run whose server is gone.
    pub fn resume_flags_elsewhere(&self) -> String {
        let here = self.flags_of_resume();
        format!(
            "{}, or on this machine with {here} --backend flex",
            self.resume_flags()
        )
    }

    /// The failure of the run, which can be gone on with.
    pub fn failure(&self, error: RunError) -> Failure {
        let elsewhere = self.resume_flags_elsewhere();
        self.servers
            .failure(error, &self.resume_flags(), &elsewhere)
    }

    fn flags_of_resume(&self) -> String {
        let mut flags = format!("--resume {}", quoted(&self.out));
        if let Some(dir) = &self.data_dir {
            flags += &format!(" --data-dir {}", quoted(dir));
        }
        if self.skip_bad_images {
            flags += " --skip-bad-images";
        }
        flags
    }

    /// The same for one of several seeds: a folder in that of `--out`, or else `default_out`. A run of it that was
    /// stopped is gone on with.
    pub fn of_seed(mut self, seed: u64, is_named: bool, default_out: PathBuf) -> Self {
        self.out = match is_named {
            true => self.out.join(format!("seed-{seed}")),
            false => default_out,
        };
        self.resume = Folder::identity(&self.out).is_ok();
        self
    }

    /// Whether the run with these `settings` has ended in the folder, and may stay there. One that is to be gone on with may
    /// lie beside the finished run whose place it is to take.
    ///
    /// # Errors
    ///
    /// A [`FileError`] where its settings cannot be read.
    pub fn has_ended(&self, settings: &impl Serialize) -> Result<bool, FileError> {
        if self.overwrite || self.resume || !self.out.join(RESULT).exists() {
            return Ok(false);
        }
        let ended: Value = read_json(&self.out.join("config.json"))?;
        Ok(serde_json::to_value(settings).is_ok_and(|settings| settings == ended))
    }

    /// Opens the folder of the run with this `identity`.
    ///
    /// # Errors
    ///
    /// A [`RunError`] where it holds another run, finished or not, or cannot be written.
    pub fn open(&self, identity: Identity) -> Result<(Output, Folder), RunError> {
        let is_finished = self.out.join(RESULT).exists();
        if is_finished && !self.resume && !self.overwrite {
            return Err(RunError::Finished(self.out.clone()));
        }
        let output = Output::create(&self.out).map_err(RunError::Folder)?;
        let checkpoints = if self.resume {
            Folder::resume(output.directory(), identity)?
        } else {
            Folder::start(output.directory(), identity)?
        };
        Ok((output, checkpoints))
    }

    /// What TensorBoard shows of the run, where it is to. What it showed of an earlier one goes.
    ///
    /// # Errors
    ///
    /// A [`RunError`] where the folder cannot be written.
    pub(crate) fn board(&self, output: &Output) -> Result<Option<Board>, RunError> {
        let run = output.directory();
        let goes_on = self.resume && run.join(board::FOLDER).exists();
        let board = if self.tensorboard || goes_on {
            Board::start(run).map(Some)
        } else {
            Board::remove(run).map(|()| None)
        };
        board.map_err(|error| RunError::Folder(output.failed(board::FOLDER, error)))
    }
}

/// The file of a run folder that says that all others are there.
pub const RESULT: &str = "result.json";

/// The identity of the unfinished run in `folder`.
///
/// # Errors
///
/// A [`RunError`] where there is none; one that has ended is told from none at all.
pub fn unfinished(folder: &Path) -> Result<Identity, RunError> {
    Folder::identity(folder).map_err(|error| match error {
        CheckpointError::Nothing(_) if folder.join(RESULT).exists() => {
            RunError::Ended(folder.to_path_buf())
        }
        error => error.into(),
    })
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    match shlex::try_quote(&text) {
        Ok(quoted) => quoted.into_owned(),
        // Only a zero byte cannot be quoted, which no path has.
        Err(_) => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(seed: u64) -> Identity {
        Identity::new("program", "1.0.0", &json!({"seed": seed}))
    }

    #[test]
    fn advice_can_be_pasted_into_a_shell() {
        let mut surroundings = Surroundings::new("my run's $1".into());
        surroundings.data_dir = Some("/data".into());
        let flags = surroundings.resume_flags();
        let words = shlex::split(&flags).unwrap();
        assert_eq!(words, ["--resume", "my run's $1", "--data-dir", "/data"]);
        surroundings.skip_bad_images = true;
        surroundings.servers.urls = vec!["ws://gpu:3000".parse().unwrap()];
        let flags = surroundings.resume_flags();
        let end = " --skip-bad-images --remote ws://gpu:3000";
        assert!(flags.ends_with(end), "{flags}");
        let flags = surroundings.resume_flags_elsewhere();
        let end = "--skip-bad-images --backend flex";
        assert!(
            flags.contains("--remote") && flags.ends_with(end),
            "{flags}"
        );
        assert_eq!(quoted(Path::new("runs/mnist-0")), "runs/mnist-0");
    }

    #[test]
    fn a_finished_run_stays_unless_it_is_told_to_go() {
        let out = tempfile::tempdir().unwrap();
        std::fs::write(out.path().join(RESULT), "{}").unwrap();
        let mut surroundings = Surroundings::new(out.path().into());
        let error = surroundings.open(identity(0)).unwrap_err();
        assert!(matches!(error, RunError::Finished(_)), "{error}");
        assert!(!out.path().join("checkpoint").exists());
        surroundings.overwrite = true;
        surroundings.open(identity(0)).unwrap();
    }

    #[test]
    fn of_several_seeds_each_has_a_folder_and_goes_on_where_it_was() {
        let out = tempfile::tempdir().unwrap();
        let of_seed = |is_named| {
            let surroundings = Surroundings::new(out.path().into());
            surroundings.of_seed(3, is_named, "runs/digits-quick-3".into())
        };
        assert_eq!(of_seed(false).out, Path::new("runs/digits-quick-3"));
        let fresh = of_seed(true);
        assert_eq!(
            (fresh.out.as_path(), fresh.resume),
            (&*out.path().join("seed-3"), false)
        );
        let settings = json!({"seed": 3});
        assert!(!fresh.has_ended(&settings).unwrap());

        let (_, checkpoints) = fresh.open(identity(3)).unwrap();
        assert!(of_seed(true).resume);
        checkpoints.remove().unwrap();
        assert!(!of_seed(true).resume);

        std::fs::write(fresh.out.join("config.json"), settings.to_string()).unwrap();
        std::fs::write(fresh.out.join(RESULT), "{}").unwrap();
        assert!(fresh.has_ended(&settings).unwrap());
        assert!(!fresh.has_ended(&json!({"seed": 4})).unwrap());
        let again = Surroundings {
            overwrite: true,
            ..fresh
        };
        assert!(!again.has_ended(&settings).unwrap());
        again.open(identity(3)).unwrap();
        assert!(!of_seed(true).has_ended(&settings).unwrap());
    }

    #[test]
    fn a_run_that_has_ended_is_told_from_none() {
        let out = tempfile::tempdir().unwrap();
        let refused = || unfinished(out.path()).unwrap_err().to_string();
        assert!(
            refused().contains("holds no unfinished run"),
            "{}",
            refused()
        );
        std::fs::write(out.path().join(RESULT), "{}").unwrap();
        let text = refused();
        assert!(
            text.contains("has ended") && text.contains("config.json"),
            "{text}"
        );
    }
}

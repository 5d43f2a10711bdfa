//! Why a run ended without a result, and what its user reads.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use burn_hebbian::SettingError;
use burn_runs::checkpoint::CheckpointError;
use burn_runs::files::FileError;
use burn_runs::signals::STOPPED;
use burn_runs::{BackendError, OutputError, StageError, ui};
use image_sets::DataError;

use crate::surroundings::quoted;
use crate::{Address, ServerError, SettingsError};

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// One setting cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The backend is not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The server to compute on is not there.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The images cannot be loaded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The device cannot hold the images.
    #[error(
        "the device cannot hold {count} images, {mebibytes} MiB in one piece ({reason}); take another one, as with --backend flex"
    )]
    Images {
        /// How many they are.
        count: usize,
        /// What they take.
        mebibytes: usize,
        /// Why.
        reason: String,
    },
    /// A file of an earlier run cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder holds a finished run.
    #[error(
        "{} holds a finished run; choose another --out, or let this one take its place with --overwrite",
        .0.display()
    )]
    Finished(PathBuf),
    /// A run that has ended cannot be gone on with.
    #[error(
        "the run in {} has ended; to train longer, start one of its settings in another folder, with more epochs: \
         --config {} --out DIR",
        .0.display(),
        quoted(&.0.join("config.json"))
    )]
    Ended(PathBuf),
    /// The output folder cannot be written.
    #[error("{0}; choose another --out")]
    Folder(OutputError),
    /// The live page cannot be served.
    #[error(
        "cannot serve the live page on {address}: {error}; name another port, such as --live 8766"
    )]
    Live {
        /// Where.
        address: Address,
        /// Why.
        error: std::io::Error,
    },
    /// A file of the result cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A training stopped.
    #[error(transparent)]
    Training(#[from] StageError),
    /// The checkpoints cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What was learned cannot be turned into a file.
    #[error("cannot write {what}: {reason}")]
    Content {
        /// The file, or what is in it.
        what: &'static str,
        /// Why.
        reason: Box<dyn Error + Send + Sync>,
    },
    /// The report cannot be drawn.
    #[error(transparent)]
    Report(Box<dyn Error + Send + Sync>),
}

impl RunError {
    /// The error of what cannot be turned into the file `what`.
    pub fn content<E: Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |reason| Self::Content {
            what,
            reason: reason.into(),
        }
    }

    /// The error of a report that cannot be drawn.
    pub fn report(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Report(error.into())
    }
}

/// The exit code of a program that did not begin with what it was asked to: its flags, its files or its folder
/// are wrong.
pub const REFUSED: u8 = 2;

/// The exit code of a program that failed after it had begun.
pub const FAILED: u8 = 1;

/// How what consists of several runs goes on.
pub const AGAIN: &str = "the same command";

/// What the user of a program reads, and its exit code.
#[derive(Debug)]
pub struct Failure {
    /// One sentence.
    pub text: String,
    /// [`REFUSED`], [`FAILED`], or that of a program that was stopped.
    pub code: u8,
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            text: error.to_string(),
            code: REFUSED,
        }
    }
}

impl Failure {
    /// The failure of a run that can be gone on with in the way of `how`.
    pub fn of_run(error: RunError, how: &str) -> Self {
        let go_on = format!("go on with {how}");
        let (code, advice) = match &error {
            RunError::Training(StageError::Interrupted(_)) => (STOPPED, go_on),
            RunError::Training(StageError::Diverged { .. }) => (
                FAILED,
                "then start again, for --resume would only repeat it".to_string(),
            ),
            RunError::Training(_) | RunError::Output(_) | RunError::Report(_) => (FAILED, go_on),
            RunError::Content { .. } => {
                let text = error.to_string();
                return Self { text, code: FAILED };
            }
            RunError::Checkpoint(CheckpointError::Unfinished { .. }) => (REFUSED, go_on),
            _ => return error.into(),
        };
        let text = format!("{error}; {advice}");
        Self { text, code }
    }

    /// The end of a program, which says why where it failed.
    pub fn exit_code(outcome: Result<(), Self>) -> ExitCode {
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                ui::complain(&failure.text);
                ExitCode::from(failure.code)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_has_its_code_and_says_how_to_go_on() {
        let stopped = RunError::Training(StageError::Interrupted("readout"));
        let failure = Failure::of_run(stopped, "--resume runs/digits");
        let text = "stopped while the readout was trained; go on with --resume runs/digits";
        assert_eq!((failure.text.as_str(), failure.code), (text, STOPPED));
    }

    #[test]
    fn what_would_only_repeat_itself_is_not_to_be_gone_on_with() {
        let diverged = StageError::Diverged {
            shown: "readout",
            reason: "epoch 3, step 2: the loss is NaN; lower the learning rate".into(),
        };
        let failure = Failure::of_run(diverged.into(), "--resume runs/digits");
        assert_eq!(failure.code, FAILED);
        let advice = "lower the learning rate; then start again, for --resume would only repeat it";
        assert!(failure.text.ends_with(advice), "{failure:?}");
    }

    #[test]
    fn what_cannot_be_gone_on_with_has_no_advice() {
        let setting = RunError::from(SettingError::new("k", 1, "at least 2"));
        let failure = Failure::of_run(setting, "--resume runs/digits");
        let text = "k = 1 is not allowed: it must be at least 2";
        assert_eq!((failure.text.as_str(), failure.code), (text, REFUSED));
    }
}

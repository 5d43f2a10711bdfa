//! What does not change a run's result: where things are, and how progress is shown.

use std::path::PathBuf;
use std::time::Duration;

use burn::train::Interrupter;
use burn_runs::Ui;
use burn_runs::checkpoint::DEFAULT_INTERVAL;

/// What does not change a run's result: where things are, and how progress is shown.
#[derive(Clone)]
pub struct Surroundings {
    /// The folder of the data sets; without it the digits are built in and others are downloaded.
    pub data_dir: Option<PathBuf>,
    /// The folder to write into.
    pub out: PathBuf,
    /// How progress is shown.
    pub ui: Ui,
    /// Whether to go on with the unfinished run in the folder.
    pub resume: bool,
    /// A checkpoint is written after this time, at the end of an epoch.
    pub checkpoint_every: Duration,
    /// What stops the run at its next batch; what it has is kept in a checkpoint.
    pub interrupter: Interrupter,
}

impl Surroundings {
    /// A fresh run into the folder `out`, with Burn's dashboard on a terminal and a checkpoint every
    /// 30 seconds.
    pub fn new(out: PathBuf) -> Self {
        Self {
            data_dir: None,
            out,
            ui: Ui::Auto,
            resume: false,
            checkpoint_every: DEFAULT_INTERVAL,
            interrupter: Interrupter::new(),
        }
    }

    /// The flags that go on with a run.
    pub fn resume_flags(&self) -> String {
        let resume = format!("--resume {}", self.out.display());
        match &self.data_dir {
            Some(dir) => format!("{resume} --data-dir {}", dir.display()),
            None => resume,
        }
    }
}

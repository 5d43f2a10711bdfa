//! The flags that name places, which change nothing of a run's result.

use std::path::PathBuf;
use std::time::Duration;

use burn::train::Interrupter;
use burn_runs::Ui;
use burn_runs::checkpoint::DEFAULT_INTERVAL;
use clap::Args;

use crate::{Address, Pair, Seeds, Servers, Surroundings};

/// A checkpoint is written after this time where a browser shows it.
const LIVE_INTERVAL: Duration = Duration::from_secs(5);

/// Where a run finds its settings and images, and where it writes.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// A JSON file of settings, such as the config.json of an earlier run; flags win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set a setting by the name that it has in a config.json, as its flag does; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub pairs: Vec<Pair>,
    /// Run with each of these seeds, 0..5 or 0,3,7, each in its own folder, and print the means; runs that have ended are
    /// kept, and one that was stopped is gone on with
    #[arg(long, value_name = "0..5", conflicts_with_all = ["resume", "seed"])]
    pub seeds: Option<Seeds>,
    /// The folder that holds mnist/, fashion-mnist/ and cifar-10-batches-bin/, or that of the files
    /// of the data set; without it, data sets are downloaded
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Leave out files of one's own images that are no images, each with a warning
    #[arg(long)]
    pub skip_bad_images: bool,
    /// The folder to write into [default: one in runs/, named after the data set, preset and seed]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Let the new run take the place of a finished one in its folder
    #[arg(long)]
    pub overwrite: bool,
    /// Go on with the unfinished run in this folder, to the end it would have had
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config", "overwrite"])]
    pub resume: Option<PathBuf>,
    /// Only show all settings as they resolve, as a config.json has them
    #[arg(long)]
    pub dry_run: bool,
    /// Write a checkpoint at the end of an epoch, this time after the last one
    /// [default: 30, with --live 5]
    #[arg(long, value_name = "SECONDS")]
    pub checkpoint_every: Option<u64>,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    pub ui: Ui,
    /// Show the run in a browser while it goes on: curves by the epoch, detectors by the checkpoint. A port of this machine,
    /// or an address that others reach
    #[arg(long, value_name = "PORT | ADDRESS:PORT", num_args = 0..=1, default_missing_value = "8765")]
    pub live: Option<Address>,
    /// Write what TensorBoard shows into tensorboard/ in the folder of the run, epoch by epoch; --resume goes on with it
    #[arg(long)]
    pub tensorboard: bool,
    /// Where to compute.
    #[command(flatten)]
    pub servers: Servers,
}

impl RunArgs {
    /// The surroundings of a run into `--resume`, `--out`, or else `default_out`.
    pub fn surroundings(self, default_out: PathBuf, interrupter: Interrupter) -> Surroundings {
        Surroundings {
            resume: self.resume.is_some(),
            overwrite: self.overwrite,
            data_dir: self.data_dir,
            skip_bad_images: self.skip_bad_images,
            out: self.resume.or(self.out).unwrap_or(default_out),
            ui: self.ui,
            tensorboard: self.tensorboard,
            checkpoint_every: match (self.checkpoint_every, self.live) {
                (Some(seconds), _) => Duration::from_secs(seconds),
                (None, Some(_)) => LIVE_INTERVAL,
                (None, None) => DEFAULT_INTERVAL,
            },
            live: self.live,
            servers: self.servers,
            interrupter,
        }
    }
}

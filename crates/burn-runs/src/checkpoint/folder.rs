//! The checkpoints of a run in its output folder: the newest two of each training.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::file::{About, Checkpoint, Extras, Flaw};
use super::identity::Identity;
use crate::files::{UNFINISHED, remove_leftovers, write_whole};

const FOLDER: &str = "checkpoint";
const EXTENSION: &str = "checkpoint";
/// The stage of the file that says what the run is, before any training has a checkpoint.
const START: &str = "start";
/// How many checkpoints of a training are kept: should the newest be damaged, there is another.
const KEPT: usize = 2;

/// A run cannot be gone on with, or a checkpoint cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// There is nothing to go on with.
    #[error("{} holds no unfinished run to go on with; start a new one", .0.display())]
    Nothing(PathBuf),
    /// A fresh run would write over the checkpoints of another.
    #[error(
        "{} holds an unfinished run; resume it, choose another folder, or delete {} to start over",
        out.display(), out.join(FOLDER).display()
    )]
    Unfinished {
        /// The output folder.
        out: PathBuf,
    },
    /// A run cannot go on as another.
    #[error(
        "cannot go on from {}: {difference}; go on with it as it was, choose another folder, or delete {} to start over",
        file.display(), file.parent().unwrap_or(file).display()
    )]
    Other {
        /// A checkpoint of the unfinished run.
        file: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// The checkpoint cannot be used.
    #[error("cannot go on from {}: {reason}", file.display())]
    Unusable {
        /// The checkpoint.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder or a file in it cannot be written or read.
    #[error("cannot use {}: {error}", path.display())]
    File {
        /// The folder or the file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A checkpoint cannot be made of what there is.
    #[error("cannot make a checkpoint: {0}")]
    Content(Flaw),
    /// A checkpoint is whole, but a part of it cannot be used.
    #[error("cannot go on from the newest checkpoint: {0}")]
    Part(String),
}

/// The folder of the checkpoints of one run.
#[derive(Clone, Debug)]
pub struct Folder {
    directory: PathBuf,
    identity: Identity,
}

/// What [`Folder::newest`] finds.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest usable checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// A sentence for each newer one that cannot be used.
    pub warnings: Vec<String>,
}

/// An unfinished run, as it was when the newest checkpoints of its trainings were written.
#[derive(Debug)]
pub struct Unfinished {
    /// The run.
    pub identity: Identity,
    /// The newest usable checkpoint of each training.
    pub checkpoints: Vec<Checkpoint>,
}

impl Unfinished {
    /// The newest checkpoint of the training `stage`.
    pub fn of_stage(&self, stage: &str) -> Option<&Checkpoint> {
        let mut checkpoints = self.checkpoints.iter();
        checkpoints.find(|checkpoint| checkpoint.about.stage == stage)
    }
}

impl Folder {
    /// The unfinished run in the output folder `out`, which may go on meanwhile.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where there is none, or none whose checkpoints can be used.
    pub fn unfinished(out: &Path) -> Result<Unfinished, CheckpointError> {
        let identity = Self::identity(out)?;
        let mut checkpoints: Vec<Checkpoint> = Vec::new();
        for file in files(&out.join(FOLDER)).unwrap_or_default().iter().rev() {
            let (stage, _) = part(file);
            let is_known = checkpoints.iter().any(|known| known.about.stage == stage);
            // One that is damaged, or gone by now, has another before it.
            if stage != START
                && !is_known
                && let Ok(checkpoint) = read(file)
            {
                checkpoints.push(checkpoint);
            }
        }
        Ok(Unfinished {
            identity,
            checkpoints,
        })
    }

    /// The identity of the unfinished run in the output folder `out`.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where there is none, or none whose checkpoints can be used.
    pub fn identity(out: &Path) -> Result<Identity, CheckpointError> {
        let mut error = CheckpointError::Nothing(out.into());
        for file in files(&out.join(FOLDER)).unwrap_or_default() {
            match read(&file) {
                Ok(checkpoint) => return Ok(checkpoint.about.identity),
                Err(reason) => error = CheckpointError::Unusable { file, reason },
            }
        }
        Err(error)
    }

    /// The folder of a run that starts in the output folder `out`.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where `out` holds checkpoints of an unfinished run, or where the folder
    /// cannot be written.
    pub fn start(out: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let folder = Self::at(out, identity)?;
        let files = files(&folder.directory).map_err(|error| folder.failed(error))?;
        if files.iter().any(|file| part(file).0 != START) {
            return Err(CheckpointError::Unfinished { out: out.into() });
        }
        folder.write(&Checkpoint {
            about: folder.about(START, "", 0, 0.0),
            model: vec![],
            optimizer: vec![],
            scheduler: vec![],
            rows: vec![],
            extras: Extras::new(),
        })?;
        Ok(folder)
    }

    /// The folder of an unfinished run in the output folder `out`.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where a checkpoint is of a run with another identity.
    pub fn resume(out: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let folder = Self::at(out, identity)?;
        for file in files(&folder.directory).map_err(|error| folder.failed(error))? {
            // A damaged head may differ in anything; only that of a whole file counts.
            if let Ok(head) = File::open(&file)
                && let Ok(about) = About::read(BufReader::new(head))
                && let Err(different) = folder.check(&file, &about)
                && read(&file).is_ok()
            {
                return Err(different);
            }
        }
        Ok(folder)
    }

    fn at(out: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let folder = Self {
            directory: out.join(FOLDER),
            identity,
        };
        fs::create_dir_all(&folder.directory).map_err(|error| folder.failed(error))?;
        remove_leftovers(&folder.directory).map_err(|error| folder.failed(error))?;
        Ok(folder)
    }

    /// What a checkpoint of this run says about itself.
    pub fn about(&self, stage: &str, foundation: &str, epoch: usize, seconds: f64) -> About {
        About {
            identity: self.identity.clone(),
            stage: stage.to_string(),
            foundation: foundation.to_string(),
            epoch,
            seconds,
        }
    }

    /// The newest usable checkpoint of the training `stage` that stands on `foundation`.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where the newest one is of a run with another identity.
    pub fn newest(&self, stage: &str, foundation: &str) -> Result<Found, CheckpointError> {
        let mut found = Found::default();
        let files = files(&self.directory).map_err(|error| self.failed(error))?;
        for file in files.iter().rev().filter(|file| part(file).0 == stage) {
            let reason = match read(file) {
                Ok(checkpoint) => {
                    self.check(file, &checkpoint.about)?;
                    let About {
                        stage: of, epoch, ..
                    } = &checkpoint.about;
                    if (of.as_str(), *epoch) != part(file) {
                        format!("it is of epoch {epoch} of the stage {of}")
                    } else if checkpoint.about.foundation != foundation {
                        "it learned from something else".to_string()
                    } else {
                        found.checkpoint = Some(checkpoint);
                        break;
                    }
                }
                Err(reason) => reason,
            };
            let file = file.display();
            found.warnings.push(format!(
                "{file} cannot be used: {reason}; the one before is used, if there is one"
            ));
        }
        Ok(found)
    }

    fn check(&self, file: &Path, about: &About) -> Result<(), CheckpointError> {
        match self.identity.difference(&about.identity) {
            None => Ok(()),
            Some(difference) => Err(CheckpointError::Other {
                file: file.to_path_buf(),
                difference,
            }),
        }
    }

    /// Writes a checkpoint, and removes those of its training that it makes superfluous.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`]; all earlier checkpoints are still there.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let About { stage, epoch, .. } = &checkpoint.about;
        let file = self
            .directory
            .join(format!("{stage}-{epoch:07}.{EXTENSION}"));
        let failed = |path: &Path, error| CheckpointError::File {
            path: path.to_path_buf(),
            error,
        };
        let bytes = checkpoint.encode().map_err(CheckpointError::Content)?;
        write_whole(&file, &bytes).map_err(|error| failed(&file, error))?;
        let mut older = files(&self.directory).map_err(|error| self.failed(error))?;
        older.retain(|other| part(other).0 == stage);
        // What lies past the newest was damaged, or the training would have gone on from there.
        let here = older.iter().position(|other| *other == file).unwrap_or(0);
        let past = older.split_off(here + 1);
        older.truncate(older.len().saturating_sub(KEPT));
        for old in older.iter().chain(&past) {
            fs::remove_file(old).map_err(|error| failed(old, error))?;
        }
        Ok(())
    }

    /// Removes the folder, which a finished run does not need.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] where it cannot be removed.
    pub fn remove(self) -> Result<(), CheckpointError> {
        // In one step out of sight: killed half way, a finished run would look like an unfinished one.
        let gone = self
            .directory
            .with_file_name(format!("{UNFINISHED}{FOLDER}"));
        fs::rename(&self.directory, &gone)
            .and_then(|()| fs::remove_dir_all(&gone))
            .map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> CheckpointError {
        CheckpointError::File {
            path: self.directory.clone(),
            error,
        }
    }
}

/// All checkpoints in `directory`, by stage and epoch.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The stage and the epoch that a file is named after.
fn part(file: &Path) -> (&str, usize) {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let parts = stem.and_then(|stem| stem.rsplit_once('-'));
    let (stage, epoch) = parts.unwrap_or_default();
    (stage, epoch.parse().unwrap_or_default())
}

fn read(file: &Path) -> Result<Checkpoint, String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    Checkpoint::decode(&bytes).map_err(|flaw| flaw.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::file::tests::checkpoint;
    use super::*;
    use serde_json::json;
    use tempfile::TempDir;

    const IMAGES: &str = "the images";

    fn started() -> (TempDir, Folder) {
        let out = tempfile::tempdir().unwrap();
        let identity = checkpoint(START, 0).about.identity;
        let folder = Folder::start(out.path(), identity).unwrap();
        (out, folder)
    }

    fn names(folder: &Folder) -> Vec<String> {
        let files = files(&folder.directory).unwrap();
        let names = files.iter().map(|file| file.file_name().unwrap());
        names.map(|name| name.to_str().unwrap().into()).collect()
    }

    #[test]
    fn the_newest_two_of_each_training_are_kept() {
        let (_out, folder) = started();
        for (stage, epoch) in [("first", 9), ("first", 10), ("second", 1)] {
            folder.write(&checkpoint(stage, epoch)).unwrap();
        }
        folder.write(&checkpoint("first", 11)).unwrap();
        let expected = [
            "first-0000010.checkpoint",
            "first-0000011.checkpoint",
            "second-0000001.checkpoint",
            "start-0000000.checkpoint",
        ];
        assert_eq!(names(&folder), expected);
        let newest = folder.newest("first", IMAGES).unwrap();
        assert_eq!(newest.checkpoint, Some(checkpoint("first", 11)));
        let none = folder.newest("third", IMAGES).unwrap();
        assert!(none.checkpoint.is_none() && none.warnings.is_empty());
    }

    #[test]
    fn an_unfinished_run_is_seen_from_outside() {
        let (out, folder) = started();
        let seen = || Folder::unfinished(out.path()).unwrap();
        assert_eq!(seen().identity, checkpoint(START, 0).about.identity);
        assert!(seen().checkpoints.is_empty());
        for (stage, epoch) in [("first", 9), ("first", 10), ("second", 1)] {
            folder.write(&checkpoint(stage, epoch)).unwrap();
        }
        fs::write(folder.directory.join("first-0000010.checkpoint"), "torn").unwrap();
        assert_eq!(seen().of_stage("first"), Some(&checkpoint("first", 9)));
        assert_eq!(seen().of_stage("second"), Some(&checkpoint("second", 1)));
        assert_eq!(seen().of_stage(START), None);
        folder.remove().unwrap();
        let error = Folder::unfinished(out.path()).unwrap_err();
        assert!(matches!(error, CheckpointError::Nothing(_)), "{error}");
    }

    #[test]
    fn a_damaged_newest_is_named_and_the_one_before_is_used() {
        let (_out, folder) = started();
        for epoch in [1, 2] {
            folder.write(&checkpoint("first", epoch)).unwrap();
        }
        let newest = folder.directory.join("first-0000002.checkpoint");
        let bytes = fs::read(&newest).unwrap();
        fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
        let found = folder.newest("first", IMAGES).unwrap();
        assert_eq!(found.checkpoint, Some(checkpoint("first", 1)));
        assert_eq!(found.warnings.len(), 1);
        let warning = &found.warnings[0];
        assert!(warning.contains("first-0000002.checkpoint"), "{warning}");
        assert!(warning.contains("checksum"), "{warning}");

        // Whole, but under the name of another.
        fs::copy(folder.directory.join("first-0000001.checkpoint"), &newest).unwrap();
        let found = folder.newest("first", IMAGES).unwrap();
        assert_eq!(found.checkpoint, Some(checkpoint("first", 1)));
        assert!(found.warnings[0].contains("epoch 1"), "{found:?}");

        fs::write(&newest, "torn").unwrap();
        folder.write(&checkpoint("first", 1)).unwrap();
        let expected = ["first-0000001.checkpoint", "start-0000000.checkpoint"];
        assert_eq!(names(&folder), expected, "what was damaged goes");
    }

    #[test]
    fn a_checkpoint_on_another_foundation_is_left_alone() {
        let (_out, folder) = started();
        folder.write(&checkpoint("second", 1)).unwrap();
        let found = folder.newest("second", "others").unwrap();
        assert!(found.checkpoint.is_none());
        assert!(found.warnings[0].contains("something else"), "{found:?}");
    }

    #[test]
    fn an_unfinished_run_is_not_written_over() {
        let (out, folder) = started();
        let identity = folder.identity.clone();
        Folder::start(out.path(), identity.clone()).expect("nothing is lost yet");
        folder.write(&checkpoint("first", 1)).unwrap();
        let error = Folder::start(out.path(), identity).unwrap_err().to_string();
        assert!(
            error.contains("holds an unfinished run; resume it"),
            "{error}"
        );
        assert!(folder.newest("first", IMAGES).unwrap().checkpoint.is_some());
    }

    #[test]
    fn a_run_goes_on_only_as_itself() {
        let (out, folder) = started();
        folder.write(&checkpoint("first", 1)).unwrap();
        let identity = Folder::identity(out.path()).unwrap();
        assert_eq!(identity, folder.identity);
        Folder::resume(out.path(), identity.clone()).unwrap();

        let other = json!({"seed": 1, "rate": 0.4});
        let other = Identity::new("program", "1.2.3", &other).with_sum("the images", &[b"pixels"]);
        let resume =
            || Folder::resume(out.path(), other.clone()).map_err(|error| error.to_string());
        let error = resume().unwrap_err();
        let expected = format!(
            "first-0000001.checkpoint: seed is 1 and was 0; go on with it as it was, choose another folder, or delete {} to \
             start over",
            out.path().join(FOLDER).display()
        );
        assert!(error.ends_with(&expected), "{error}");

        // The head says the same, but nothing vouches for it any more.
        for file in files(&folder.directory).unwrap() {
            let bytes = fs::read(&file).unwrap();
            fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        }
        resume().unwrap();

        folder.remove().unwrap();
        let error = Folder::identity(out.path()).unwrap_err().to_string();
        assert!(error.contains("holds no unfinished run"), "{error}");
    }

    #[test]
    fn a_run_of_the_first_version_is_refused_by_name() {
        let (out, folder) = started();
        let file = folder.directory.join("start-0000000.checkpoint");
        fs::write(&file, "two-networks checkpoint 1 sha256 0123\n{}").unwrap();
        let error = Folder::identity(out.path()).unwrap_err().to_string();
        let expected = format!("cannot go on from {}: it has version 1", file.display());
        assert!(error.starts_with(&expected), "{error}");
    }

    #[test]
    fn what_a_killed_process_left_half_written_goes() {
        let (out, folder) = started();
        let half = folder.directory.join(".burn-runs-abc");
        fs::write(&half, "half").unwrap();
        Folder::resume(out.path(), folder.identity.clone()).unwrap();
        assert!(!half.exists());
    }
}

//! A run that was killed or stopped and is gone on with ends as the one that was left alone, to the byte.
#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Each training takes long enough to be hit.
const SETTINGS: &str = r#"{
    "width": 0.25, "epochs_local": 2, "epochs_readout": 40, "halvings": [10],
    "backprop": "epochs", "epochs_backprop": 2, "halvings_backprop": [1], "fine_tune": true
}"#;

/// What must not depend on stops.
const LASTING: [&str; 7] = [
    "config.json",
    "metrics.csv",
    "analysis.json",
    "local.safetensors",
    "readout.safetensors",
    "backprop.safetensors",
    "fine-tuned.safetensors",
];

/// Folders of runs that are the same but for what happens to them.
struct Runs {
    root: TempDir,
    order: &'static str,
}

impl Runs {
    fn new(order: &'static str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("settings.json"), SETTINGS).unwrap();
        Self { root, order }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn start(&self, name: &str) -> Command {
        let mut command = program();
        command
            .arg("--config")
            .arg(self.root.path().join("settings.json"))
            .args(["--order", self.order])
            .arg("--out")
            .arg(self.out(name));
        command
    }

    fn resume(&self, name: &str) -> Output {
        let mut command = program();
        command
            .arg("--resume")
            .arg(self.out(name))
            .output()
            .unwrap()
    }

    /// A run that is left alone.
    fn reference(&self) -> PathBuf {
        succeeded(&self.start("reference").output().unwrap());
        self.out("reference")
    }

    /// Starts a run and gives it back when the training `stage` has its first checkpoint.
    fn reach(&self, name: &str, stage: &str) -> Child {
        let child = self.start(name).stderr(Stdio::piped()).spawn().unwrap();
        let folder = self.out(name).join("checkpoint");
        let started = Instant::now();
        let reached = || {
            let entries = fs::read_dir(&folder).into_iter().flatten();
            let mut names = entries.map(|entry| entry.unwrap().file_name());
            names.any(|name| name.to_str().unwrap().starts_with(stage))
        };
        while !reached() {
            let late = started.elapsed() > Duration::from_secs(120);
            assert!(!late, "no checkpoint of {stage} was written");
            sleep(Duration::from_millis(1));
        }
        child
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deep-local"));
    command
        .args(["--ui", "none", "--checkpoint-every", "0"])
        .stdin(Stdio::null());
    command
}

fn succeeded(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}", output.status);
}

fn assert_same(out: &Path, reference: &Path) {
    for name in LASTING {
        let [found, expected] = [out, reference].map(|dir| fs::read(dir.join(name)).unwrap());
        assert!(found == expected, "{name} differs in {}", out.display());
    }
    let left = out.join("checkpoint").exists();
    assert!(!left, "a finished run keeps no checkpoints");
}

fn kill_in(order: &'static str, stages: &[&str]) {
    let runs = Runs::new(order);
    let reference = runs.reference();
    for stage in stages {
        let mut child = runs.reach(stage, stage);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "{stage} was over too soon");
        succeeded(&runs.resume(stage));
        assert_same(&runs.out(stage), &reference);
    }
}

#[test]
fn a_killed_run_ends_as_the_whole_one() {
    kill_in(
        "all-at-once",
        &["local", "readout", "backprop", "fine-tuned"],
    );
}

#[test]
fn a_run_of_block_after_block_ends_as_the_whole_one() {
    kill_in("block-after-block", &["block-1", "block-2"]);
}

#[test]
fn ctrl_c_stops_with_its_code_and_says_how_to_go_on() {
    let runs = Runs::new("all-at-once");
    let child = runs.reach("stopped", "local");
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{text}");
    let out = runs.out("stopped");
    let advice = format!("go on with --resume {}", out.display());
    assert!(text.contains(&advice), "{text}");

    let again = runs.start("stopped").output().unwrap();
    let text = String::from_utf8_lossy(&again.stderr);
    assert!(text.contains("holds an unfinished run"), "{text}");
    let other = program()
        .arg("--resume")
        .arg(&out)
        .args(["--seed", "1"])
        .output();
    let other = other.unwrap();
    let text = String::from_utf8_lossy(&other.stderr);
    assert!(text.contains("seed is 1 and was 0"), "{text}");

    succeeded(&runs.resume("stopped"));
    assert_same(&out, &runs.reference());
}

//! Runs on servers, each a process of its own, and what may happen to a server meanwhile.
#![cfg(all(unix, feature = "remote"))]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use safetensors::SafeTensors;
use tempfile::TempDir;

/// About a hundred steps of each training: few enough that rounding does not let another unit win.
const SETTINGS: &str = r#"{
    "hidden": 60, "epochs_hebbian": 8, "epochs_readout": 8, "epochs_backprop": 8,
    "batch_size": 100, "batch_size_readout": 100, "batch_size_backprop": 100
}"#;

/// The exit code of what failed after it had begun, and of what was refused before.
const FAILED: i32 = 1;
const REFUSED: i32 = 2;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_two-networks"));
    command.stdin(Stdio::null()).env_remove("BURN_REMOTE_TOKEN");
    command
}

/// A server on a port of its own, which ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(token: Option<&str>) -> Self {
        let mut command = program();
        command.args(["serve", "--listen", "0"]);
        if let Some(token) = token {
            command.env("BURN_REMOTE_TOKEN", token);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let url = said
            .split_whitespace()
            .find(|word| word.starts_with("ws://"));
        let url = url.unwrap_or_else(|| panic!("a server says where it is, not {said:?}"));
        Self {
            url: url.to_string(),
            child,
        }
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Folders of runs with the same settings.
struct Runs(TempDir);

impl Runs {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("settings.json"), SETTINGS).unwrap();
        Self(root)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A run that keeps every epoch, on `servers` or on this machine.
    fn start(&self, name: &str, servers: &[&Server]) -> Command {
        let mut command = program();
        let settings = self.0.path().join("settings.json");
        command
            .arg("--config")
            .arg(settings)
            .arg("--out")
            .arg(self.out(name));
        on(command, servers)
    }

    fn resume(&self, name: &str, servers: &[&Server]) -> Command {
        let mut command = program();
        command.arg("--resume").arg(self.out(name));
        on(command, servers)
    }
}

fn on(mut command: Command, servers: &[&Server]) -> Command {
    command.args(["--ui", "none", "--checkpoint-every", "0"]);
    command.args([
        "--backend",
        if servers.is_empty() { "flex" } else { "remote" },
    ]);
    for server in servers {
        command.args(["--remote", &server.url]);
    }
    command
}

fn succeeded(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}", output.status);
}

/// The one sentence of a program that ended with `code`.
fn sentence(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// Waits until a run has begun with its second network.
fn wait_for_stage(run: &mut Child, out: &Path, stage: &str) {
    let is_there = || {
        let files = fs::read_dir(out.join("checkpoint")).ok();
        files.is_some_and(|mut files| {
            files.any(|file| {
                file.unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with(stage)
            })
        })
    };
    while !is_there() {
        assert!(run.try_wait().unwrap().is_none(), "the run has ended");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Fails unless the networks of two runs have the same weights, within 1e-3 of the largest.
fn assert_close(out: &Path, reference: &Path) {
    for file in ["hebbian.safetensors", "backprop.safetensors"] {
        let [found, expected] = [out, reference].map(|dir| fs::read(dir.join(file)).unwrap());
        let [found, expected] =
            [&found, &expected].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
        for (name, expected) in expected.iter() {
            let floats = |bytes: &[u8]| -> Vec<f32> {
                let each = bytes.chunks_exact(4);
                each.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
                    .collect()
            };
            let found = floats(found.tensor(name).unwrap().data());
            let expected = floats(expected.data());
            let scale = expected
                .iter()
                .fold(1e-6f32, |scale, value| scale.max(value.abs()));
            for (found, expected) in found.iter().zip(&expected) {
                let difference = (found - expected).abs();
                assert!(
                    difference <= 1e-3 * scale,
                    "{file}, {name}: {found}, {expected}"
                );
            }
        }
    }
}

#[test]
fn a_run_on_two_servers_of_which_one_is_killed_ends_as_on_this_machine() {
    let runs = Runs::new();
    succeeded(&runs.start("here", &[]).output().unwrap());

    let mut servers = [(); 2].map(|()| Server::start(None));
    let [first, second] = &servers;
    let mut killed = runs.start("there", &[first, second]);
    let mut killed = killed.stderr(Stdio::piped()).spawn().unwrap();
    wait_for_stage(&mut killed, &runs.out("there"), "hebbian");
    servers[1].child.kill().unwrap();
    let text = sentence(&killed.wait_with_output().unwrap(), FAILED);
    let lost = format!(
        "error: the server {} does not answer any more; ",
        servers[1].url
    );
    assert!(text.starts_with(&lost), "{text}");
    assert!(
        text.contains("--resume") && text.contains("--backend flex"),
        "{text}"
    );

    servers[1] = Server::start(None);
    let [first, second] = &servers;
    let mut again = runs.resume("there", &[first, second]);
    succeeded(&again.output().unwrap());
    assert_close(&runs.out("there"), &runs.out("here"));
}

#[test]
fn a_server_that_stands_still_is_given_up_and_the_run_goes_on_here() {
    let runs = Runs::new();
    succeeded(&runs.start("here", &[]).output().unwrap());

    let server = Server::start(Some("secret"));
    let mut stalled = runs.start("there", &[&server]);
    stalled
        .args(["--remote-patience", "1"])
        .env("BURN_REMOTE_TOKEN", "secret");
    let mut stalled = stalled.stderr(Stdio::piped()).spawn().unwrap();
    wait_for_stage(&mut stalled, &runs.out("there"), "hebbian");
    server.signal("STOP");
    let output = stalled.wait_with_output().unwrap();
    server.signal("CONT");
    let text = sentence(&output, FAILED);
    assert!(
        text.contains(&format!("{} does not answer any more", server.url)),
        "{text}"
    );

    succeeded(&runs.resume("there", &[]).output().unwrap());
    assert_close(&runs.out("there"), &runs.out("here"));
}

#[test]
fn a_wrong_token_is_refused_before_anything_is_written() {
    let runs = Runs::new();
    let server = Server::start(Some("secret"));
    for token in [None, Some("guess")] {
        let mut command = runs.start("there", &[&server]);
        if let Some(token) = token {
            command.env("BURN_REMOTE_TOKEN", token);
        }
        let text = sentence(&command.output().unwrap(), REFUSED);
        assert!(
            text.contains("refuses this program; set BURN_REMOTE_TOKEN"),
            "{text}"
        );
        assert!(!runs.out("there").exists());
    }
}

#[test]
fn a_run_needs_a_server_and_a_server_a_backend() {
    let runs = Runs::new();
    let mut none = program();
    none.args(["--backend", "remote", "--out"])
        .arg(runs.out("there"));
    let text = sentence(&none.output().unwrap(), REFUSED);
    assert!(
        text.contains("name it with --remote ws://HOST:PORT"),
        "{text}"
    );
    let mut served = program();
    let output = served
        .args(["serve", "--backend", "remote", "--listen", "0"])
        .output();
    let text = sentence(&output.unwrap(), REFUSED);
    assert!(text.contains("remote"), "{text}");
}

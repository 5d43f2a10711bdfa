//! What may happen to a run, done to it: the run that is gone on with ends as the one that was left
//! alone, to the byte.
//!
//! `TWO_NETWORKS_KILLS` sets how often a run is killed, 12 times by default.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;

const SIGKILL: i32 = 9;

/// A run of about two seconds: long enough to be hit anywhere.
const SETTINGS: &str = r#"{
    "hidden": 200, "snapshot_every": 3,
    "epochs_hebbian": 60, "epochs_readout": 60, "epochs_backprop": 60
}"#;

/// What must not depend on stops.
const LASTING: [&str; 6] = [
    "config.json",
    "metrics.csv",
    "analysis.json",
    "hebbian.safetensors",
    "backprop.safetensors",
    "snapshots.safetensors",
];

fn program(ui: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_two-networks"));
    command.args(["--ui", ui]).stdin(Stdio::null());
    command
}

/// Folders of runs that are the same but for what happens to them.
struct Runs {
    root: TempDir,
    backend: &'static str,
}

impl Runs {
    fn new(backend: &'static str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("settings.json"), SETTINGS).unwrap();
        Self { root, backend }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn start(&self, name: &str, checkpoint_every: &str) -> Command {
        self.start_shown("none", name, checkpoint_every)
    }

    fn start_shown(&self, ui: &str, name: &str, checkpoint_every: &str) -> Command {
        let mut command = program(ui);
        command
            .arg("--config")
            .arg(self.root.path().join("settings.json"))
            .args(["--backend", self.backend])
            .args(["--checkpoint-every", checkpoint_every])
            .arg("--out")
            .arg(self.out(name));
        command
    }

    fn resume(&self, name: &str) -> Command {
        let mut command = program("none");
        command
            .args(["--checkpoint-every", "0"])
            .arg("--resume")
            .arg(self.out(name));
        command
    }

    /// A run that is left alone, and its seconds.
    fn reference(&self) -> (PathBuf, Duration) {
        let started = Instant::now();
        succeeded(&self.start("reference", "0").output().unwrap());
        (self.out("reference"), started.elapsed())
    }
}

fn succeeded(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}", output.status);
}

/// The text of an error, after checking that the program ended by itself with `code`.
fn refused(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// The errors of both networks, and what else of `result.json` is no clock time.
fn result(out: &Path) -> Value {
    let text = fs::read(out.join("result.json")).unwrap();
    let mut result: Value = serde_json::from_slice(&text).unwrap();
    for (network, clock) in [
        ("hebbian", "seconds_hebbian"),
        ("hebbian", "seconds_readout"),
        ("backprop", "seconds"),
    ] {
        let removed = result[network].as_object_mut().unwrap().remove(clock);
        assert!(removed.is_some(), "{network}.{clock}");
    }
    result
}

fn assert_same_run(out: &Path, reference: &Path) {
    for name in LASTING {
        let [found, expected] = [out, reference].map(|dir| fs::read(dir.join(name)).unwrap());
        assert!(found == expected, "{name} differs in {}", out.display());
    }
    assert_eq!(result(out), result(reference));
    assert!(
        !out.join("checkpoint").exists(),
        "a finished run keeps none"
    );
}

/// The training whose checkpoint is the newest in the order of a run.
fn stage(out: &Path) -> &'static str {
    let entries = fs::read_dir(out.join("checkpoint"));
    let names: Vec<String> = entries.map_or(vec![], |entries| {
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    });
    let stages = ["backprop", "readout", "hebbian"];
    let reached = |stage: &&str| names.iter().any(|name| name.starts_with(*stage));
    stages.into_iter().find(reached).unwrap_or("start")
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    while started.elapsed() < patience {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        sleep(Duration::from_millis(1));
    }
    None
}

/// Kills runs at random moments until `kills` hit; each run is resumed until it ends.
fn kill_and_resume(runs: &Runs, kills: usize, same: impl Fn(&Path, &Path)) {
    let (reference, time) = runs.reference();
    let seed = rand::random();
    println!("seed {seed}, a run takes {} ms", time.as_millis());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut hits, mut finished) = (Vec::new(), 0);
    while hits.len() < kills {
        let name = format!("killed-{finished}");
        let out = runs.out(&name);
        let mut command = runs.start(&name, "0");
        loop {
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            let patience = time.mul_f64(rng.random_range(0.0..0.9));
            let patience = if hits.len() < kills {
                patience
            } else {
                time * 100
            };
            let Some(status) = wait(&mut child, patience) else {
                child.kill().unwrap();
                let status = child.wait().unwrap();
                hits.push(match status.signal() {
                    Some(SIGKILL) => stage(&out),
                    _ => "at the end",
                });
                // Killed before it said what it is, a run has nothing to go on with.
                let names_itself = out.join("checkpoint/start-0000000.checkpoint").exists();
                let ended = out.join("result.json").exists() && !out.join("checkpoint").exists();
                if ended {
                    break;
                }
                command = if names_itself {
                    runs.resume(&name)
                } else {
                    runs.start(&name, "0")
                };
                continue;
            };
            let mut text = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            assert!(status.success(), "seed {seed}: {status}: {text}");
            break;
        }
        same(&out, &reference);
        fs::remove_dir_all(&out).unwrap();
        finished += 1;
    }
    let count = |stage| hits.iter().filter(|hit| **hit == stage).count();
    println!(
        "{} kills of {finished} runs: {} before the first checkpoint, {} in stage 1, {} in the \
         readout, {} in backprop, {} while files were written",
        hits.len(),
        count("start"),
        count("hebbian"),
        count("readout"),
        count("backprop"),
        count("at the end")
    );
}

fn kills() -> usize {
    let kills = std::env::var("TWO_NETWORKS_KILLS");
    kills.map_or(12, |kills| kills.parse().expect("a number of kills"))
}

#[test]
fn a_killed_run_ends_as_if_left_alone() {
    kill_and_resume(&Runs::new("flex"), kills(), assert_same_run);
}

#[cfg(feature = "ndarray")]
#[test]
fn a_killed_run_on_ndarray_ends_as_if_left_alone() {
    kill_and_resume(&Runs::new("ndarray"), kills() / 4, assert_same_run);
}

/// All tensors of a safetensors file, by name.
#[cfg(feature = "wgpu")]
fn tensors(file: &Path) -> std::collections::BTreeMap<String, Vec<f32>> {
    let bytes = fs::read(file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let values = |data: &[u8]| -> Vec<f32> {
        let (words, _) = data.as_chunks();
        words.iter().copied().map(f32::from_le_bytes).collect()
    };
    let tensors = tensors.tensors();
    let named = tensors.iter();
    named
        .map(|(name, view)| (name.clone(), values(view.data())))
        .collect()
}

/// Resumes a run that stopped itself. On a software driver a weight that was read was not finite in
/// one of three runs; the checkpoint before it is good.
#[cfg(feature = "wgpu")]
fn go_on(runs: &Runs, name: &str, mut output: Output) {
    for _ in 0..5 {
        let text = String::from_utf8_lossy(&output.stderr);
        if !text.contains("with a value that is not finite") {
            break;
        }
        println!("{name} is gone on with: {text}");
        output = runs.resume(name).output().unwrap();
    }
    succeeded(&output);
}

/// A GPU may sum in another order the second time.
#[cfg(feature = "wgpu")]
#[test]
fn a_killed_run_on_wgpu_ends_close_to_the_one_left_alone() {
    let runs = Runs::new("wgpu");
    let few = r#"{
        "hidden": 20, "snapshot_every": 1, "batch_size": 700, "batch_size_readout": 700,
        "batch_size_backprop": 700, "epochs_hebbian": 8, "epochs_readout": 4, "epochs_backprop": 4
    }"#;
    fs::write(runs.root.path().join("settings.json"), few).unwrap();
    let output = runs.start("reference", "0").output().unwrap();
    if String::from_utf8_lossy(&output.stderr).contains("found no device") {
        return println!("skipped: no device");
    }
    go_on(&runs, "reference", output);
    for (killed, stage) in [("early", "hebbian-0000002"), ("late", "backprop-0000002")] {
        let mut child = runs.start(killed, "0").spawn().unwrap();
        let checkpoint = format!("checkpoint/{stage}.checkpoint");
        let there = || runs.out(killed).join(&checkpoint).exists();
        while !there() && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        // It may have stopped itself, see `go_on`.
        let _ = child.kill();
        child.wait().unwrap();
        go_on(&runs, killed, runs.resume(killed).output().unwrap());
        for file in ["hebbian.safetensors", "backprop.safetensors"] {
            let [found, expected] =
                [killed, "reference"].map(|name| tensors(&runs.out(name).join(file)));
            assert!(found.keys().eq(expected.keys()));
            for (name, expected) in &expected {
                let largest = expected
                    .iter()
                    .fold(0f32, |most, value| most.max(value.abs()));
                let pairs = found[name].iter().zip(expected);
                let apart = pairs.fold(0f32, |most, (a, b)| most.max((a - b).abs()));
                println!("{killed} {name}: {apart} apart, {largest} the largest");
                assert!(
                    apart <= 1e-5 * largest,
                    "{killed} {name}: {apart} of {largest}"
                );
            }
        }
    }
}

/// A run that is watched: the lines that it shows are what is waited for.
struct Shown {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Shown {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits until an epoch of `training` is done, which a line of progress says.
    fn wait_for(&mut self, training: &str) {
        let mut next = || self.lines.next().expect("it is not at its end").unwrap();
        while !next().contains(training) {}
    }

    fn signal(&self, name: &str) {
        let kill = [format!("-{name}"), self.child.id().to_string()];
        assert!(Command::new("kill").args(kill).status().unwrap().success());
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What is shown until the end, and the end.
    fn end(mut self) -> (String, ExitStatus) {
        let rest: Vec<String> = self.lines.map(Result::unwrap).collect();
        (rest.join("\n") + "\n", self.child.wait().unwrap())
    }
}

#[test]
fn ctrl_c_ends_at_the_next_batch_with_a_checkpoint() {
    let runs = Runs::new("flex");
    let (reference, _) = runs.reference();
    for (name, training) in [("early", "hidden layer"), ("late", "backprop network")] {
        let out = runs.out(name);
        // So rarely that only the stop itself writes one.
        let mut run = Shown::start(runs.start_shown("plain", name, "3600"));
        run.wait_for(training);
        run.signal("INT");
        let (text, status) = run.end();
        assert_eq!(status.code(), Some(130), "{text}");
        assert!(text.contains("stopping at the next batch"), "{text}");
        let advice = format!("go on with --resume {}\n", out.display());
        assert!(text.ends_with(&advice), "{text}");
        assert_ne!(stage(&out), "start", "{name}");

        let fresh = refused(&runs.start(name, "30").output().unwrap(), 2);
        assert!(fresh.contains("holds an unfinished run"), "{fresh}");
        succeeded(&runs.resume(name).output().unwrap());
        assert_same_run(&out, &reference);
    }
}

#[test]
fn a_run_that_cannot_write_loses_nothing() {
    let runs = Runs::new("flex");
    let (reference, _) = runs.reference();
    let mut failed = 0;
    // A limit to the size of a file fails a write half way, as a full disk does.
    for blocks in [0, 4, 16, 64, 256, 1024, 4096] {
        let name = format!("full-{blocks}");
        let limited = runs.start(&name, "0");
        let output = Command::new("sh")
            .args([
                "-c",
                &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
            ])
            .arg(limited.get_program())
            .args(limited.get_args())
            .output()
            .unwrap();
        if !output.status.success() {
            failed += 1;
            let out = runs.out(&name);
            let started = out.join("checkpoint/start-0000000.checkpoint").exists();
            let text = refused(&output, if started { 1 } else { 2 });
            assert!(text.contains("File too large"), "{text}");
            assert_eq!(text.contains("go on with --resume"), started, "{text}");
            assert!(
                text.contains(out.to_str().unwrap()),
                "the file is named: {text}"
            );
            // A result says that all it stands for is there; only the report may be missing.
            let whole = LASTING.iter().all(|name| out.join(name).exists());
            assert!(whole || !out.join("result.json").exists());
            let mut command = if started {
                runs.resume(&name)
            } else {
                runs.start(&name, "0")
            };
            succeeded(&command.output().unwrap());
        }
        assert_same_run(&runs.out(&name), &reference);
    }
    assert!(failed >= 4, "only {failed} of the limits were hit");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_any_work() {
    let root = tempfile::tempdir().unwrap();
    let mut permissions = fs::metadata(root.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(root.path(), permissions).unwrap();
    let below = root.path().join("out");
    // Root may write anywhere but into what the kernel makes up.
    let out = match fs::create_dir(&below) {
        Ok(()) => Path::new("/proc/out"),
        Err(_) => &below,
    };
    let output = program("none").arg("--out").arg(out).output().unwrap();
    let text = refused(&output, 2);
    assert!(
        text.starts_with(&format!("error: cannot write {}", out.display())),
        "{text}"
    );
    assert!(text.ends_with("choose another --out\n"), "{text}");
}

#[test]
fn one_process_at_a_time_writes_into_a_folder() {
    let runs = Runs::new("flex");
    let (reference, _) = runs.reference();
    let out = runs.out("shared");
    let mut first = Shown::start(runs.start_shown("plain", "shared", "0"));
    first.wait_for("hidden layer");
    // It must not come to its end before the others have been refused.
    first.signal("STOP");
    for mut second in [runs.start("shared", "0"), runs.resume("shared")] {
        let text = refused(&second.output().unwrap(), 2);
        assert!(
            text.contains("another process is writing into it"),
            "{text}"
        );
    }
    first.signal("CONT");
    let (text, status) = first.end();
    assert!(status.success(), "{text}");
    assert_same_run(&out, &reference);
}

#[test]
fn a_checkpoint_of_other_settings_or_data_is_refused_by_the_first_difference() {
    let runs = Runs::new("flex");
    let mut run = Shown::start(runs.start_shown("plain", "run", "0"));
    run.wait_for("hidden layer");
    run.kill();
    for (flags, difference) in [
        (["--delta", "0.1"], "delta is 0.1 and was 0.2"),
        (["--seed", "7"], "seed is 7 and was 0"),
        (["--dataset", "mnist"], "dataset"),
    ] {
        let text = refused(&runs.resume("run").args(flags).output().unwrap(), 2);
        assert!(text.contains(difference), "{text}");
    }
    let nothing = program("none")
        .arg("--resume")
        .arg(runs.out("none"))
        .output();
    let text = refused(&nothing.unwrap(), 2);
    assert!(text.contains("holds no unfinished run"), "{text}");
}

#[test]
fn the_newest_checkpoint_cut_or_flipped_costs_an_epoch_and_no_more() {
    let runs = Runs::new("flex");
    let (reference, _) = runs.reference();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, &str, Damage); 3] = [
        ("hebbian", "hidden layer", |bytes| {
            bytes.truncate(bytes.len() / 2)
        }),
        ("readout", "readout", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("backprop", "backprop network", Vec::clear),
    ];
    for (of, training, damage) in damages {
        let name = format!("damaged-{of}");
        let out = runs.out(&name);
        let mut run = Shown::start(runs.start_shown("plain", &name, "0"));
        run.wait_for(training);
        run.kill();
        let entries = fs::read_dir(out.join("checkpoint")).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        let name_of = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_string();
        files.retain(|file| name_of(file).starts_with(of));
        files.sort();
        // The first line of a training is that of its third epoch.
        assert!(files.len() >= 2, "{files:?}");
        let newest = files.pop().unwrap();
        let mut bytes = fs::read(&newest).unwrap();
        damage(&mut bytes);
        fs::write(&newest, bytes).unwrap();
        let output = runs.resume(&name).output().unwrap();
        succeeded(&output);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("warning: "), "{text}");
        assert!(text.contains(newest.to_str().unwrap()), "{text}");
        assert_same_run(&out, &reference);
    }
}

//! The program on a terminal, and where one is missing or closes.
#![cfg(all(target_os = "linux", feature = "tui"))]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const PROGRAM: &str = env!("CARGO_BIN_EXE_deep-local");

/// A run that lasts until it is stopped, with a checkpoint after each of its short epochs.
const LONG: [&str; 6] = [
    "--width",
    "0.25",
    "--epochs-local",
    "100000",
    "--checkpoint-every",
    "0",
];

fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(120), "no {what}");
        sleep(Duration::from_millis(5));
    }
}

fn has_checkpoint(out: &Path) -> bool {
    let files = std::fs::read_dir(out.join("checkpoint"))
        .into_iter()
        .flatten();
    let mut names = files.map(|file| file.unwrap().file_name());
    names.any(|name| name.to_string_lossy().starts_with("local-"))
}

/// Runs the program on the dashboard, and `act`s on it when it has a checkpoint: with its keyboard and the
/// number of its process. Returns its exit code and all that it showed.
fn on_dashboard(out: &Path, act: impl FnOnce(&mut dyn Write, u32)) -> (i32, String) {
    let (mut terminal, program) = terminal(40, 120);
    // The terminal interrupts the program that it belongs to.
    let mut child = Command::new("setsid")
        .args(["-c", PROGRAM])
        .args(LONG)
        .args(["--ui", "tui", "--out"])
        .arg(out)
        .env("TERM", "xterm-256color")
        .stdin(program.try_clone().unwrap())
        .stdout(program.try_clone().unwrap())
        .stderr(program)
        .spawn()
        .unwrap();
    let mut reader = terminal.try_clone().unwrap();
    let shown = thread::spawn(move || {
        let mut shown = Vec::new();
        // Where the other side has closed, reading fails on some systems and ends on others.
        let _ = reader.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    wait_for("checkpoint", || has_checkpoint(out));
    act(&mut terminal, child.id());
    let status = child.wait().unwrap();
    (status.code().unwrap(), shown.join().unwrap())
}

/// A terminal of so many rows and columns: its keyboard and screen, and the end that a program has.
fn terminal(rows: u16, columns: u16) -> (File, File) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let mut options = File::options();
    let program = options.read(true).write(true);
    let program = program.open(name.to_str().unwrap()).unwrap();
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&program, size).unwrap();
    (terminal.into(), program)
}

/// What leaves the screen of the dashboard.
const LEAVE: &str = "\x1b[?1049l";

fn assert_stopped(out: &Path, code: i32, shown: &str) {
    assert_eq!(code, 130, "{shown}");
    let after = shown.rsplit_once(LEAVE).expect("the screen is left").1;
    assert!(!after.contains("\x1b[?1049h"), "{after}");
    let advice = format!("go on with --resume {}", out.display());
    assert!(after.contains(&advice), "{after}");
    assert!(has_checkpoint(out));
}

#[test]
fn ctrl_c_stops_the_dashboard_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let (code, shown) = on_dashboard(&out, |keyboard, _| keyboard.write_all(b"\x03").unwrap());
    assert_stopped(&out, code, &shown);
}

#[test]
fn a_terminal_that_closes_stops_the_dashboard_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let (code, shown) = on_dashboard(&out, |_, process| {
        for _ in 0..2 {
            let process = process.to_string();
            let sent = Command::new("kill").args(["-HUP", &process]).status();
            assert!(sent.unwrap().success());
        }
    });
    assert_stopped(&out, code, &shown);
}

#[test]
fn without_a_terminal_the_dashboard_becomes_plain_lines() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["--ui", "tui", "--width", "0.25", "--epochs-local", "1"])
        .args([
            "--epochs-readout",
            "1",
            "--halvings",
            "",
            "--backprop",
            "none",
        ])
        .arg("--out")
        .arg(folder.path().join("run"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("there is no terminal for the dashboard"),
        "{text}"
    );
    assert!(text.contains("readout, epoch 1/1"), "{text}");
    assert!(
        !text.contains('\x1b') && !text.contains("panicked"),
        "{text}"
    );
}

#[test]
fn output_that_cannot_be_written_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, stdout: Stdio| {
        let mut child = Command::new(PROGRAM)
            .args(["--ui", "none", "--width", "0.25", "--epochs-local", "1"])
            .args([
                "--epochs-readout",
                "1",
                "--halvings",
                "",
                "--backprop",
                "none",
            ])
            .arg("--out")
            .arg(folder.path().join(name))
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Nobody reads.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {text}");
        assert!(folder.path().join(name).join("result.json").exists());
        text
    };
    assert_eq!(run("closed", Stdio::piped()), "");
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let text = run("full", full.into());
        assert!(
            text.contains("cannot write to the standard output"),
            "{text}"
        );
    }
}

//! Hidden units that an earlier run has learned serve another.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const FLAGS: &str =
    "--ui none --set hidden=60 --batch-size 50 --epochs-readout 3 --epochs-backprop 1";

fn run(out: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(FLAGS.split(' '))
        .args(flags)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn of(out: &Path, key: &str) -> Value {
    let result = fs::read(out.join("result.json")).unwrap();
    let mut result: Value = serde_json::from_slice(&result).unwrap();
    result["hebbian"][key].take()
}

#[test]
fn the_hidden_units_of_a_finished_run_end_as_they_did_there() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second, other] = ["first", "second", "other"].map(|name| dir.path().join(name));
    assert!(run(&first, &["--epochs-hebbian", "3"]).status.success());
    let from = first.to_str().unwrap();
    // Nothing learns them again.
    let output = run(
        &second,
        &["--from-hidden", from, "--epochs-hebbian", "1000000"],
    );
    assert!(output.status.success(), "{}", errors(&output));
    for key in ["test_error", "train_error", "converged", "seconds_hebbian"] {
        assert_eq!(of(&second, key), of(&first, key), "{key}");
    }
    let network = |out: &Path| fs::read(out.join("hebbian.safetensors")).unwrap();
    assert!(network(&first) == network(&second));
    assert!(second.join("weights.gif").exists());

    for (flag, value, expected) in [
        (
            "--hidden",
            "80",
            "hidden = 80 is not allowed: it must be 60, the",
        ),
        (
            "--centre",
            "false",
            "centre = false is not allowed: it must be true, as in",
        ),
    ] {
        let output = run(&other, &["--from-hidden", from, flag, value]);
        assert_eq!(output.status.code(), Some(2));
        let message = errors(&output);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_a_run_that_diverged_has_learned_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = ["first run", "second"].map(|name| dir.path().join(name));
    let output = run(&first, &["--power", "1000"]);
    assert_eq!(output.status.code(), Some(1));
    let message = errors(&output);
    let from = first.to_str().unwrap();
    let advice = format!("--from-hidden '{from}' --out DIR keeps the hidden units");
    assert!(
        message.contains("beyond single precision; lower the power"),
        "{message}"
    );
    assert!(message.contains(&advice), "{message}");
    let output = run(&second, &["--from-hidden", from]);
    assert!(output.status.success(), "{}", errors(&output));

    let third = dir.path().join("third");
    let output = run(&third, &["--from-hidden", from, "--centre", "false"]);
    assert!(errors(&output).contains("centre = false"), "{output:?}");

    let output = run(&third, &["--from-hidden", "no/such/run"]);
    assert_eq!(output.status.code(), Some(2));
    let message = errors(&output);
    assert!(
        message.contains("no/such/run") && message.contains("it holds no run, ended or not"),
        "{message}"
    );
}

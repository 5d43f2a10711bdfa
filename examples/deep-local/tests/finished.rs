//! What is done with a finished run: its networks are asked, and its arrays go elsewhere.

#[path = "../../image-runs/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{assert_python, digits, error, predicted, succeed};

const PROGRAM: &str = env!("CARGO_BIN_EXE_deep-local");

/// Trains on the digits with `flags`, and asks the networks here and in Python for the class of each test image.
fn assert_answers(flags: &str, networks: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut command = Command::new(PROGRAM);
    let short = "--ui none --epochs-readout 10 --halvings 8 --tensorboard";
    command.args(short.split(' ')).args(flags.split(' '));
    succeed(command.arg("--out").arg(&run));
    let (images, files) = digits(folder.path());
    let classes = predicted(PROGRAM, &run, &files);
    let result: Value =
        serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
    assert_eq!(classes.len(), networks.len());
    for (network, key) in networks {
        let found = error(&classes[*network], &images);
        assert_eq!(result[key]["test_error"], found, "{flags}: {network}");
    }
    succeed(Command::new(PROGRAM).arg("export").arg(&run));
    assert_python("deep_local", "torch", &run, &images, &classes);
    assert_python("numpy_only", "numpy", &run, &images, &classes);
    assert_shown(&run);
}

/// Asserts that TensorBoard is told of the epochs and of the filters.
fn assert_shown(run: &Path) {
    let mut events = fs::read_dir(run.join("tensorboard")).unwrap();
    let bytes = fs::read(events.next().unwrap().unwrap().path()).unwrap();
    let count = |tag: &str| {
        let parts = bytes.windows(tag.len());
        parts.filter(|part| *part == tag.as_bytes()).count()
    };
    assert_eq!(count("readout/Accuracy/test"), 10);
    assert_eq!(count("local/filters"), 1);
}

#[test]
fn all_networks_of_a_run_answer_as_they_were_judged_here_and_in_python() {
    let networks = [
        ("local", "local"),
        ("backprop", "backprop"),
        ("fine-tuned", "fine_tuned"),
    ];
    let flags = "--backprop epochs --epochs-backprop 2 --halvings-backprop 1 --fine-tune";
    assert_answers(flags, &networks);
}

#[test]
fn so_do_mirrored_features_and_patches_of_unit_length() {
    let flags = "--backprop none --rule krotov-hopfield --mirror-features";
    assert_answers(flags, &[("local", "local")]);
}

//! Few labels: the readout learns from them, the hidden units from all images.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use safetensors::SafeTensors;
use tempfile::TempDir;

fn run(out: &Path, flags: &str) -> Output {
    let base = "--ui none --only biological --epochs-hebbian 2 --epochs-readout 2";
    Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(base.split(' ').chain(flags.split(' ')))
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

/// The synapses and the readout's weights.
fn weights(out: &Path) -> [Vec<u8>; 2] {
    let file = fs::read(out.join("hebbian.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    ["hidden.weight", "readout.weight"].map(|name| tensors.tensor(name).unwrap().data().to_vec())
}

/// The weights after a run in a folder of its own.
fn learned(dir: &TempDir, flags: &str) -> [Vec<u8>; 2] {
    let out = dir.path().join(flags);
    let output = run(&out, flags);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    weights(&out)
}

#[test]
fn labels_are_for_the_readout_alone() {
    let dir = tempfile::tempdir().unwrap();
    let [few, all] = ["20", "0"].map(|labels| learned(&dir, &format!("--labels {labels}")));
    assert!(few[0] == all[0]);
    assert!(few[1] != all[1]);
}

#[test]
fn images_without_a_label_tell_how_large_a_feature_is() {
    // A readout that does not move is its start, divided by the size of each feature.
    let dir = tempfile::tempdir().unwrap();
    let [few, all] = ["20", "0"].map(|labels| {
        let still = "--learning-rates-readout 1e-30 --feature-scale unit";
        learned(&dir, &format!("{still} --labels {labels}"))
    });
    assert!(few[1] == all[1]);
}

#[test]
fn what_the_images_do_not_allow_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    for (flags, message) in [
        ("--labels 5", "labels = 5 is not allowed"),
        (
            "--start differences --hidden 800",
            "hidden = 800 is not allowed: it must be at most",
        ),
    ] {
        let output = run(&out, flags);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(message), "{error}");
        assert!(!out.exists());
    }
}

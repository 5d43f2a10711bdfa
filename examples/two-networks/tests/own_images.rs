//! Images of the user's own.

#[path = "../../image-runs/tests/support/own.rs"]
mod own;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use own::coloured_classes;
use serde_json::Value;

const CLASSES: u8 = 37;

/// Runs the program on the folder `images` with `flags`.
fn run(images: &Path, out: &Path, flags: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(["--ui", "none", "--hidden", "100", "--delta", "0"])
        .args(["--epochs-hebbian", "60", "--batch-size", "10"])
        .args(["--epochs-readout", "20", "--batch-size-readout", "10"])
        .args(["--epochs-backprop", "20", "--batch-size-backprop", "10"])
        .arg(format!("--dataset=folder:{}", images.display()))
        .arg("--out")
        .arg(out)
        .args(flags.split_whitespace())
        .output()
        .unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn coloured_pictures_of_many_classes_are_learned_and_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (images, out) = (dir.path().join("my pictures"), dir.path().join("out"));
    let files = coloured_classes(&images, CLASSES, 10, 12);
    let output = run(&images, &out, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let first = text(&output.stdout).lines().next().unwrap().to_string();
    assert_eq!(
        first,
        "my pictures: 370 images of 37 classes, 12 x 12 colour; 296 to learn from, 74 to test, drawn from each class"
    );
    let result: Value =
        serde_json::from_slice(&fs::read(out.join("result.json")).unwrap()).unwrap();
    assert_eq!(result["dataset"], "my pictures");
    // Chance errs on 97 %.
    for network in ["hebbian", "backprop"] {
        let error = result[network]["test_error"].as_f64().unwrap();
        assert!(error < 60.0, "{network}: {error} %");
    }
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("Two networks on my pictures"));

    // The folder may be gone.
    fs::rename(&images, dir.path().join("elsewhere")).unwrap();
    let moved = files.iter().map(|file| {
        let rest = file.strip_prefix(&images).unwrap();
        dir.path().join("elsewhere").join(rest)
    });
    let output = Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(["predict", "--json"])
        .arg(&out)
        .args(moved.take(3))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    for line in text(&output.stdout).lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert!(
            answer["name"].as_str().unwrap().starts_with("class "),
            "{line}"
        );
    }
}

#[test]
fn a_file_that_is_no_image_is_refused_or_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let (images, out) = (dir.path().join("pictures"), dir.path().join("out"));
    coloured_classes(&images, 3, 5, 12);
    fs::write(images.join("class 01/notes.txt"), "about").unwrap();
    let output = run(&images, &out, "");
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    let named = "notes.txt: it is a text instead of a PNG or JPEG image; \
                 --skip-bad-images leaves such files out";
    assert!(message.contains(named), "{message}");
    assert!(!out.exists(), "nothing is written");

    let output = run(&images, &out, "--skip-bad-images --image-size 6");
    let message = text(&output.stderr);
    assert!(output.status.success(), "{message}");
    assert!(message.contains("notes.txt: it is a text"), "{message}");
    assert!(message.contains("; it is left out"), "{message}");
    let found = text(&output.stdout);
    assert!(
        found.starts_with("pictures: 15 images of 3 classes, 6 x 6 colour (15 were"),
        "{found}"
    );
}

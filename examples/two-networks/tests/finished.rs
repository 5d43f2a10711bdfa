//! What is done with a finished run: its networks are asked, and its arrays go elsewhere.

#[path = "../../image-runs/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use safetensors::SafeTensors;
use serde_json::Value;
use support::{assert_python, digits, error, predicted, succeed};

const PROGRAM: &str = env!("CARGO_BIN_EXE_two-networks");

/// A short run on the digits.
fn train(out: &Path, more: &str) {
    let flags =
        "--ui none --hidden 100 --epochs-hebbian 20 --epochs-readout 10 --epochs-backprop 10";
    let mut command = Command::new(PROGRAM);
    command.args(flags.split(' ')).args(more.split_whitespace());
    succeed(command.arg("--out").arg(out));
}

fn export(run: &Path, more: &[&str]) {
    succeed(Command::new(PROGRAM).arg("export").arg(run).args(more));
}

#[test]
fn files_of_the_test_images_are_answered_as_the_run_was_judged_here_and_in_python() {
    let folder = tempfile::tempdir().unwrap();
    let (images, files) = digits(folder.path());
    let networks = [("biological", "hebbian"), ("backprop", "backprop")];
    for (flags, networks) in [
        ("--beta 0.3", &networks[..]),
        ("--centre false --only biological", &networks[..1]),
        ("--only backprop", &networks[1..]),
    ] {
        let run = folder.path().join(flags);
        train(&run, flags);
        let classes = predicted(PROGRAM, &run, &files);
        assert_eq!(classes.len(), networks.len());
        let result: Value =
            serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
        for (network, key) in networks {
            let found = error(&classes[*network], &images);
            let judged = result[key]["test_error"].as_f64().unwrap();
            assert!(
                (judged - found).abs() < 1e-9,
                "{flags}: {network}: {judged} and {found}"
            );
        }

        export(&run, &[]);
        assert_python("two_networks", "torch", &run, &images, &classes);
        assert_python("numpy_only", "numpy", &run, &images, &classes);
    }
}

#[test]
fn an_export_has_plain_names_and_says_what_else_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "--power 3.5");
    let file = folder.path().join("arrays");
    export(
        folder.path(),
        &["--format", "safetensors", "--out", file.to_str().unwrap()],
    );
    let bytes = fs::read(file).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let about: Value = serde_json::from_str(&header.metadata().as_ref().unwrap()["about"]).unwrap();
    assert_eq!(about["power"], 3.5);
    assert_eq!(about["image"], serde_json::json!([1, 8, 8]));
    assert_eq!(about["settings"]["hidden"], 100);
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut shapes: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (name, tensor.shape().to_vec()))
        .collect();
    shapes.sort();
    let expected = [
        ("backprop.hidden.bias", vec![100]),
        ("backprop.hidden.weight", vec![100, 64]),
        ("backprop.readout.bias", vec![10]),
        ("backprop.readout.weight", vec![10, 100]),
        ("biological.centre", vec![64]),
        ("biological.readout.weight", vec![10, 100]),
        ("biological.synapses", vec![100, 64]),
    ];
    assert_eq!(shapes, expected);
}

#[test]
fn a_file_that_is_no_image_is_named_and_the_others_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(&run, "");
    let (_, files) = digits(folder.path());
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "no image").unwrap();
    let page = folder.path().join("page.png");
    image::GrayImage::from_pixel(20, 20, image::Luma([255]))
        .save(&page)
        .unwrap();
    let output = Command::new(PROGRAM)
        .args(["predict", "--units", "2"])
        .arg(&run)
        .args([&files[0], &notes, &page])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    for part in [
        "notes.txt: it is a text instead of a PNG or JPEG image",
        "page.png: 20 x 20 pixels are scaled to 8 x 8\n",
        "--invert",
        "error: 1 of 3 files are no images",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 4, "two files by two networks: {lines:?}");
    for (line, network) in lines.iter().zip(["biological", "backprop"]) {
        assert!(line.contains(&format!("0.png  {network}")), "{line}");
        let units = line.split("units ").nth(1).unwrap();
        assert_eq!(units.split(' ').count(), 2, "{line}");
    }
}

#[test]
fn a_folder_without_a_finished_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["predict", "export"] {
        let mut program = Command::new(PROGRAM);
        program.arg(command).arg(folder.path());
        if command == "predict" {
            program.arg("image.png");
        }
        let output = program.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("no finished run"), "{text}");
    }
}

#[test]
fn tensorboard_is_told_of_each_epoch_and_of_the_detectors() {
    let run = tempfile::tempdir().unwrap();
    train(run.path(), "--tensorboard");
    let events: Vec<_> = fs::read_dir(run.path().join("tensorboard"))
        .unwrap()
        .collect();
    assert_eq!(events.len(), 1);
    let bytes = fs::read(events[0].as_ref().unwrap().path()).unwrap();
    let count = |tag: &str| {
        let parts = bytes.windows(tag.len());
        parts.filter(|part| *part == tag.as_bytes()).count()
    };
    assert_eq!(count("hebbian/Converged Units/test"), 20);
    assert_eq!(count("readout/Accuracy/test"), 10);
    assert_eq!(count("backprop/Loss/train"), 10);
    assert_eq!(count("hebbian/detectors"), 1);
    // A new run without it leaves no curves of the old one.
    train(run.path(), "--overwrite");
    assert!(!run.path().join("tensorboard").exists());
}

//! Images that nobody would choose, and too few of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Writes a folder of idx files, each image of the value that `pixel` gives for it and a place.
fn write_images(dir: &Path, train: usize, pixel: fn(usize, usize) -> u8) {
    let folder = dir.join("mnist");
    fs::create_dir_all(&folder).unwrap();
    for (part, count) in [("train", train), ("t10k", 3)] {
        let header = |words: &[usize]| -> Vec<u8> {
            let words = words.iter().map(|word| *word as u32);
            words.flat_map(u32::to_be_bytes).collect()
        };
        let mut images = header(&[0x803, count, 28, 28]);
        images.extend((0..count).flat_map(|image| (0..784).map(move |place| pixel(image, place))));
        let mut labels = header(&[0x801, count]);
        labels.extend((0..count).map(|image| (image % 10) as u8));
        fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}

#[test]
fn a_run_on_odd_images_ends_with_numbers_and_a_report() {
    fn blank(_: usize, _: usize) -> u8 {
        0
    }
    fn constant(_: usize, _: usize) -> u8 {
        255
    }
    fn noise(image: usize, place: usize) -> u8 {
        ((image * 7919 + place * 104_729) % 256) as u8
    }
    fn half_blank(image: usize, place: usize) -> u8 {
        if image.is_multiple_of(2) {
            0
        } else {
            noise(image, place)
        }
    }
    type Pixel = fn(usize, usize) -> u8;
    let cases: [(&str, usize, Pixel); 6] = [
        ("blank images", 50, blank),
        ("constant images", 50, constant),
        ("one image", 1, noise),
        ("one blank image", 1, blank),
        ("fewer images than a batch and than hidden units", 7, noise),
        ("every second image blank", 40, half_blank),
    ];
    for backend in backends() {
        for (name, count, pixel) in cases {
            let dir = tempfile::tempdir().unwrap();
            write_images(dir.path(), count, pixel);
            let out = dir.path().join("out");
            let output = Command::new(env!("CARGO_BIN_EXE_two-networks"))
                .args(["--ui", "none", "--dataset", "mnist", "--hidden", "30"])
                .args(["--backend", backend, "--batch-size", "20"])
                .args(["--epochs-hebbian", "4", "--epochs-readout", "3"])
                .args(["--epochs-backprop", "3"])
                .arg("--data-dir")
                .arg(dir.path())
                .arg("--out")
                .arg(&out)
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name} on {backend}: {text}");
            let result = fs::read(out.join("result.json")).unwrap();
            let result: Value = serde_json::from_slice(&result).unwrap();
            for network in ["hebbian", "backprop"] {
                for error in ["train_error", "test_error"] {
                    let value = result[network][error].as_f64().unwrap();
                    assert!((0.0..=100.0).contains(&value), "{name}: {network} {value}");
                }
            }
            assert!(out.join("report.html").exists(), "{name}");
        }
    }
}

fn backends() -> Vec<&'static str> {
    let mut backends = vec!["flex"];
    if cfg!(feature = "ndarray") {
        backends.push("ndarray");
    }
    backends
}

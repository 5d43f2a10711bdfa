//! Images that nobody would choose, and too few of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use safetensors::SafeTensors;
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
    // With the fewest and the most training images that can be answered rightly: equal images have
    // equal answers, and each class has a tenth of the images.
    let cases: [(&str, usize, Pixel, [usize; 2]); 6] = [
        ("blank images", 50, blank, [5, 5]),
        ("constant images", 50, constant, [5, 5]),
        ("one image", 1, noise, [0, 1]),
        ("one blank image", 1, blank, [0, 1]),
        (
            "fewer images than a batch and than hidden units",
            7,
            noise,
            [0, 7],
        ),
        // The blank ones are of five classes.
        ("every second image blank", 40, half_blank, [0, 24]),
    ];
    for backend in backends() {
        for (name, count, pixel, [fewest, most]) in cases {
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
                let error = result[network]["train_error"].as_f64().unwrap();
                let right = (100.0 - error) / 100.0 * count as f64;
                let range = fewest as f64 - 1e-6..=most as f64 + 1e-6;
                let what = format!("{name} on {backend}: {network}");
                assert!(range.contains(&right), "{what}: {right} right answers");
                let whole = (right - right.round()).abs() < 1e-6;
                assert!(whole, "{what}: {right} right answers of {count}");
                let weights = fs::read(out.join(format!("{network}.safetensors"))).unwrap();
                let weights = SafeTensors::deserialize(&weights).unwrap();
                for (parameter, tensor) in weights.tensors() {
                    let (words, _) = tensor.data().as_chunks();
                    let mut values = words.iter().copied().map(f32::from_le_bytes);
                    assert!(values.all(f32::is_finite), "{what}: {parameter}");
                }
            }
            let report = fs::read_to_string(out.join("report.html")).unwrap();
            for figure in ["Published error", "data:image/gif;base64,"] {
                assert!(report.contains(figure), "{name}: no {figure}");
            }
            let metrics = fs::read_to_string(out.join("metrics.csv")).unwrap();
            for value in ["NaN", "inf"] {
                assert!(!metrics.contains(value), "{name}: {metrics}");
            }
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

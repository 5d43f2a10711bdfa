//! What the tests of both programs share: the digits as image files, and who says what of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::GrayImage;
use image_sets::{ImageSet, Images};
use serde_json::Value;

/// The classes of the test images by each network.
pub type Classes = BTreeMap<String, Vec<u64>>;

/// Where the Python files are.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pytorch");

/// The test images of the digits, and their files in `folder`.
pub fn digits(folder: &Path) -> (Images, Vec<PathBuf>) {
    let images = ImageSet::Digits.load(None).unwrap().test;
    let write = |i: usize| {
        let grey = images
            .image(i)
            .iter()
            .map(|&value| (u16::from(value) * 255 / 16) as u8);
        let file = folder.join(format!("{i}.png"));
        let image = GrayImage::from_raw(8, 8, grey.collect()).unwrap();
        image.save(&file).unwrap();
        file
    };
    let files = (0..images.len()).map(write).collect();
    (images, files)
}

/// Runs the program, which is to succeed.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    output
}

/// What `predict --json` says of each file.
pub fn predicted(program: &str, run: &Path, files: &[PathBuf]) -> Classes {
    let mut command = Command::new(program);
    let output = succeed(command.arg("predict").arg(run).args(files).arg("--json"));
    assert!(output.stderr.is_empty(), "{output:?}");
    let mut classes = Classes::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let network = answer["network"].as_str().unwrap().to_string();
        let of_network = classes.entry(network).or_default();
        let file = files[of_network.len()].to_str().unwrap();
        assert_eq!(answer["file"], file);
        of_network.push(answer["class"].as_u64().unwrap());
    }
    classes
}

/// The share of `classes` that are not those of the images, in percent.
pub fn error(classes: &[u64], images: &Images) -> f64 {
    assert_eq!(classes.len(), images.len());
    let pairs = classes.iter().zip(&images.labels);
    let wrong = pairs
        .filter(|&(&class, &label)| class != u64::from(label))
        .count();
    100.0 * wrong as f64 / images.len() as f64
}

/// Asserts that `module` of the Python files, which needs numpy and the packages `needs`, finds `classes` by the export of the
/// `run`, where `python3`, or what `PYTHON` names, has them.
pub fn assert_python(module: &str, needs: &str, run: &Path, images: &Images, classes: &Classes) {
    let python = std::env::var("PYTHON").unwrap_or("python3".into());
    let has = Command::new(&python)
        .args(["-c", &format!("import {needs}")])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        return println!("skipped: {python} has no {needs}");
    }
    let pixels = run.join("pixels");
    let values = images.pixels.iter().map(|&value| f32::from(value) / 16.0);
    fs::write(
        &pixels,
        values.flat_map(f32::to_le_bytes).collect::<Vec<_>>(),
    )
    .unwrap();
    let wrap = if needs.contains("torch") {
        "torch.from_numpy"
    } else {
        "numpy.asarray"
    };
    let script = format!(
        "import json, sys, numpy, {needs}\n\
         sys.path.insert(0, sys.argv[1])\n\
         import {module}\n\
         networks = {module}.load(sys.argv[2])\n\
         images = {wrap}(numpy.fromfile(sys.argv[3], numpy.float32).reshape(-1, *json.loads(sys.argv[4])))\n\
         print(json.dumps({{name: network(images).argmax(1).tolist() for name, network in networks.items()}}))"
    );
    let shape = if module == "two_networks" {
        "[64]"
    } else {
        "[1, 8, 8]"
    };
    let mut command = Command::new(python);
    command
        .args(["-B", "-c", &script, PYTHON])
        .arg(run.join("export.npz"));
    let output = succeed(command.arg(pixels).arg(shape));
    let found: Classes = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found, *classes, "{module}");
}

//! The whole report, from the files of a small made-up run.

use std::fs;
use std::path::Path;

use burn_runs::files::FileError;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::*;

const SIDE: usize = 8;
const VISIBLE: usize = SIDE * SIDE;
const UNITS: usize = 24;
const SHOWN: usize = 20;
const FRAMES: usize = 3;

#[test]
fn a_run_becomes_a_page_and_an_animation() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), 1);
    draw(dir.path()).unwrap();

    let page = fs::read_to_string(dir.path().join("report.html")).unwrap();
    let headings = [
        "Two networks on digits",
        "What the hidden units look for",
        "Errors over the epochs",
        "Convergence of the local rule",
        "Wins per hidden unit",
        "Presence and absence",
        "Nearest training images",
        "Active units per image",
        "The growth of the weights",
        "Settings",
        "Run it again",
    ];
    let places: Vec<_> = headings
        .map(|heading| page.find(&format!("{heading}</h")).expect(heading))
        .into();
    assert!(places.is_sorted());
    assert!(!page.contains("src=\"http") && !page.contains("<script") && !page.contains("<link"));
    assert_eq!(
        page.matches("src=").count(),
        page.matches("src=\"data:image/").count()
    );
    assert!(page.contains("<dt>delta</dt><dd>0.4</dd>") && page.contains("2 of 24 units win none"));
    assert_eq!(frames(dir.path()), FRAMES);
}

#[test]
fn a_network_alone_has_a_page_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), 1);
    let file = dir.path().join("result.json");
    let both: RunResult = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let page = |result: &RunResult| {
        write_json(dir.path(), "result.json", result);
        draw(dir.path()).unwrap();
        fs::read_to_string(dir.path().join("report.html")).unwrap()
    };
    let mut alone = RunResult {
        hebbian: None,
        ..both.clone()
    };
    fs::remove_file(dir.path().join("hebbian.safetensors")).unwrap();
    fs::remove_file(dir.path().join("snapshots.safetensors")).unwrap();
    let backprop = page(&alone);
    assert!(backprop.contains("The backprop network on digits"));
    assert!(backprop.contains("Presence and absence") && !backprop.contains("Wins per"));
    assert!(!dir.path().join("weights.gif").exists());

    alone.backprop = None;
    write_json(dir.path(), "result.json", &alone);
    let none = draw(dir.path()).unwrap_err().to_string();
    assert!(none.contains("it tells of no network"), "{none}");

    write_run(dir.path(), 1);
    alone.hebbian = both.hebbian;
    fs::remove_file(dir.path().join("backprop.safetensors")).unwrap();
    let biological = page(&alone);
    assert!(biological.contains("The biological network on digits"));
    assert!(biological.contains("Wins per hidden unit") && !biological.contains("Backprop"));
}

#[test]
fn colour_images_are_drawn_too() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), 3);
    draw(dir.path()).unwrap();
    assert_eq!(frames(dir.path()), FRAMES);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), 3);
    let bytes = || {
        draw(dir.path()).unwrap();
        ["report.html", "weights.gif"].map(|name| fs::read(dir.path().join(name)).unwrap())
    };
    assert!(bytes() == bytes());
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        9,
        "no partial file is left"
    );
}

#[test]
fn a_bad_file_is_named_and_nothing_is_written() {
    let files = [
        "config.json",
        "metrics.csv",
        "result.json",
        "analysis.json",
        "hebbian.safetensors",
        "backprop.safetensors",
        "snapshots.safetensors",
    ];
    for name in files {
        let dir = tempfile::tempdir().unwrap();
        write_run(dir.path(), 1);
        let file = dir.path().join(name);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
        let truncated = draw(dir.path()).unwrap_err();
        assert!(
            matches!(truncated, ReportError::File(FileError::Malformed { .. })),
            "{truncated}"
        );
        assert!(truncated.to_string().contains(name), "{truncated}");
        fs::remove_file(&file).unwrap();
        let missing = draw(dir.path()).unwrap_err();
        assert!(
            matches!(missing, ReportError::File(FileError::Read { .. })),
            "{missing}"
        );
        assert!(missing.to_string().contains(name), "{missing}");
        assert!(!dir.path().join("report.html").exists());
    }
}

#[test]
fn analysis_that_does_not_fit_the_network_is_refused() {
    type Spoil = fn(&mut Analysis);
    let cases: [(&str, Spoil); 5] = [
        ("unit 24", |a| a.shown_hebbian[3] = UNITS),
        ("`shown_backprop` is empty", |a| a.shown_backprop.clear()),
        ("`wins` has 23 entries", |a| a.wins.truncate(23)),
        ("`nearest` names unit 99", |a| a.nearest[0].unit = 99),
        ("1 values instead of 64", |a| {
            a.nearest[0].pixels.truncate(1)
        }),
    ];
    for (part, spoil) in cases {
        let dir = tempfile::tempdir().unwrap();
        write_run(dir.path(), 1);
        let mut analysis = analysis(VISIBLE);
        spoil(&mut analysis);
        write_json(dir.path(), "analysis.json", &analysis);
        let text = draw(dir.path()).unwrap_err().to_string();
        assert!(
            text.contains("analysis.json") && text.contains(part),
            "{text}"
        );
    }
}

fn frames(dir: &Path) -> usize {
    let file = fs::File::open(dir.join("weights.gif")).unwrap();
    let mut decoder = gif::DecodeOptions::new().read_info(file).unwrap();
    let mut frames = 0;
    while decoder.read_next_frame().unwrap().is_some() {
        frames += 1;
    }
    frames
}

/// Weights like strokes, with a value that is no number among them.
fn weights(units: usize, visible: usize) -> Vec<f32> {
    let mut weights: Vec<f32> = (0..units * visible)
        .map(|n| (n as f32 * 0.37).sin() * 0.4)
        .collect();
    weights[5] = f32::NAN;
    weights
}

fn analysis(visible: usize) -> Analysis {
    Analysis {
        image: ImageInfo {
            channels: visible / VISIBLE,
            height: SIDE,
            width: SIDE,
            white: 16.0,
        },
        shown_hebbian: (0..SHOWN).collect(),
        shown_backprop: (2..SHOWN + 2).collect(),
        wins: (0..UNITS as u64).map(|n| n.saturating_sub(1) * 7).collect(),
        norms: (0..UNITS).map(|n| 0.9 + 0.1 * n as f32).collect(),
        positive_units: vec![9, 11, 14],
        effective_units: vec![4.5, 6.0, 7.25],
        nearest: vec![Nearest {
            unit: 3,
            image: 17,
            cosine: 0.71,
            pixels: (0..visible).map(|n| (n % 17) as u8).collect(),
        }],
    }
}

fn write_run(dir: &Path, channels: usize) {
    let visible = channels * VISIBLE;
    let config = serde_json::json!({
        "dataset": "digits",
        "hidden": UNITS, "p": 3.0, "k": 7, "delta": 0.4,
    });
    write_json(dir, "config.json", &config);
    write_json(dir, "analysis.json", &analysis(visible));
    let result = RunResult {
        dataset: "digits".into(),
        backend: "flex".into(),
        device: "flex, a processor, 2 cores".into(),
        seed: 3,
        preset: "quick".into(),
        hebbian: Some(HebbianResult {
            train_error: 1.0,
            test_error: Some(3.0),
            validation_error: None,
            converged: 90.0,
            dead_units: 8.3,
            seconds_hebbian: 2.0,
            seconds_readout: 1.0,
        }),
        backprop: Some(BackpropResult {
            train_error: 0.0,
            test_error: Some(2.5),
            validation_error: None,
            seconds: 1.5,
        }),
    };
    write_json(dir, "result.json", &result);
    let metrics = "network,stage,epoch,split,error,loss,converged\n\
        hebbian,hebbian,1,train,,,10\nhebbian,hebbian,2,train,,,90\n\
        hebbian,readout,1,train,4,0.5,\nhebbian,readout,1,test,6,0.6,\n\
        hebbian,readout,2,train,1,0.2,\nhebbian,readout,2,test,3,0.3,\n\
        backprop,backprop,1,train,2,0.4,\nbackprop,backprop,1,test,2.5,0.4,\n";
    fs::write(dir.join("metrics.csv"), metrics).unwrap();
    let hidden = "hidden.weight";
    write_tensors(
        dir,
        "hebbian",
        &[(hidden, &[UNITS, visible], &weights(UNITS, visible))],
    );
    write_tensors(
        dir,
        "backprop",
        &[(hidden, &[visible, UNITS], &weights(visible, UNITS))],
    );
    let shape = [FRAMES, SHOWN, visible];
    let snapshots = weights(FRAMES * SHOWN, visible);
    let epochs = ("epochs", &[FRAMES][..], &[0.0, 1.0, 2.0][..]);
    write_tensors(dir, "snapshots", &[("weights", &shape, &snapshots), epochs]);
}

fn write_json(dir: &Path, name: &str, value: &impl serde::Serialize) {
    fs::write(dir.join(name), serde_json::to_vec_pretty(value).unwrap()).unwrap();
}

fn write_tensors(dir: &Path, name: &str, tensors: &[(&str, &[usize], &[f32])]) {
    let bytes = tensors.iter().map(|t| {
        t.2.iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<u8>>()
    });
    let bytes: Vec<_> = bytes.collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|(&(name, shape, _), bytes)| {
            (
                name.to_string(),
                TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap(),
            )
        });
    let file = dir.join(format!("{name}.safetensors"));
    fs::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

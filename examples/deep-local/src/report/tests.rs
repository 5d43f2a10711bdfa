//! The whole report, from the files of a small made-up run.

use std::fs;
use std::path::Path;

use burn_runs::files::FileError;
use burn_runs::metrics::to_csv;
use image_runs::{IMAGES, ImageKind};
use image_sets::ImageSet;

use super::*;
use crate::settings::Rule;

/// Kernel, field and units of each block.
const BLOCKS: [(usize, usize, usize); 3] = [(5, 5, 12), (3, 12, 30), (3, 26, 9)];

#[test]
fn a_run_becomes_a_page() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), ImageSet::Cifar10);
    draw(dir.path()).unwrap();

    let page = fs::read_to_string(dir.path().join("report.html")).unwrap();
    let headings = [
        "Deep local learning on CIFAR-10",
        "Errors over the epochs",
        "The blocks",
        "What the first block looks for",
        "What excites the deeper blocks",
        "Lengths and wins",
        "Settings",
        "Run it again",
    ];
    let places = headings.map(|heading| page.find(&format!("{heading}</h")).expect(heading));
    assert!(places.is_sorted());
    assert!(!page.contains("src=\"http") && !page.contains("<script") && !page.contains("<link"));
    let pictures = page.matches("src=\"data:image/").count();
    // The filters, and the patches of 24 and 8 units that win.
    assert_eq!((page.matches("src=").count(), pictures), (33, 33));
    for part in [
        "backpropagation reaches 12.50",
        "<dt>learning_rates</dt><dd>0.08,0.01</dd>",
        "64.50\u{202f}%",
        "26 \u{d7} 26",
        "Mean norm of a unit",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[test]
fn gray_images_are_drawn_too_and_the_same_run_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    write_run(dir.path(), ImageSet::Mnist);
    let bytes = || {
        draw(dir.path()).unwrap();
        fs::read(dir.path().join("report.html")).unwrap()
    };
    assert!(bytes() == bytes());
    let files = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, 6, "no partial file is left");
}

#[test]
fn a_bad_file_is_named_and_nothing_is_written() {
    for name in [
        "config.json",
        "images.json",
        "metrics.csv",
        "result.json",
        "analysis.json",
    ] {
        let dir = tempfile::tempdir().unwrap();
        write_run(dir.path(), ImageSet::Cifar10);
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
fn analysis_that_does_not_fit_the_result_is_refused() {
    type Spoil = fn(&mut Analysis);
    let cases: [(&str, Spoil); 6] = [
        ("[12, 30] units", |a| a.blocks.truncate(2)),
        ("block 2: `wins` has 29 entries", |a| {
            a.blocks[1].wins.truncate(29)
        }),
        ("block 3: no unit sees a square of 0", |a| {
            a.blocks[2].field = 0
        }),
        ("block 1: 7 values are no 12 filters", |a| {
            a.blocks[0].filters = Some(vec![0.0; 7]);
        }),
        ("block 2: there is no unit 30", |a| {
            a.blocks[1].excited[0].unit = 30
        }),
        ("has 1 values instead of 2028", |a| {
            a.blocks[2].excited[0].patches[0].pixels.0.truncate(1);
        }),
    ];
    for (part, spoil) in cases {
        let dir = tempfile::tempdir().unwrap();
        write_run(dir.path(), ImageSet::Cifar10);
        let mut analysis = analysis(ImageSet::Cifar10);
        spoil(&mut analysis);
        write_json(dir.path(), "analysis.json", &analysis);
        let text = draw(dir.path()).unwrap_err().to_string();
        assert!(
            text.contains("analysis.json") && text.contains(part),
            "{text}"
        );
    }
}

/// Smooth values from -1 to 1.
fn wave(count: usize, pace: f32) -> impl Iterator<Item = f32> {
    (0..count).map(move |n| (n as f32 * pace).sin())
}

fn analysis(dataset: ImageSet) -> Analysis {
    let channels = dataset.shape().channels;
    let blocks = BLOCKS.iter().enumerate();
    let blocks = blocks.map(|(block, &(kernel, field, units))| {
        let shown = (1..units).take(24 * block);
        let excited = shown.map(|unit| Excited {
            unit,
            patches: (0..6)
                .map(|n| Patch {
                    image: 7 * n,
                    top: 5 * n as i64 - 11,
                    left: 20 - 6 * n as i64,
                    pixels: Pixels(
                        wave(channels * field * field, 0.1 + 0.01 * n as f32)
                            .map(|value| (127.0 + 120.0 * value) as u8)
                            .collect(),
                    ),
                })
                .collect(),
        });
        BlockAnalysis {
            channels: if block == 0 { channels } else { 12 },
            kernel,
            field,
            directions: units as f64 / 2.0,
            lengths: wave(units, 0.7).map(|value| 5.0 + 2.0 * value).collect(),
            wins: (0..units as u64).map(|n| n * n * 31).collect(),
            winner_share: Some(0.645),
            filters: (block == 0).then(|| wave(units * channels * 25, 0.37).collect()),
            excited: excited.collect(),
        }
    });
    Analysis {
        images: 2000,
        blocks: blocks.collect(),
    }
}

fn write_run(dir: &Path, dataset: ImageSet) {
    let config = serde_json::json!({
        "dataset": dataset, "learning_rates": [0.08, 0.01], "rule": "soft", "seed": 3,
    });
    write_json(dir, "config.json", &config);
    write_json(dir, "analysis.json", &analysis(dataset));
    write_json(dir, IMAGES, &ImageKind::of(dataset));
    let result = RunResult {
        dataset: dataset.name().into(),
        backend: "flex".into(),
        device: "flex, a processor, 2 cores".into(),
        seed: 3,
        preset: "quick".into(),
        rule: Rule::Soft,
        units: BLOCKS.map(|block| block.2).into(),
        local: LocalResult {
            train_error: 5.0,
            test_error: Some(19.5),
            validation_error: None,
            seconds_local: 200.0,
            seconds_features: 40.0,
            seconds_readout: 60.0,
        },
        backprop: Some(BackpropResult {
            train_error: 1.0,
            test_error: Some(12.5),
            validation_error: None,
            seconds: 299.0,
        }),
        labels: 0,
        fine_tuned: None,
    };
    write_json(dir, "result.json", &result);
    fs::write(dir.join("metrics.csv"), to_csv(&metrics())).unwrap();
}

fn metrics() -> Vec<MetricsRow> {
    let row = |stage: &str, epoch, split: &str, metric: &str, value| MetricsRow {
        stage: stage.into(),
        epoch,
        split: split.into(),
        metric: metric.into(),
        value,
    };
    let local = (1..=20).flat_map(|part| {
        let epoch = f64::from(part) / 20.0;
        (1..=3).flat_map(move |block| {
            let norm = format!("Mean Norm (block {block})");
            let dead = format!("Dead Units (block {block})");
            [
                row(
                    "local",
                    epoch,
                    "train",
                    &norm,
                    600.0 * (-epoch * f64::from(block)).exp(),
                ),
                row("local", epoch, "train", &dead, f64::from(block) / epoch),
            ]
        })
    });
    let errors = (1..=10).flat_map(|epoch| {
        let epoch = f64::from(epoch);
        [("readout", 5.0, 19.5), ("backprop", 1.0, 12.5)]
            .into_iter()
            .flat_map(move |(stage, train, test)| {
                [("train", train), ("test", test)]
                    .map(|(split, end)| row(stage, epoch, split, "Error", end + 20.0 / epoch - 2.0))
            })
    });
    local.chain(errors).collect()
}

fn write_json(dir: &Path, name: &str, value: &impl serde::Serialize) {
    fs::write(dir.join(name), serde_json::to_vec_pretty(value).unwrap()).unwrap();
}

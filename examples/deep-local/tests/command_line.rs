//! The program as a user meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn deep_local(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deep-local"))
        .args(args)
        .output()
        .expect("the program starts")
}

/// A small network on few epochs of the built-in digits.
const SMALL: &[&str] = &[
    "--ui",
    "none",
    "--width",
    "0.25",
    "--epochs-local",
    "1",
    "--epochs-readout",
    "2",
    "--halvings",
    "1",
];

const NO_BACKPROP: [&str; 2] = ["--backprop", "none"];
const WITH_BACKPROP: [&str; 4] = ["--backprop", "epochs", "--epochs-backprop", "1"];

fn small_run(out: &Path, more: &[&str]) -> Output {
    let out = ["--out", out.to_str().unwrap()];
    deep_local(&[SMALL, &out, more].concat())
}

fn finished(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The one line of an error, after checking the exit code.
fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "one sentence: {text}");
    text
}

fn read(dir: &TempDir, name: &str) -> Vec<u8> {
    fs::read(dir.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn result(dir: &TempDir) -> serde_json::Value {
    serde_json::from_slice(&read(dir, "result.json")).unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

const FILES: [&str; 10] = [
    ".lock",
    "analysis.json",
    "backprop.safetensors",
    "config.json",
    "images.json",
    "local.safetensors",
    "metrics.csv",
    "readout.safetensors",
    "report.html",
    "result.json",
];

#[test]
fn a_run_leaves_every_file_and_the_same_seed_the_same_bytes() {
    let (first, second, other) = (folder(), folder(), folder());
    for (dir, seed) in [(&first, "7"), (&second, "7"), (&other, "8")] {
        let table = finished(&small_run(
            dir.path(),
            &[&WITH_BACKPROP[..], &["--seed", seed]].concat(),
        ));
        assert!(
            table.contains("\nlocal ") && table.contains("\nbackprop "),
            "{table}"
        );
    }
    let files = fs::read_dir(first.path()).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, FILES);
    // The result and the report hold clock times.
    for name in &FILES[..8] {
        assert!(read(&first, name) == read(&second, name), "{name} differs");
    }
    let seeded = FILES[1..8].iter().filter(|name| **name != "images.json");
    for name in seeded {
        let differ = read(&first, name) != read(&other, name);
        assert!(differ, "{name} ignores the seed");
    }

    let result = result(&first);
    assert_eq!(result["dataset"], "digits");
    assert_eq!(result["rule"], "soft");
    assert_eq!(result["seed"], 7);
    for key in [
        "train_error",
        "test_error",
        "seconds_local",
        "seconds_features",
        "seconds_readout",
    ] {
        assert!(result["local"][key].is_f64(), "{key}: {result}");
    }
    for key in ["train_error", "test_error", "seconds"] {
        assert!(result["backprop"][key].is_f64(), "{key}: {result}");
    }
    assert!(result["local"].get("validation_error").is_none());

    let metrics = String::from_utf8(read(&first, "metrics.csv")).unwrap();
    assert!(metrics.starts_with("stage,epoch,split,metric,value\n"));
    for row in [
        "\nlocal,0.05,train,Dead Units (block 1),",
        "\nlocal,1.0,train,Mean Norm (block 2),",
        "\nreadout,2.0,test,Error,",
        "\nbackprop,1.0,train,Loss,",
    ] {
        assert!(metrics.contains(row), "no {row} in {metrics}");
    }
}

#[test]
fn the_network_learns_the_digits() {
    let dir = folder();
    let out = dir.path().to_str().unwrap();
    finished(&deep_local(&[
        "--ui",
        "none",
        "--out",
        out,
        "--backprop",
        "none",
    ]));
    let result = result(&dir);
    let error = result["local"]["test_error"].as_f64().unwrap();
    assert!(error < 6.0, "{error} %");
    assert!(result.get("backprop").is_none());
    assert!(!dir.path().join("backprop.safetensors").exists());
}

#[test]
fn every_rule_and_order_makes_a_run() {
    let rules = [
        "soft-all",
        "plain",
        "oja",
        "instar",
        "krotov-hopfield",
        "random",
    ];
    let rules = rules.map(|rule| ["--rule", rule]);
    let order = ["--order", "block-after-block"];
    for more in rules.iter().chain([&order]) {
        let dir = folder();
        finished(&small_run(dir.path(), &[&more[..], &NO_BACKPROP].concat()));
        let error = result(&dir)["local"]["train_error"].as_f64().unwrap();
        assert!(error < 80.0, "{more:?}: {error} %");
    }
}

#[test]
fn a_config_of_an_earlier_run_runs_again() {
    let (first, again) = (folder(), folder());
    finished(&small_run(
        first.path(),
        &[&["--radius", "20"][..], &NO_BACKPROP].concat(),
    ));
    let config = first.path().join("config.json");
    let config = ["--ui", "none", "--config", config.to_str().unwrap()];
    let out = ["--out", again.path().to_str().unwrap()];
    finished(&deep_local(&[&config[..], &out].concat()));
    for name in ["config.json", "local.safetensors", "readout.safetensors"] {
        assert!(read(&first, name) == read(&again, name), "{name} differs");
    }
}

#[test]
fn a_finished_run_is_neither_overwritten_nor_gone_on_with() {
    let dir = folder();
    finished(&small_run(dir.path(), &NO_BACKPROP));
    let before = read(&dir, "readout.safetensors");
    let other = [&["--seed", "1"][..], &NO_BACKPROP].concat();
    let text = refusal(&small_run(dir.path(), &other));
    assert!(
        text.contains("holds a finished run; choose another --out"),
        "{text}"
    );
    let path = dir.path().to_str().unwrap();
    let text = refusal(&deep_local(&["--ui", "none", "--resume", path]));
    let config = dir.path().join("config.json");
    let advice = format!("--config {} --out DIR", config.display());
    assert!(
        text.contains("has ended") && text.contains(&advice),
        "{text}"
    );
    assert!(read(&dir, "readout.safetensors") == before);

    finished(&small_run(
        dir.path(),
        &[&other[..], &["--overwrite"]].concat(),
    ));
    assert!(read(&dir, "readout.safetensors") != before);
}

#[test]
fn a_dry_run_shows_the_settings_that_a_run_would_have() {
    let dir = folder();
    let out = dir.path().join("out");
    let more = ["--falling", "--scale-features", "false", "--dry-run"];
    let shown = finished(&small_run(&out, &more));
    assert!(!out.exists());
    let config = dir.path().join("config.json");
    fs::write(&config, shown).unwrap();
    let config = [
        "--config",
        config.to_str().unwrap(),
        "--ui",
        "none",
        "--dry-run",
    ];
    let again: serde_json::Value = serde_json::from_str(&finished(&deep_local(&config))).unwrap();
    assert_eq!(again["width"], 0.25);
    assert_eq!(
        (&again["falling"], &again["scale_features"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn with_validation_the_test_set_is_not_judged() {
    let dir = folder();
    finished(&small_run(
        dir.path(),
        &[&WITH_BACKPROP[..], &["--validation", "100"]].concat(),
    ));
    let result = result(&dir);
    for network in ["local", "backprop"] {
        assert!(result[network].get("test_error").is_none());
        assert!(result[network]["validation_error"].is_f64());
    }
    let metrics = String::from_utf8(read(&dir, "metrics.csv")).unwrap();
    assert!(!metrics.contains(",test,"), "{metrics}");
}

#[test]
fn few_labels_are_learned_from_the_blocks_of_another_run() {
    let (blocks, few) = (folder(), folder());
    finished(&small_run(blocks.path(), &NO_BACKPROP));
    let origin = blocks.path().to_str().unwrap();
    let from = ["--from-local", origin, "--fine-tune"];
    let labels = ["--labels", "50", "--seed", "3"];
    let more = [&from[..], &labels, &WITH_BACKPROP].concat();
    let table = finished(&small_run(few.path(), &more));
    assert!(table.contains("\nfine-tuned "), "{table}");

    assert!(read(&blocks, "local.safetensors") == read(&few, "local.safetensors"));
    assert!(few.path().join("fine-tuned.safetensors").exists());
    let (of_blocks, of_few) = (result(&blocks), result(&few));
    let seconds = |result: &serde_json::Value| result["local"]["seconds_local"].clone();
    assert_eq!(seconds(&of_few), seconds(&of_blocks));
    assert_eq!(of_few["labels"], 50);
    // So few images are counted in steps of two percent.
    for network in ["local", "backprop", "fine_tuned"] {
        let error = of_few[network]["train_error"].as_f64().unwrap();
        assert_eq!(error % 2.0, 0.0, "{network}: {error}");
    }
    let metrics = String::from_utf8(read(&few, "metrics.csv")).unwrap();
    assert!(metrics.contains("\nfine-tuned,1.0,test,Error,") && !metrics.contains("\nlocal,"));

    let out = few.path().join("wider");
    let wider = ["--from-local", origin, "--units", "100,200"];
    let text = refusal(&small_run(&out, &wider));
    assert!(
        text.contains("units = [25, 50] is not allowed: it must be [12, 48]"),
        "{text}"
    );
    assert!(!out.exists());
}

#[test]
fn backprop_ends_when_the_time_of_the_local_run_is_spent() {
    let dir = folder();
    let more = ["--backprop", "budget", "--epochs-backprop", "1000"];
    finished(&small_run(dir.path(), &more));
    let result = result(&dir);
    let local = &result["local"];
    let parts = ["seconds_local", "seconds_features", "seconds_readout"];
    let budget: f64 = parts.iter().map(|part| local[part].as_f64().unwrap()).sum();
    let seconds = result["backprop"]["seconds"].as_f64().unwrap();
    assert!(seconds >= budget, "{seconds} of {budget}");
    let metrics = String::from_utf8(read(&dir, "metrics.csv")).unwrap();
    assert!(!metrics.contains("\nbackprop,1000.0,"));
}

#[test]
fn the_report_is_drawn_again_from_the_files() {
    let dir = folder();
    finished(&small_run(dir.path(), &NO_BACKPROP));
    let page = read(&dir, "report.html");
    fs::remove_file(dir.path().join("report.html")).unwrap();
    let path = dir.path().to_str().unwrap();
    finished(&deep_local(&["report", path]));
    assert!(read(&dir, "report.html") == page);

    fs::write(dir.path().join("result.json"), "{").unwrap();
    assert!(refusal(&deep_local(&["report", path])).contains("result.json"));
    assert!(read(&dir, "report.html") == page, "the good report stays");
}

#[test]
fn bad_input_is_one_sentence_and_leaves_nothing_behind() {
    let dir = folder();
    let out = dir.path().join("out");
    let no_data = dir.path().join("no-data");
    let no_data = [
        "--dataset",
        "mnist",
        "--data-dir",
        no_data.to_str().unwrap(),
    ];
    for (args, sentence) in [
        (
            &["--temperatures", "1,0"][..],
            "temperatures = 0 is not allowed: it must be above 0",
        ),
        (&["--kernels", "3,15"], "padding = 7 x 7 is not allowed"),
        (
            &["--poolings", "max-20-2-0,max-2-2-0"],
            "kernel_size = 20 x 20 is not allowed",
        ),
        (&["--poolings", "mean-2-2-0"], "`mean-2-2-0` is no pooling"),
        (
            &["--learning-rates", "0.1"],
            "learning_rates = [0.1] is not allowed",
        ),
        (
            &["--validation", "1437"],
            "validation = 1437 is not allowed",
        ),
        (&["--labels", "9"], "labels = 9 is not allowed"),
        (&["--rate-power", "-1"], "rate_power = -1 is not allowed"),
        (
            &["--from-local", "no/such/run"],
            "no/such/run/local.safetensors",
        ),
        (&["--config", "no/such/file.json"], "no/such/file.json"),
        (&no_data, "no-data"),
    ] {
        let output = small_run(&out, args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(sentence), "{args:?}: {text}");
        assert!(!out.exists(), "{args:?} left {}", out.display());
    }
}

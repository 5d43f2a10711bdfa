//! The program as a user meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs the program; small networks and few epochs unless `args` say otherwise.
fn two_networks(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(args)
        .output()
        .expect("the program starts")
}

const SMALL: &[&str] = &[
    "--ui",
    "none",
    "--hidden",
    "40",
    "--epochs-hebbian",
    "3",
    "--batch-size",
    "100",
    "--epochs-readout",
    "2",
    "--batch-size-readout",
    "100",
    "--epochs-backprop",
    "2",
    "--batch-size-backprop",
    "100",
    "--snapshot-every",
    "1",
];

fn small_run(out: &Path, more: &[&str]) -> Output {
    let out = ["--out", out.to_str().unwrap()];
    two_networks(&[SMALL, &out, more].concat())
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

#[test]
fn a_run_leaves_every_file_and_the_same_seed_the_same_bytes() {
    let (first, second, other) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for (dir, seed) in [(&first, "7"), (&second, "7"), (&other, "8")] {
        let output = small_run(dir.path(), &["--seed", seed]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut names: Vec<String> = fs::read_dir(first.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        ".lock",
        "analysis.json",
        "backprop.safetensors",
        "config.json",
        "hebbian.safetensors",
        "images.json",
        "metrics.csv",
        "report.html",
        "result.json",
        "snapshots.safetensors",
        "weights.gif",
    ];
    assert_eq!(names, expected);
    // The result and the report hold clock times.
    for name in expected
        .iter()
        .filter(|name| !["report.html", "result.json"].contains(name))
    {
        assert!(read(&first, name) == read(&second, name), "{name} differs");
    }
    for name in ["hebbian.safetensors", "backprop.safetensors", "metrics.csv"] {
        assert!(
            read(&first, name) != read(&other, name),
            "{name} ignores the seed"
        );
    }

    let result: serde_json::Value = serde_json::from_slice(&read(&first, "result.json")).unwrap();
    assert_eq!(result["dataset"], "digits");
    assert_eq!(result["seed"], 7);
    assert!(result["hebbian"]["test_error"].is_f64());
    assert!(result["hebbian"].get("validation_error").is_none());

    let header = String::from_utf8(read(&first, "metrics.csv")).unwrap();
    assert!(header.starts_with("network,stage,epoch,split,error,loss,converged\n"));
    // Stage 1: three epochs; each classifier: two epochs of two splits.
    assert_eq!(header.lines().count(), 1 + 3 + 4 + 4);
}

#[test]
fn a_config_of_an_earlier_run_runs_again() {
    let (first, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(
        small_run(first.path(), &["--p", "2.5", "--k", "3"])
            .status
            .success()
    );
    let config = first.path().join("config.json");
    let output = two_networks(&[
        "--ui",
        "none",
        "--config",
        config.to_str().unwrap(),
        "--out",
        again.path().to_str().unwrap(),
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(read(&first, "hebbian.safetensors") == read(&again, "hebbian.safetensors"));
    assert!(read(&first, "config.json") == read(&again, "config.json"));
}

#[test]
fn with_validation_the_test_set_is_not_judged() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        small_run(dir.path(), &["--validation", "100"])
            .status
            .success()
    );
    let result: serde_json::Value = serde_json::from_slice(&read(&dir, "result.json")).unwrap();
    for network in ["hebbian", "backprop"] {
        assert!(result[network]["test_error"].is_null());
        assert!(result[network]["validation_error"].is_f64());
    }
    assert!(
        !String::from_utf8(read(&dir, "metrics.csv"))
            .unwrap()
            .contains(",test,")
    );
}

#[test]
fn the_report_is_drawn_again_from_the_files() {
    let dir = tempfile::tempdir().unwrap();
    assert!(small_run(dir.path(), &[]).status.success());
    let (page, animation) = (read(&dir, "report.html"), read(&dir, "weights.gif"));
    for name in ["report.html", "weights.gif"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let path = dir.path().to_str().unwrap();
    assert!(two_networks(&["report", path]).status.success());
    assert!(read(&dir, "report.html") == page && read(&dir, "weights.gif") == animation);

    fs::write(dir.path().join("result.json"), "{").unwrap();
    assert!(refusal(&two_networks(&["report", path])).contains("result.json"));
    assert!(read(&dir, "report.html") == page, "the good report stays");
}

#[test]
fn bad_input_is_one_sentence_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_string()
    };
    let out = dir.path().join("out");
    let malformed = file("malformed.json", "{\"k\": ");
    let unknown = file("unknown.json", "{\"kk\": 3}");
    let in_the_way = file("in-the-way", "");
    let no_data = dir.path().join("no-data");
    let no_data = no_data.to_str().unwrap();
    let mnist = ["--dataset", "mnist", "--data-dir"];
    for (args, sentence) in [
        (
            &["--k", "1"][..],
            "k = 1 is not allowed: it must be at least 2",
        ),
        (&["--k", "41"], "at most the number of hidden units, 40"),
        (&["--p", "0.5"], "p = 0.5 is not allowed"),
        (
            &["--validation", "1437"],
            "validation = 1437 is not allowed",
        ),
        (&["--delta", "-1"], "delta = -1 is not allowed"),
        (&["--config", &malformed], "malformed.json"),
        (&["--config", &unknown], "unknown field `kk`"),
        (&["--config", "no/such/file.json"], "no/such/file.json"),
        (&[mnist[0], mnist[1], mnist[2], no_data], "no-data"),
    ] {
        let error = refusal(&small_run(&out, args));
        assert!(error.contains(sentence), "{args:?}: {error}");
        assert!(!out.exists(), "{args:?} left {}", out.display());
    }
    let error = refusal(&small_run(Path::new(&in_the_way), &[]));
    assert!(error.contains("in-the-way"), "{error}");
    assert_eq!(fs::read(&in_the_way).unwrap(), b"");
}

#[test]
fn a_corrupt_data_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mnist = dir.path().join("mnist");
    fs::create_dir(&mnist).unwrap();
    for part in [
        "train-images-idx3",
        "train-labels-idx1",
        "t10k-images-idx3",
        "t10k-labels-idx1",
    ] {
        fs::write(mnist.join(format!("{part}-ubyte")), [0, 0, 8, 3, 0, 0]).unwrap();
    }
    let out = dir.path().join("out");
    let data_dir = dir.path().to_str().unwrap();
    let error = refusal(&small_run(
        &out,
        &["--dataset", "mnist", "--data-dir", data_dir],
    ));
    assert!(error.contains("-ubyte"), "{error}");
    assert!(!out.exists());
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_backend_that_is_not_compiled_in_names_its_feature() {
    let dir = tempfile::tempdir().unwrap();
    let error = refusal(&small_run(&dir.path().join("out"), &["--backend", "cuda"]));
    assert!(error.contains("build with `--features cuda`"), "{error}");
}

#[test]
fn a_search_goes_on_where_it_stopped_and_draws_its_figure() {
    let dir = tempfile::tempdir().unwrap();
    let space = dir.path().join("space.json");
    let out = dir.path().join("out");
    let write = |power: &str| {
        let text = format!(
            r#"{{"about": "a test", "axis": "power",
            "fixed": {{"validation": 360, "hidden": 40, "epochs_hebbian": 2, "batch_size": 100,
                "epochs_readout": 2, "batch_size_readout": 100}},
            "grid": {{"power": [{power}], "synapses": ["local-rule", "training-images"]}}}}"#
        );
        fs::write(&space, text).unwrap();
    };
    let search = || {
        two_networks(&[
            "search",
            space.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
            "--ui",
            "none",
        ])
    };
    write("2, 4.5");
    let output = search();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("4 trials"), "{text}");
    let trials = fs::read_to_string(out.join("trials.csv")).unwrap();
    assert!(
        trials.starts_with("trial,power,synapses,train_error,validation_error,"),
        "{trials}"
    );
    assert_eq!(trials.lines().count(), 5);
    assert!(out.join("trials.svg").exists());

    // As after a stop: the last row is not there yet.
    let (kept, lost) = trials.trim_end().rsplit_once('\n').unwrap();
    fs::write(out.join("trials.csv"), format!("{kept}\n")).unwrap();
    let text = String::from_utf8(search().stdout).unwrap();
    assert!(text.starts_with("1 trials"), "{text}");
    let again = fs::read_to_string(out.join("trials.csv")).unwrap();
    let header: Vec<_> = trials.lines().next().unwrap().split(',').collect();
    let seconds = header.iter().position(|name| *name == "seconds").unwrap();
    let without_seconds = |row: &str| {
        let mut cells: Vec<_> = row.split(',').map(String::from).collect();
        cells.remove(seconds);
        cells
    };
    let last = again.lines().last().unwrap();
    assert_eq!(without_seconds(last), without_seconds(lost));

    write("3");
    let refusal = refusal(&search());
    assert!(refusal.contains("the space of another search"), "{refusal}");
}

#[test]
fn finished_runs_become_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let runs: Vec<_> = ["3", "4"].map(|seed| dir.path().join(seed)).into();
    for (run, seed) in runs.iter().zip(["3", "4"]) {
        assert!(small_run(run, &["--seed", seed]).status.success());
    }
    let json = dir.path().join("paper.json");
    let [first, second] = [&runs[0], &runs[1]].map(|run| run.to_str().unwrap());
    let output = two_networks(&["table", first, second, "--out", json.to_str().unwrap()]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("| digits | biological |"), "{table}");
    let entries: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 4);
    assert_eq!(entries[3]["network"], "backprop");
    assert_eq!(entries[3]["seed"], 4);
    let command = entries[0]["command"].as_str().unwrap();
    assert!(
        command.starts_with("two-networks --dataset digits --preset quick --batch-size 100"),
        "{command}"
    );

    let held_out = dir.path().join("held-out");
    assert!(
        small_run(&held_out, &["--validation", "360"])
            .status
            .success()
    );
    let output = two_networks(&["table", held_out.to_str().unwrap(), "--out", first]);
    assert!(refusal(&output).contains("the run has no test error"));
}

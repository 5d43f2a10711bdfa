//! A search of several jobs.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The rows of a search in `out` with so many jobs, without the seconds, in their order.
fn rows(space: &Path, out: &Path, jobs: &str) -> Vec<Vec<String>> {
    let output = Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .arg("search")
        .arg(space)
        .args(["--jobs", jobs, "--out"])
        .arg(out)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("6 trials: "), "{text}");
    assert_eq!(text.lines().count(), 7, "a line for each trial: {text}");
    let trials = fs::read_to_string(out.join("trials.csv")).unwrap();
    let mut rows: Vec<_> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(trials.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(String::from).collect::<Vec<_>>())
        .collect();
    let seconds = rows[0].iter().position(|name| name == "seconds").unwrap();
    for row in &mut rows {
        row.remove(seconds);
    }
    rows.sort();
    rows
}

#[test]
fn several_jobs_make_the_trials_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let space = dir.path().join("space.json");
    // The last power leaves no feature: a row like the others.
    let text = r#"{"about": "a test", "axis": "power",
        "fixed": {"validation": 360, "hidden": 40, "epochs_hebbian": 2, "batch_size": 100,
            "epochs_readout": 2, "batch_size_readout": 100},
        "grid": {"power": [2, 4.5, 1000], "synapses": ["local-rule", "training-images"]}}"#;
    fs::write(&space, text).unwrap();
    let one = rows(&space, &dir.path().join("one"), "1");
    let several = rows(&space, &dir.path().join("several"), "3");
    assert_eq!(several, one);
    assert!(dir.path().join("several/trials.svg").exists());
}

#[test]
fn a_trial_that_cannot_be_made_ends_the_search_with_its_cause() {
    let dir = tempfile::tempdir().unwrap();
    let space = dir.path().join("space.json");
    let text = r#"{"about": "a test", "fixed": {"dataset": "mnist", "validation": 360},
        "grid": {"k": [2, 3], "seed": [0, 1]}}"#;
    fs::write(&space, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .arg("search")
        .arg(&space)
        .args(["--jobs", "2", "--data-dir", "no/such/folder", "--out"])
        .arg(dir.path().join("out"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("there is no such folder"), "{errors}");
    assert!(
        errors.contains("was not made; go on with the same command"),
        "{errors}"
    );
}

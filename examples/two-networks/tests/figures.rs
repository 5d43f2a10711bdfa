//! The figures of README and RESULTS, against the commands beside them.
//!
//! What takes seconds runs with all other tests, what takes minutes and needs data with
//! `TWO_NETWORKS_DATA=DIR cargo test --release -p two-networks --test figures -- --ignored`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// How far an error may be from the one that is printed, in points: figures are rounded.
const ROUNDING: f64 = 0.006;
/// The same for runs on images of which one in 10,000 may fall the other way on another processor.
const PROCESSOR: f64 = 0.15;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The first line of a document that holds `text`.
fn line<'a>(document: &'a str, text: &str) -> &'a str {
    let mut lines = document.lines().filter(|line| line.contains(text));
    lines
        .next()
        .unwrap_or_else(|| panic!("no line holds {text:?}"))
}

/// The numbers that are followed by a per cent sign, in their order.
fn percentages(text: &str) -> Vec<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let before = words.windows(2).filter(|pair| pair[1].starts_with('%'));
    before.filter_map(|pair| pair[0].parse().ok()).collect()
}

/// The test errors of the biological and of the backprop network, and what was printed.
fn run(arguments: &str) -> ([f64; 2], String) {
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_two-networks"))
        .args(arguments.split_whitespace())
        .args(["--ui", "none", "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments}: {output:?}");
    let result = std::fs::read(out.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_slice(&result).unwrap();
    let error = |network: &str| result[network]["test_error"].as_f64().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    ([error("hebbian"), error("backprop")], printed)
}

fn assert_near(printed: &[f64], measured: &[f64], tolerance: f64, what: &str) {
    assert_eq!(printed.len(), measured.len(), "{what}: {printed:?}");
    for (printed, measured) in printed.iter().zip(measured) {
        assert!(
            (printed - measured).abs() <= tolerance,
            "{what}: {printed} is printed, {measured} measured"
        );
    }
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let readme = document("README.md");
    let (errors, printed) = run("");
    for network in ["biological ", "backprop "] {
        // All but the time.
        let errors = |text| percentages(line(text, network));
        assert_eq!(errors(&readme), errors(&printed));
    }
    let row = percentages(line(&readme, "| `digits` (the default) |"));
    assert_near(&row, &errors, ROUNDING, "digits");
}

#[test]
fn the_short_run_ends_as_the_readme_says() {
    let readme = document("README.md");
    let sentence = readme.split("deliberately unfinished").nth(1).unwrap();
    let printed = percentages(sentence);
    let arguments = "--epochs-hebbian 20 --epochs-readout 10 --epochs-backprop 10 \
                     --batch-size 50 --batch-size-readout 50 --batch-size-backprop 50 \
                     --centre false --delta 0.4 --backend";
    let (errors, _) = run(&format!("{arguments} flex"));
    assert_near(&printed[..2], &errors, ROUNDING, "flex");
    if cfg!(feature = "ndarray") {
        let (errors, _) = run(&format!("{arguments} ndarray"));
        assert_near(&printed[..2], &errors, ROUNDING, "ndarray");
    }
}

/// The mean and the standard deviation of the test errors in `results/paper.json`, as they are printed; nothing where
/// there is none.
fn of_seeds(runs: &[Value], dataset: &str, network: &str, preset: &str) -> String {
    let of = |run: &&Value| {
        let command = run["command"].as_str().unwrap();
        run["dataset"] == dataset
            && run["network"] == network
            && command.contains(&format!("--preset {preset} "))
    };
    let errors = runs.iter().filter(of).map(|run| run["test_error"].as_f64());
    let errors: Vec<f64> = errors.map(Option::unwrap).collect();
    let count = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / count;
    let squares: f64 = errors.iter().map(|error| (error - mean).powi(2)).sum();
    match errors.len() {
        0 => String::new(),
        1 => format!("{mean:.2} %"),
        _ => format!("{mean:.2} ± {:.2} %", (squares / (count - 1.0)).sqrt()),
    }
}

#[test]
fn the_tables_are_those_of_the_final_runs() {
    let runs: Value = serde_json::from_str(&document("results/paper.json")).unwrap();
    let runs = runs.as_array().unwrap();
    let (readme, results) = (document("README.md"), document("RESULTS.md"));
    for (dataset, name) in [
        ("mnist", "MNIST"),
        ("cifar10", "CIFAR-10"),
        ("fashion-mnist", "Fashion-MNIST"),
    ] {
        let in_readme = line(&readme, &format!("| {name} | "));
        for (place, network) in [(2, "biological"), (3, "backprop")] {
            let in_results = line(&results, &format!("| {name} | {network} | "));
            let cell = |row: &str, place| row.split('|').nth(place).unwrap().trim().to_string();
            let ours = of_seeds(runs, dataset, network, "paper");
            assert_eq!(cell(in_readme, place), ours, "{name}");
            assert_eq!(cell(in_results, 4), ours, "{name}");
            let quoted = of_seeds(runs, dataset, network, "quoted");
            assert_eq!(cell(in_results, 3), quoted, "{name}");
        }
    }
}

/// A row of the README's table of quick runs, against the run.
fn assert_quick(dataset: &str, row: &str, arguments: &str) {
    let data = std::env::var("TWO_NETWORKS_DATA").expect("TWO_NETWORKS_DATA names the data sets");
    let printed = percentages(line(&document("README.md"), row));
    let (errors, _) = run(&format!(
        "--dataset {dataset} --data-dir {data} {arguments}"
    ));
    assert_near(&printed, &errors, PROCESSOR, dataset);
}

#[test]
#[ignore = "takes two minutes and needs MNIST"]
fn the_quick_run_of_mnist_is_that_of_the_readme() {
    assert_quick("mnist", "| `mnist` |", "--preset quick");
}

#[test]
#[ignore = "takes two minutes and needs CIFAR-10"]
fn the_quick_run_of_cifar10_is_that_of_the_readme() {
    assert_quick("cifar10", "| `cifar10`, 500", "--preset quick");
}

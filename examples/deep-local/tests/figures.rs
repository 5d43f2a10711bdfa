//! The figures of README and RESULTS, against the final runs in `results/deep.json`.

use std::path::Path;

use serde_json::Value;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The mean and the standard deviation of some figures.
fn spread(figures: &[f64]) -> (f64, f64) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

#[test]
fn the_tables_are_those_of_the_final_runs() {
    let runs: Vec<Value> = serde_json::from_str(&document("results/deep.json")).unwrap();
    let of = |name: &str| -> Vec<f64> {
        let runs = runs.iter().filter(|run| {
            let command = run["command"].as_str().unwrap();
            command.starts_with("deep-local --dataset cifar10 --preset paper --rule soft")
        });
        runs.map(|run| run[name].as_f64().unwrap()).collect()
    };
    let (train, test) = (of("train_error"), of("test_error"));
    let (train_mean, train_deviation) = spread(&train);
    let (mean, deviation) = spread(&test);
    let each: Vec<_> = test.iter().map(|error| format!("{error:.2}")).collect();
    let row = format!(
        "| {train_mean:.2} ± {train_deviation:.2} % | {mean:.2} ± {deviation:.2} % | {} |",
        each.join(", ")
    );
    assert!(document("RESULTS.md").contains(&row), "{row}");
    let readme = document("README.md");
    let accuracy = 100.0 - mean;
    for text in [
        format!("**{accuracy:.2} %** of the test images"),
        format!("| {accuracy:.2} ± {deviation:.2} % | {} |", test.len()),
    ] {
        assert!(readme.contains(&text), "{text}");
    }
}

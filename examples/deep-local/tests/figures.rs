//! The figures of README and RESULTS, against the final runs in `results/deep.json`.

use std::path::Path;

use serde_json::Value;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The mean and the standard deviation of some figures, as the tables have them.
fn spread(figures: &[f64]) -> (f64, String) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
    let text = if figures.len() > 1 {
        let deviation = (squares / (count - 1.0)).sqrt();
        format!("{mean:.2} ± {deviation:.2} %")
    } else {
        format!("{mean:.2} %")
    };
    (mean, text)
}

/// The runs that were learned by `rule` with these flags, apart from the seed and the blocks they took over.
fn of<'a>(runs: &'a [Value], rule: &str, flags: &str) -> Vec<&'a Value> {
    let is_one = |run: &&Value| {
        let words = run["command"].as_str().unwrap().split(' ').skip(1);
        let words: Vec<_> = words.collect();
        let flags_of_run = words.chunks(2).filter(|flag| {
            let name = flag[0];
            !["--seed", "--from-local", "--backprop"].contains(&name)
        });
        let flags_of_run: Vec<_> = flags_of_run.map(|flag| flag.join(" ")).collect();
        run["learned_by"] == rule && flags_of_run.join(" ") == flags
    };
    runs.iter().filter(is_one).collect()
}

fn column(runs: &[&Value], name: &str) -> Vec<f64> {
    let column = runs.iter().map(|run| run[name].as_f64().unwrap());
    column.collect()
}

/// The cells of errors that a row of RESULTS has for these runs.
fn cells(runs: &[&Value]) -> String {
    assert!(!runs.is_empty());
    let test = column(runs, "test_error");
    let each: Vec<_> = test.iter().map(|error| format!("{error:.2}")).collect();
    let (_, train) = spread(&column(runs, "train_error"));
    let (_, test) = spread(&test);
    format!("| {train} | {test} | {} |", each.join(", "))
}

fn runs() -> Vec<Value> {
    serde_json::from_str(&document("results/deep.json")).unwrap()
}

#[test]
fn the_tables_are_those_of_the_final_runs() {
    let (runs, results, readme) = (runs(), document("RESULTS.md"), document("README.md"));
    let paper = "--dataset cifar10 --preset paper --rule soft";
    let mirrored = format!("{paper} --mirror-features true");
    for flags in [paper, &mirrored] {
        let runs = of(&runs, "soft", flags);
        let row = cells(&runs);
        assert!(results.contains(&row), "{row}");
        let (mean, error) = spread(&column(&runs, "test_error"));
        let accuracy = 100.0 - mean;
        let deviation = error.split_once(" ± ").map(|(_, deviation)| deviation);
        let cell = match deviation {
            Some(deviation) => format!("{accuracy:.2} ± {deviation}"),
            None => format!("{accuracy:.2} %"),
        };
        for text in [
            format!("**{accuracy:.2} %**"),
            format!("| {cell} | {} |", runs.len()),
        ] {
            assert!(readme.contains(&text), "{text}");
        }
    }
    for rule in [
        "soft",
        "krotov-hopfield",
        "oja",
        "random",
        "instar",
        "plain",
    ] {
        let flags = format!("--dataset cifar10 --preset quick --rule {rule}");
        let row = cells(&of(&runs, rule, &flags));
        assert!(results.contains(&row), "{rule}: {row}");
    }
    for dataset in ["mnist", "fashion-mnist"] {
        let is_one = |run: &&Value| run["dataset"] == dataset;
        let row = cells(&runs.iter().filter(is_one).collect::<Vec<_>>());
        assert!(results.contains(&row), "{dataset}: {row}");
    }
}

#[test]
fn the_labels_are_worth_what_their_runs_say() {
    let (runs, results) = (runs(), document("RESULTS.md"));
    let counts = [100, 500, 1000, 5000];
    for count in counts {
        let error = |learned_by: &str| {
            let is_one = |run: &&Value| run["labels"] == count && run["learned_by"] == learned_by;
            let runs: Vec<_> = runs.iter().filter(is_one).collect();
            spread(&column(&runs, "test_error")).1
        };
        let row = format!(
            "| {count} | {} | {} | {} |",
            error("backprop"),
            error("fine-tuned"),
            error("soft")
        );
        assert!(results.contains(&row), "{row}");
    }
}

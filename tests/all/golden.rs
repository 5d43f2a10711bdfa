//! The rule against golden vectors in float64, on every backend.

use std::path::PathBuf;

use burn::tensor::{Int, Tensor};
use burn_hebbian::rule::{compete, currents};
use burn_hebbian::{KrotovHopfieldConfig, PowerLossConfig, RectifiedPowerConfig, unit_length};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::devices::{self, assert_close, entries, matrix};

type Rows = Vec<Vec<f32>>;

#[derive(Deserialize)]
struct Case {
    name: String,
    hidden: usize,
    visible: usize,
    p: f64,
    k: usize,
    delta: f64,
    radius: f64,
    eps: f64,
    weights: Rows,
    steps: Vec<Step>,
    readout: Readout,
}

#[derive(Deserialize)]
struct Step {
    inputs: Rows,
    currents: Rows,
    winners: Vec<i64>,
    losers: Vec<i64>,
    raw_update: Rows,
    weights_after: Rows,
}

#[derive(Deserialize)]
struct Readout {
    power_n: f64,
    beta: f64,
    power_m: f64,
    input: Vec<f32>,
    hidden: Vec<f32>,
    top_weights: Rows,
    target: i64,
    loss: f64,
}

/// The folder that the environment variable names, else the one beside the checkout, else the small
/// built-in set.
fn folder(variable: &str, name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os(variable) {
        return folder.into();
    }
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = tests.join("../../shared").join(name);
    if beside.is_dir() {
        beside
    } else {
        tests.join(name)
    }
}

/// Every case of a folder of golden vectors.
pub fn cases<C: DeserializeOwned>(variable: &str, name: &str) -> Vec<C> {
    let folder = folder(variable, name);
    println!("golden vectors of {}", folder.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "no golden vectors in {}",
        folder.display()
    );
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files.iter().map(read).collect()
}

/// The cases of the Krotov-Hopfield rule on dense layers.
fn dense_cases() -> Vec<Case> {
    cases("BURN_HEBBIAN_GOLDEN", "golden")
}

fn indices(tensor: Tensor<2, Int>) -> Vec<i64> {
    tensor.into_data().iter().collect()
}

#[test]
fn every_step_is_the_golden_one() {
    for (backend, device) in devices::all() {
        for case in dense_cases() {
            let what = |of: &str, step| format!("{backend:?}, {}, step {step}: {of}", case.name);
            let rule = KrotovHopfieldConfig::new()
                .with_p(case.p)
                .with_k(case.k)
                .with_delta(case.delta)
                .with_radius(case.radius);
            let mut before = case.weights.concat();
            for (number, step) in case.steps.iter().enumerate() {
                let synapses = matrix(case.hidden, case.visible, before, &device);
                let batch = step.inputs.len();
                let inputs = matrix(batch, case.visible, step.inputs.concat(), &device);

                let found = currents(synapses.clone(), inputs.clone(), case.p);
                let expected = step.currents.concat();
                assert_close(
                    &entries(found.clone()),
                    &expected,
                    1e-5,
                    &what("currents", number),
                );

                let competition = compete(found, case.k);
                let winners = indices(competition.winners);
                let losers = indices(competition.ranked_k);
                for (example, input) in step.inputs.iter().enumerate() {
                    // All currents of a blank example are equal: any unit may win.
                    if input.iter().any(|pixel| *pixel != 0.0) {
                        let found = (winners[example], losers[example]);
                        let expected = (step.winners[example], step.losers[example]);
                        assert_eq!(found, expected, "{}", what("winner and loser", number));
                    }
                }

                let layer = devices::layer(synapses, rule.clone());
                let change = entries(layer.local_update(inputs.clone()).change);
                let expected = step.raw_update.concat();
                assert_close(&change, &expected, 1e-5, &what("update", number));

                let after = entries(layer.learn(inputs, case.eps).synapses());
                let expected = step.weights_after.concat();
                assert_close(&after, &expected, 1e-5, &what("weights", number));
                before = expected;
            }
        }
    }
}

#[test]
fn features_and_loss_are_the_golden_ones() {
    for (backend, device) in devices::all() {
        for case in dense_cases() {
            let what = |of: &str| format!("{backend:?}, {}: {of}", case.name);
            let readout = &case.readout;
            let last = case.steps.last().expect("a case has steps");
            let weights = last.weights_after.concat();
            let synapses = matrix(case.hidden, case.visible, weights, &device);
            let layer = devices::layer(synapses, KrotovHopfieldConfig::new().with_k(2));
            let input = matrix(1, case.visible, readout.input.clone(), &device);

            let activation = RectifiedPowerConfig::new(readout.power_n).init().unwrap();
            let hidden = activation.forward(layer.forward(unit_length(input)));
            assert_close(
                &entries(hidden.clone()),
                &readout.hidden,
                2e-5,
                &what("features"),
            );

            let classes = readout.top_weights.len();
            let top = matrix(classes, case.hidden, readout.top_weights.concat(), &device);
            let loss = PowerLossConfig::new()
                .with_beta(readout.beta)
                .with_power(readout.power_m)
                .init()
                .unwrap()
                .forward(
                    hidden.matmul(top.transpose()),
                    Tensor::from_data([readout.target], &device),
                );
            let found = loss.into_scalar::<f32>();
            assert_close(&[found], &[readout.loss as f32], 1e-4, &what("loss"));
        }
    }
}

//! The outcome in numbers: this run beside the published one.

use image_runs::{NetworkRow, title};
use image_sets::ImageSet;
use maud::{Markup, html};
use serde_json::{Map, Value};

use run_figures::format::{duration, percent, percent_or_dash};
use run_figures::page;

use super::RunResult;

/// Published errors of one data set, in percent, as (train, test).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Published {
    biological: (f64, f64),
    backprop: (f64, f64),
}

/// What the paper reached on a data set.
fn published(dataset: &str) -> Option<Published> {
    match ImageSet::named(dataset)? {
        ImageSet::Mnist => Some(Published {
            biological: (0.40, 1.46),
            backprop: (0.00, 1.50),
        }),
        ImageSet::Cifar10 => Some(Published {
            biological: (44.95, 49.25),
            backprop: (0.00, 44.74),
        }),
        ImageSet::Digits | ImageSet::FashionMnist => None,
    }
}

/// The title of the page of a run with these networks.
pub(super) fn heading(has_biological: bool, has_backprop: bool, images: &str) -> String {
    let networks = match (has_biological, has_backprop) {
        (true, false) => "The biological network",
        (false, true) => "The backprop network",
        _ => "Two networks",
    };
    format!("{networks} on {images}")
}

/// The run in one sentence.
pub(super) fn summary(result: &RunResult) -> String {
    let on = title(&result.dataset);
    let rows = result.rows();
    let errors = |of: fn(&NetworkRow) -> Option<f64>| {
        let errors = rows.iter().map(|row| of(row).map(percent));
        errors.collect::<Option<Vec<_>>>()
    };
    let (errors, split) = errors(|row| row.test_error)
        .map(|errors| (errors, "test"))
        .or_else(|| Some((errors(|row| row.validation_error)?, "validation")))
        .or_else(|| Some((errors(|row| Some(row.train_error))?, "training")))
        .expect("each network has an error on its training images");
    let competing =
        "a network whose hidden units learn by competing with each other, without labels,";
    match (&result.hebbian, errors.as_slice()) {
        (Some(_), [biological, backprop]) => format!(
            "On {on}, {competing} errs on {biological} of the {split} images; the same network trained end to end by \
             backpropagation errs on {backprop}."
        ),
        (Some(_), [error, ..]) => {
            format!("On {on}, {competing} errs on {error} of the {split} images.")
        }
        (None, [error, ..]) => format!(
            "On {on}, a network trained end to end by backpropagation errs on {error} of the {split} images."
        ),
        (_, []) => format!("On {on}, no network was trained."),
    }
}

/// Errors of the networks beside the published ones, in percent.
pub(super) fn table(result: &RunResult) -> Markup {
    let published = published(&result.dataset);
    let rows = result.rows();
    let validated = rows.iter().any(|row| row.validation_error.is_some());
    let rows = rows.into_iter().map(|row| {
        let (name, published) = match row.name {
            "biological" => (
                "Biological",
                published.map(|published| published.biological),
            ),
            _ => ("Backprop", published.map(|published| published.backprop)),
        };
        (name, row, published)
    });
    html! {
        div.scroll {
            table.results {
                thead {
                    tr {
                        td {}
                        th scope="colgroup" colspan=(if validated { 3 } else { 2 }) { "Error in this run" }
                        th.published scope="colgroup" colspan="2" { "Published error" }
                    }
                    tr {
                        th scope="col" { "Network" }
                        th scope="col" { "train" }
                        @if validated { th scope="col" { "validation" } }
                        th scope="col" { "test" }
                        th.published scope="col" { "train" }
                        th scope="col" { "test" }
                    }
                }
                tbody {
                    @for (name, row, published) in rows {
                        tr {
                            th scope="row" { (page::dotted(row.name, name)) }
                            td { (percent(row.train_error)) }
                            @if validated { td { (percent_or_dash(row.validation_error)) } }
                            td.main { (percent_or_dash(row.test_error)) }
                            @match published {
                                Some((train, test)) => {
                                    td.published { (percent(train)) }
                                    td { (percent(test)) }
                                }
                                None => td.published.none colspan="2" { "\u{2014}, none published" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the settings have that the paper has not.
fn departures(settings: &Map<String, Value>) -> Vec<&'static str> {
    let text = |name: &str| settings.get(name).and_then(Value::as_str);
    let known = [
        (
            settings.get("centre") == Some(&Value::Bool(true)),
            "images without their mean",
        ),
        (
            text("start").is_some_and(|start| start != "noise"),
            "a start at training images",
        ),
        (
            settings.get("push_epochs").and_then(Value::as_u64) > Some(0),
            "a push that grows",
        ),
        (
            text("loss_readout").is_some_and(|loss| loss != "power"),
            "the cross-entropy as the readout's loss",
        ),
        (
            settings.get("penalty_readout").and_then(Value::as_f64) > Some(0.0),
            "a penalty on the readout's weights",
        ),
        (
            text("feature_scale").is_some_and(|scale| scale != "none"),
            "features divided by their size",
        ),
    ];
    let departures = known.into_iter().filter(|(departs, _)| *departs);
    departures.map(|(_, what)| what).collect()
}

/// The circumstances of the run.
pub(super) fn facts(result: &RunResult, settings: &Map<String, Value>) -> Markup {
    let mut facts = vec![
        ("Preset", result.preset.clone()),
        ("Seed", result.seed.to_string()),
        ("Backend", result.backend.clone()),
    ];
    let labels = settings.get("labels").and_then(Value::as_u64);
    if let Some(labels) = labels.filter(|labels| *labels > 0) {
        facts.push(("Images with labels", labels.to_string()));
    }
    if let Some(biological) = &result.hebbian {
        facts.extend([
            ("Hidden units converged", percent(biological.converged)),
            ("Hidden units dead", percent(biological.dead_units)),
            ("Stage 1, local rule", duration(biological.seconds_hebbian)),
            ("Stage 2, readout", duration(biological.seconds_readout)),
        ]);
        let departures = departures(settings);
        if !departures.is_empty() {
            facts.push(("Not in the paper", departures.join(", ")));
        }
    }
    if let Some(backprop) = &result.backprop {
        facts.push(("Backprop", duration(backprop.seconds)));
    }
    page::facts(facts)
}

#[cfg(test)]
mod tests {
    use super::super::{BackpropResult, HebbianResult};
    use super::*;
    use serde_json::json;

    fn result(dataset: ImageSet, test: Option<f64>, validation: Option<f64>) -> RunResult {
        RunResult {
            dataset: dataset.name().into(),
            backend: "flex".into(),
            device: "flex, a processor, 2 cores".into(),
            seed: 1,
            preset: "quick".into(),
            hebbian: Some(HebbianResult {
                train_error: 0.38,
                test_error: test,
                validation_error: validation,
                converged: 97.0,
                dead_units: 3.0,
                seconds_hebbian: 300.0,
                seconds_readout: 60.0,
            }),
            backprop: Some(BackpropResult {
                train_error: 0.01,
                test_error: test,
                validation_error: validation,
                seconds: 90.0,
            }),
        }
    }

    #[test]
    fn published_errors_stand_beside_data_sets_of_the_paper() {
        let html = |dataset| table(&result(dataset, Some(1.69), None)).into_string();
        for part in ["0.40", "1.46", "0.00", "1.50"] {
            assert!(html(ImageSet::Mnist).contains(part), "{part}");
        }
        for part in ["44.95", "49.25", "44.74"] {
            assert!(html(ImageSet::Cifar10).contains(part), "{part}");
        }
        assert!(html(ImageSet::Digits).contains("none published"));
        assert!(!html(ImageSet::Mnist).contains("validation"));
    }

    #[test]
    fn the_summary_takes_the_fairest_error_there_is() {
        let test = summary(&result(ImageSet::Cifar10, Some(49.0), Some(48.0)));
        assert!(
            test.contains("CIFAR-10") && test.contains("49.00") && test.contains("the test images")
        );
        let validation = summary(&result(ImageSet::Mnist, None, Some(2.0)));
        assert!(validation.contains("2.00") && validation.contains("the validation images"));
        assert!(summary(&result(ImageSet::Mnist, None, None)).contains("the training images"));
    }

    #[test]
    fn a_network_alone_is_told_alone() {
        assert_eq!(heading(true, true, "MNIST"), "Two networks on MNIST");
        let alone = heading(true, false, "MNIST");
        assert_eq!(alone, "The biological network on MNIST");
        let alone = heading(false, true, "MNIST");
        assert_eq!(alone, "The backprop network on MNIST");
        let both = result(ImageSet::Mnist, Some(1.69), None);
        let alone = RunResult {
            backprop: None,
            ..both.clone()
        };
        assert!(summary(&alone).ends_with("errs on 1.69\u{202f}% of the test images."));
        let page = table(&alone).into_string() + &facts(&alone, &Map::new()).into_string();
        assert!(page.contains("Biological") && !page.contains("Backprop"));
        let alone = RunResult {
            hebbian: None,
            ..both
        };
        assert!(summary(&alone).contains("end to end"));
        let page = table(&alone).into_string() + &facts(&alone, &Map::new()).into_string();
        assert!(page.contains("Backprop") && !page.contains("Hidden units dead"));
    }

    #[test]
    fn what_the_paper_has_not_is_named() {
        let result = result(ImageSet::Mnist, Some(1.69), None);
        let page = |settings: Value| {
            let settings = settings.as_object().unwrap();
            facts(&result, settings).into_string()
        };
        let quoted = json!({"centre": false, "start": "noise", "push_epochs": 0, "feature_scale": "none", "loss_readout": "power"});
        assert!(!page(quoted).contains("Not in the paper"));
        let ours = json!({"centre": true, "start": "images", "push_epochs": 5, "feature_scale": "capped", "labels": 50, "penalty_readout": 0.1, "loss_readout": "cross-entropy"});
        let ours = page(ours);
        for part in [
            "images without their mean, a start at training images, a push that grows, the cross-entropy as the readout's \
             loss, a penalty on the readout's weights, features divided by their size",
            "<dt>Images with labels</dt><dd>50</dd>",
        ] {
            assert!(ours.contains(part), "{ours}");
        }
    }

    #[test]
    fn a_validation_run_has_its_column_and_a_dash_for_the_test() {
        let html = table(&result(ImageSet::Mnist, None, Some(2.0))).into_string();
        assert!(html.contains("validation") && html.contains('\u{2014}'));
    }
}

//! The outcome in numbers: this run beside the published one.

use image_runs::title;
use image_sets::ImageSet;
use maud::{Markup, html};

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

/// The run in one sentence.
pub(super) fn summary(result: &RunResult) -> String {
    let (biological, backprop) = (&result.hebbian, &result.backprop);
    let pairs = [
        (biological.test_error, backprop.test_error, "test"),
        (
            biological.validation_error,
            backprop.validation_error,
            "validation",
        ),
    ];
    let (a, b, split) = pairs
        .into_iter()
        .find_map(|(a, b, split)| Some((a?, b?, split)))
        .unwrap_or((biological.train_error, backprop.train_error, "training"));
    format!(
        "On {}, a network whose hidden units learn by competing with each other, without labels, errs on {} of the \
         {split} images; the same network trained end to end by backpropagation errs on {}.",
        title(&result.dataset),
        percent(a),
        percent(b),
    )
}

/// Errors of both networks beside the published ones, in percent.
pub(super) fn table(result: &RunResult) -> Markup {
    let (biological, backprop) = (&result.hebbian, &result.backprop);
    let published = published(&result.dataset);
    let validated = biological
        .validation_error
        .or(backprop.validation_error)
        .is_some();
    let rows = [
        (
            "Biological",
            "biological",
            (
                biological.train_error,
                biological.validation_error,
                biological.test_error,
            ),
            published.map(|published| published.biological),
        ),
        (
            "Backprop",
            "backprop",
            (
                backprop.train_error,
                backprop.validation_error,
                backprop.test_error,
            ),
            published.map(|published| published.backprop),
        ),
    ];
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
                    @for (name, class, (train, validation, test), published) in rows {
                        tr {
                            th scope="row" { (page::dotted(class, name)) }
                            td { (percent(train)) }
                            @if validated { td { (percent_or_dash(validation)) } }
                            td.main { (percent_or_dash(test)) }
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

/// The circumstances of the run.
pub(super) fn facts(result: &RunResult) -> Markup {
    let (biological, backprop) = (&result.hebbian, &result.backprop);
    page::facts([
        ("Preset", result.preset.clone()),
        ("Seed", result.seed.to_string()),
        ("Backend", result.backend.clone()),
        ("Hidden units converged", percent(biological.converged)),
        ("Hidden units dead", percent(biological.dead_units)),
        ("Stage 1, local rule", duration(biological.seconds_hebbian)),
        ("Stage 2, readout", duration(biological.seconds_readout)),
        ("Backprop", duration(backprop.seconds)),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::{BackpropResult, HebbianResult};
    use super::*;

    fn result(dataset: ImageSet, test: Option<f64>, validation: Option<f64>) -> RunResult {
        RunResult {
            dataset: dataset.name().into(),
            backend: "flex".into(),
            device: "flex, a processor, 2 cores".into(),
            seed: 1,
            preset: "quick".into(),
            hebbian: HebbianResult {
                train_error: 0.38,
                test_error: test,
                validation_error: validation,
                converged: 97.0,
                dead_units: 3.0,
                seconds_hebbian: 300.0,
                seconds_readout: 60.0,
            },
            backprop: BackpropResult {
                train_error: 0.01,
                test_error: test,
                validation_error: validation,
                seconds: 90.0,
            },
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
    fn a_validation_run_has_its_column_and_a_dash_for_the_test() {
        let html = table(&result(ImageSet::Mnist, None, Some(2.0))).into_string();
        assert!(html.contains("validation") && html.contains('\u{2014}'));
    }
}

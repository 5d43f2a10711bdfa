//! The outcome in numbers: this run beside published ones.

use image_runs::title;
use maud::{Markup, html};

use run_figures::format::{duration, percent, percent_or_dash};
use run_figures::page;

use super::published::published;
use super::{BackpropResult, LocalResult, RunResult};
use crate::settings::Rule;

/// A line of the table.
struct Line<'a> {
    name: &'a str,
    /// The colour of a network of this run.
    class: Option<&'a str>,
    blocks: Option<usize>,
    train: Option<f64>,
    validation: Option<f64>,
    test: Option<f64>,
    source: &'a str,
}

/// The lines of the networks of this run.
fn own(result: &RunResult) -> Vec<Line<'_>> {
    let blocks = Some(result.units.len());
    let source = "this run";
    let LocalResult {
        train_error,
        validation_error: validation,
        test_error: test,
        ..
    } = result.local;
    let local = Line {
        name: result.rule.title(),
        class: Some("local"),
        blocks,
        train: Some(train_error),
        validation,
        test,
        source,
    };
    let trained = |name, class, network: &Option<BackpropResult>| {
        network.as_ref().map(|network| Line {
            name,
            class: Some(class),
            blocks,
            train: Some(network.train_error),
            validation: network.validation_error,
            test: network.test_error,
            source,
        })
    };
    let backprop = trained("Backpropagation, end to end", "backprop", &result.backprop);
    let fine_tuned = trained(
        "Backpropagation, from the local filters",
        "fine-tuned",
        &result.fine_tuned,
    );
    let all = [Some(local), backprop, fine_tuned];
    all.into_iter().flatten().collect()
}

/// The lines of what is published.
fn others(result: &RunResult) -> impl Iterator<Item = Line<'_>> {
    published(&result.dataset).iter().map(|other| Line {
        name: other.network,
        class: None,
        blocks: other.blocks,
        train: None,
        validation: None,
        test: Some(100.0 - other.accuracy),
        source: other.source,
    })
}

/// The run in one sentence.
pub(super) fn summary(result: &RunResult) -> String {
    let lines = own(result);
    let (split, errors): (_, Vec<f64>) = [
        ("test", lines.iter().flat_map(|line| line.test).collect()),
        (
            "validation",
            lines.iter().flat_map(|line| line.validation).collect(),
        ),
        (
            "training",
            lines.iter().flat_map(|line| line.train).collect(),
        ),
    ]
    .into_iter()
    .find(|(_, errors): &(_, Vec<_>)| errors.len() == lines.len())
    .expect("every network has a training error");
    let blocks = match result.units.len() {
        1 => "one block".into(),
        count => format!("{count} blocks"),
    };
    let filters = if result.rule == Rule::Random {
        "random convolutions"
    } else {
        "convolutions that learn without labels and without backpropagation"
    };
    let labels = match result.labels {
        0 => String::new(),
        count => format!(" and {count} labels"),
    };
    let local = format!(
        "On {}{labels}, {blocks} of {filters}, with a linear readout on top, reach an error of {} on the {split} images",
        title(&result.dataset),
        percent(errors[0]),
    );
    let others = lines.iter().zip(&errors).skip(1);
    let others = others.map(|(line, error)| {
        let start = match line.class {
            Some("fine-tuned") => "from these filters on",
            _ => "end to end",
        };
        let error = percent(*error);
        format!("; the same network trained {start} by backpropagation reaches {error}")
    });
    format!("{local}{}.", others.collect::<String>())
}

/// Errors of the networks of this run and of published ones, in percent.
pub(super) fn table(result: &RunResult) -> Markup {
    let lines: Vec<_> = own(result).into_iter().chain(others(result)).collect();
    let validated = lines.iter().any(|line| line.validation.is_some());
    let accuracy = |line: &Line| line.test.or(line.validation).map(|error| 100.0 - error);
    html! {
        div.scroll {
            table.results {
                thead {
                    tr {
                        th scope="col" { "Learned by" }
                        th scope="col" { "blocks" }
                        th scope="col" { "train error" }
                        @if validated { th scope="col" { "validation error" } }
                        th scope="col" { "test error" }
                        th scope="col" { "accuracy" }
                        th scope="col" { "source" }
                    }
                }
                tbody {
                    @for line in &lines {
                        tr {
                            th scope="row" {
                                @match line.class {
                                    Some(class) => (page::dotted(class, line.name)),
                                    None => (line.name),
                                }
                            }
                            td { (line.blocks.map_or("\u{2014}".into(), |blocks| blocks.to_string())) }
                            td { (percent_or_dash(line.train)) }
                            @if validated { td { (percent_or_dash(line.validation)) } }
                            td.main[line.class.is_some()] { (percent_or_dash(line.test)) }
                            td { (percent_or_dash(accuracy(line))) }
                            td.source { (line.source) }
                        }
                    }
                }
            }
        }
    }
}

/// The circumstances of the run.
pub(super) fn facts(result: &RunResult) -> Markup {
    let units: Vec<_> = result.units.iter().map(usize::to_string).collect();
    let local = &result.local;
    let time = |name, network: &Option<BackpropResult>| {
        let network = network.as_ref();
        network.map(|network| (name, duration(network.seconds)))
    };
    let backprop = time("Backpropagation", &result.backprop);
    let fine_tuned = time("Fine-tuning", &result.fine_tuned);
    let labels = (result.labels > 0).then(|| ("Labels", result.labels.to_string()));
    page::facts(
        [
            ("Preset", result.preset.clone()),
            ("Units", units.join("\u{2013}")),
            ("Seed", result.seed.to_string()),
            ("Backend", result.backend.clone()),
            ("Local phase", duration(local.seconds_local)),
            ("Features", duration(local.seconds_features)),
            ("Readout", duration(local.seconds_readout)),
            ("All three", duration(local.seconds())),
        ]
        .into_iter()
        .chain(labels)
        .chain(backprop)
        .chain(fine_tuned),
    )
}

#[cfg(test)]
mod tests {
    use image_sets::ImageSet;

    use super::*;

    fn result(dataset: ImageSet, test: Option<f64>, validation: Option<f64>) -> RunResult {
        RunResult {
            dataset: dataset.name().into(),
            backend: "flex".into(),
            device: "flex, a processor, 2 cores".into(),
            seed: 1,
            preset: "quick".into(),
            rule: Rule::Soft,
            units: vec![96, 384, 1536],
            local: LocalResult {
                train_error: 4.3,
                test_error: test,
                validation_error: validation,
                seconds_local: 300.0,
                seconds_features: 60.0,
                seconds_readout: 60.0,
            },
            backprop: Some(BackpropResult {
                train_error: 0.01,
                test_error: test,
                validation_error: validation,
                seconds: 420.0,
            }),
            labels: 0,
            fine_tuned: None,
        }
    }

    #[test]
    fn published_errors_stand_below_those_of_the_run() {
        let html = |dataset| table(&result(dataset, Some(18.75), None)).into_string();
        let cifar = html(ImageSet::Cifar10);
        let places = ["18.75", "81.25", "19.70", "80.30", "20.80", "27.80"];
        let places = places.map(|part| cifar.find(part).expect(part));
        assert!(places.is_sorted());
        assert!(html(ImageSet::Mnist).contains("99.35"));
        assert!(!html(ImageSet::Digits).contains("ICLR") && !cifar.contains("validation"));
    }

    #[test]
    fn the_summary_takes_the_fairest_error_there_is() {
        let test = summary(&result(ImageSet::Cifar10, Some(19.0), Some(18.0)));
        for part in [
            "CIFAR-10",
            "3 blocks",
            "19.00",
            "the test images",
            "backpropagation reaches",
        ] {
            assert!(test.contains(part), "{part} is missing in {test}");
        }
        let validation = summary(&result(ImageSet::Mnist, None, Some(2.0)));
        assert!(validation.contains("2.00") && validation.contains("the validation images"));
        assert!(summary(&result(ImageSet::Mnist, None, None)).contains("the training images"));
    }

    #[test]
    fn a_fine_tuned_network_and_few_labels_are_told() {
        let mut run = result(ImageSet::Cifar10, Some(40.0), None);
        run.labels = 500;
        let BackpropResult { seconds, .. } = *run.backprop.as_ref().unwrap();
        run.fine_tuned = Some(BackpropResult {
            train_error: 0.0,
            test_error: Some(35.0),
            validation_error: None,
            seconds: seconds + 60.0,
        });
        let told = summary(&run);
        assert!(
            told.starts_with("On CIFAR-10 and 500 labels, 3 blocks"),
            "{told}"
        );
        assert!(
            told.contains("from these filters on by backpropagation reaches 35.00"),
            "{told}"
        );
        let html = table(&run).into_string() + &facts(&run).into_string();
        assert!(
            html.contains("dot fine-tuned") && html.contains("8\u{202f}min 0"),
            "{html}"
        );
    }

    #[test]
    fn a_run_without_backprop_tells_nothing_of_it() {
        let mut alone = result(ImageSet::Digits, None, Some(2.0));
        alone.backprop = None;
        let html = table(&alone).into_string() + &facts(&alone).into_string();
        assert!(html.contains("validation error") && html.contains("7\u{202f}min 0"));
        assert!(!html.contains("Backpropagation") && !summary(&alone).contains("end to end"));
    }
}

//! The page: its sections in order.

use burn_runs::table::flag_text;
use image_runs::title;
use maud::{Markup, html};
use run_figures::FigureError;
use run_figures::page::{self, Page, figure, section, wide_plot};
use serde_json::{Map, Value};

use super::run::Run;
use super::{BACKPROP, FINE_TUNED, LOCAL, blocks, curves, results};

/// The whole page as text.
pub(super) fn render(run: &Run) -> Result<String, FigureError> {
    let page = Page {
        title: &format!("Deep local learning on {}", title(&run.result.dataset)),
        kicker: "Convolutions that learn without backpropagation",
        summary: &results::summary(&run.result),
        colours: &[
            ("local", LOCAL),
            ("backprop", BACKPROP),
            ("fine-tuned", FINE_TUNED),
        ],
    };
    let deeper = run
        .analysis
        .blocks
        .iter()
        .any(|block| !block.excited.is_empty());
    Ok(page.render(html! {
        (results::table(&run.result))
        (results::facts(&run.result))
        (section("Errors over the epochs", error_curves(run)?))
        (section("The blocks", blocks::table(run)?))
        (section("What the first block looks for", blocks::filters(run)?))
        @if deeper { (section("What excites the deeper blocks", blocks::excited(run)?)) }
        (section("Lengths and wins", blocks::spread(run)?))
        (section("Settings", settings(&run.settings)))
        (footer())
    }))
}

fn error_curves(run: &Run) -> Result<Markup, FigureError> {
    let svg = curves::errors_svg(&run.metrics)?;
    Ok(figure(
        wide_plot(&svg),
        "Share of wrongly classified images in each epoch, of the readout for the network that learns locally and of \
         all training for those of backpropagation: dashed on the training images as they were learned from, with \
         features left out, solid on images that were held out, after the epoch; lower is better, and early epochs \
         above the plot are cut off.",
    ))
}

pub(super) fn settings(settings: &Map<String, Value>) -> Markup {
    html! {
        (page::settings(settings.iter().map(|(name, value)| (name, flag_text(value)))))
        h3 { "Run it again" }
        pre { code { "deep-local --config config.json" } }
        p.note { "with the " code { "config.json" } " that lies beside this page." }
    }
}

pub(super) fn footer() -> Markup {
    html! {
        footer {
            p {
                "After A. Journ\u{e9}, H. Garcia Rodriguez, Q. Guo and T. Moraitis, "
                em { "Hebbian deep learning without feedback" }
                ", ICLR 2023, " a href="https://arxiv.org/abs/2209.11883" { "arXiv:2209.11883" } "."
            }
        }
    }
}

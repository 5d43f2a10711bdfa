//! The page: its sections in order, their figures and what these show.

use image_runs::title;
use maud::{Markup, html};
use run_figures::format::{count, number};
use run_figures::growth::Growth;
use run_figures::histogram::{Histogram, Scale};
use run_figures::page::{self, Page, dotted, figure, half_plot, section, wide_plot};
use run_figures::plot::WIDE;
use run_figures::signs::Signs;
use run_figures::{FigureError, detectors, ranks};
use serde_json::{Map, Value};

use super::run::{Biological, Run};
use super::{BACKPROP, BIOLOGICAL, curves, results};

/// The whole page as text; `growth` is the animation of the biological network's weights.
pub(super) fn render(run: &Run, growth: Option<&Growth>) -> Result<String, FigureError> {
    let page = Page {
        title: &results::heading(
            run.biological.is_some(),
            run.backprop.is_some(),
            title(&run.result.dataset),
        ),
        kicker: "Unsupervised learning by competing hidden units",
        summary: &results::summary(&run.result),
        colours: &[("biological", BIOLOGICAL), ("backprop", BACKPROP)],
    };
    Ok(page.render(html! {
        (results::table(&run.result))
        (results::facts(&run.result, &run.settings))
        (section("What the hidden units look for", detector_grids(run)?))
        (section("Errors over the epochs", error_curves(run)?))
        @if run.biological.is_some() {
            (section("Convergence of the local rule", convergence(run)?))
            (section("Wins per hidden unit", wins(run)?))
        }
        (section("Presence and absence", weight_signs(run)?))
        @if let Some(biological) = &run.biological {
            (section("Nearest training images", nearest(run, biological)?))
            (section("Active units per image", activity(run, biological)?))
        }
        @if let Some(growth) = growth {
            (section("The growth of the weights", animation(growth)))
        }
        (section("Settings", settings(&run.settings)))
        (footer())
    }))
}

fn detector_grids(run: &Run) -> Result<Markup, FigureError> {
    let size = run.analysis.image.size();
    let grid = |name: &str, shown: Option<Vec<&[f32]>>| {
        let Some(shown) = shown else {
            return Ok(html! {});
        };
        let alt = format!("Detectors of the {name} network");
        let detectors = detectors::markup(&shown, size, &alt)?;
        let title = match name {
            "biological" => "Biological network",
            _ => "Backprop network",
        };
        Ok::<_, FigureError>(html! { div { h3 { (dotted(name, title)) } (detectors) } })
    };
    let reading = if size.is_gray() {
        "blue where a bright pixel speaks against the unit, white where it does not matter, red where it speaks for it"
    } else {
        "its weights to the red, green and blue of a pixel as a colour around middle gray, each unit on its own scale"
    };
    let networks = [
        (run.shown_biological(), "biological"),
        (run.shown_backprop(), "backprop"),
    ];
    let shown = networks
        .iter()
        .filter_map(|(shown, name)| Some((shown.as_ref()?.len(), name)));
    let shown: Vec<_> = shown
        .map(|(count, name)| format!("{count} units of the {name} network"))
        .collect();
    let caption = format!(
        "Each square is what one hidden unit looks for, {reading}; {}.",
        shown.join(" and ")
    );
    let grids = html! {
        div.pair {
            @for (shown, name) in networks {
                (grid(name, shown)?)
            }
        }
    };
    Ok(figure(grids, &caption))
}

fn error_curves(run: &Run) -> Result<Markup, FigureError> {
    let svg = curves::errors_svg(&run.metrics)?;
    Ok(figure(
        wide_plot(&svg),
        "Share of wrongly classified images in each epoch, of the readout for a biological network and of all \
         training for a backprop network: dashed on the training images as they were learned from, solid on images \
         that were held out, after the epoch; lower is better, and early epochs above the plot are cut off.",
    ))
}

fn convergence(run: &Run) -> Result<Markup, FigureError> {
    let norms = &run.analysis.norms;
    let histogram = Histogram::new(norms.iter().copied().map(f64::from), 0.0, 2.0, 40);
    let labels = (
        "\u{3a3}|W|\u{1d56} / R\u{1d56} of a unit",
        "Share of units (%)",
    );
    let spread = histogram.svg(Scale::Linear, labels, |_| BIOLOGICAL)?;
    let beyond = norms.iter().filter(|&&norm| norm >= 2.0).count();
    let caption = format!(
        "Sum of |W| to the power p of each hidden unit at the end, over R to the power p, the value it should reach: 1 is \
         converged, and the last bar takes the {} of {} units at 2 or more.",
        count(beyond as u64),
        count(norms.len() as u64),
    );
    Ok(html! {
        div.pair {
            (figure(
                half_plot(&curves::converged_svg(&run.metrics)?),
                "Share of hidden units whose weights have reached the sphere on which the rule settles, after each \
                 epoch of stage 1: it should climb to nearly all units.",
            ))
            (figure(half_plot(&spread), &caption))
        }
    })
}

fn wins(run: &Run) -> Result<Markup, FigureError> {
    let wins = &run.analysis.wins;
    let labels = (
        "Hidden units, from most to fewest wins",
        "Training images won",
    );
    let dead = wins.iter().filter(|&&wins| wins == 0).count();
    let caption = format!(
        "Each hidden unit of the biological network as a bar as high as the number of training images on which it is \
         the strongest, on a logarithmic scale: the median unit wins {}, and {} of {} units win none and are dead.",
        count(ranks::median(wins)),
        count(dead as u64),
        count(wins.len() as u64),
    );
    let svg = ranks::svg(WIDE, wins, labels, BIOLOGICAL)?;
    Ok(figure(wide_plot(&svg), &caption))
}

fn weight_signs(run: &Run) -> Result<Markup, FigureError> {
    let biological = run.biological.as_ref().map(|biological| {
        let units = biological.weights.units().zip(&run.analysis.wins);
        let alive = units.filter(|&(_, &wins)| wins > 0);
        let weights = alive.flat_map(|(unit, _)| unit).copied();
        ("Biological network", "biological", Signs::new(weights))
    });
    let backprop = run.backprop.as_ref().map(|weights| {
        let weights = weights.units().flatten().copied();
        ("Backprop network", "backprop", Signs::new(weights))
    });
    let networks: Vec<_> = biological.into_iter().chain(backprop).collect();
    let content = html! {
        div.pair {
            @for (name, class, signs) in &networks {
                div {
                    h3 { (dotted(class, name)) }
                    (signs.shares())
                    (half_plot(&signs.svg()?))
                }
            }
        }
    };
    Ok(figure(
        content,
        "Share of all hidden weights below zero (blue), near zero (gray, less than 5\u{202f}% of the largest) and \
         above zero (red), and how they are spread, on a logarithmic scale; dead units of a biological network are \
         left out, as they keep the weights they started with.",
    ))
}

fn nearest(run: &Run, biological: &Biological) -> Result<Markup, FigureError> {
    let image = &run.analysis.image;
    let cards = html! {
        div.cards {
            @for near in &run.analysis.nearest {
                @let pair = detectors::pair(biological.weights.unit(near.unit), &near.pixels, image.white, image.size());
                div {
                    img.pixels src=(pair.data_uri()?)
                        alt=(format!("Unit {} and training image {}", near.unit, near.image));
                    p { "unit " (near.unit) ", image " (near.image) br; "cosine " strong { (number(near.cosine.into(), 2)) } }
                }
            }
        }
    };
    Ok(figure(
        cards,
        "Some hidden units of the biological network, each on a scale of its own, beside the training image most like \
         it: a cosine of 1 would make the unit a copy of the image, lower values show a mixture of many.",
    ))
}

fn activity(run: &Run, biological: &Biological) -> Result<Markup, FigureError> {
    let positive = run.analysis.positive_units.iter().copied().map(f64::from);
    let effective = run.analysis.effective_units.iter().copied().map(f64::from);
    let draw = |units: Histogram, label| {
        let labels = (label, "Share of images (%)");
        units.svg(Scale::Linear, labels, |_| BIOLOGICAL)
    };
    let positive = draw(
        Histogram::from_zero(positive, 40),
        "Units with W\u{b7}v > 0",
    )?;
    let effective = draw(
        Histogram::from_zero(effective, 40),
        "Effective number of units",
    )?;
    let units = count(biological.weights.units().len() as u64);
    Ok(html! {
        div.pair {
            (figure(
                half_plot(&positive),
                &format!("How many of the {units} hidden units an image excites at all, over a sample of images: \
                          the further right, the more units share in each image."),
            ))
            (figure(
                half_plot(&effective),
                "How many units an image uses once strong ones count for more, by the participation ratio \
                 (\u{3a3}h)\u{b2} / \u{3a3}h\u{b2} of its features: 1 if one unit did all the work.",
            ))
        }
    })
}

fn animation(growth: &Growth) -> Markup {
    figure(
        growth.markup("Detectors growing from noise"),
        "The shown hidden units of the biological network as the local rule goes on, from the random start to the \
         colours of the last frame, with the epochs done as the bar below.",
    )
}

pub(super) fn settings(settings: &Map<String, Value>) -> Markup {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), String::from)
    };
    html! {
        (page::settings(settings.iter().map(|(name, value)| (name, text(value)))))
        h3 { "Run it again" }
        pre { code { "two-networks --config config.json" } }
        p.note { "with the " code { "config.json" } " that lies beside this page." }
    }
}

pub(super) fn footer() -> Markup {
    html! {
        footer {
            p {
                "After D. Krotov and J. J. Hopfield, " em { "Unsupervised learning by competing hidden units" }
                ", PNAS 116 (2019) 7723, "
                a href="https://doi.org/10.1073/pnas.1820458116" { "doi:10.1073/pnas.1820458116" } "."
            }
        }
    }
}

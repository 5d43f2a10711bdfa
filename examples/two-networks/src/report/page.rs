//! The page: its sections in order, their figures and what these show.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::canvas::data_uri;
use super::format::{count, number, percent, tick};
use super::histograms::{self, Histogram, Scale};
use super::palette::{BIOLOGICAL, NEGATIVE, NEUTRAL, POSITIVE, css};
use super::run::Run;
use super::signs::Signs;
use super::{ReportError, curves, detectors, growth, plot, results, settings, wins};

/// The whole page as text; `growth` is the animation of the weights.
pub(super) fn render(run: &Run, growth: &[u8]) -> Result<String, ReportError> {
    let title = format!(
        "Two networks on {}",
        results::display_name(&run.result.dataset)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main {
                    header {
                        p.kicker { "Unsupervised learning by competing hidden units" }
                        h1 { (title) }
                        p.summary { (results::summary(&run.result)) }
                    }
                    (results::table(&run.result))
                    (results::facts(&run.result))
                    (section("What the hidden units look for", detector_grids(run)?))
                    (section("Errors over the epochs", error_curves(run)?))
                    (section("Convergence of the local rule", convergence(run)?))
                    (section("Wins per hidden unit", wins_of_units(run)?))
                    (section("Presence and absence", weight_signs(run)?))
                    (section("Nearest training images", nearest(run)?))
                    (section("Active units per image", activity(run)?))
                    (section("The growth of the weights", animation(run, growth)))
                    (section("Settings", settings_table(run)))
                    (footer())
                }
            }
        }
    };
    Ok(page.into_string())
}

fn section(heading: &str, content: Markup) -> Markup {
    html! { section { h2 { (heading) } (content) } }
}

/// A figure that says below what it shows.
fn figure(content: Markup, caption: &str) -> Markup {
    html! { figure { (content) figcaption { (caption) } } }
}

/// A plot that shares its row with another.
fn plot(svg: &str) -> Markup {
    html! { div.plot { (PreEscaped(svg)) } }
}

/// A plot as wide as the page, scrolled sideways where it would become too small to read.
fn wide_plot(svg: &str) -> Markup {
    html! { div.plot.wide { (PreEscaped(svg)) } }
}

fn detector_grids(run: &Run) -> Result<Markup, ReportError> {
    let gray = run.analysis.image.channels == 1;
    let grid = |name: &str, class: &str, shown: &[&[f32]]| {
        let picture = detectors::grid(shown, &run.analysis.image).data_uri("the detectors")?;
        let (low, high) = detectors::range(shown);
        Ok::<_, ReportError>(html! {
            div {
                h3 { span.dot.(class) {} (name) }
                div.detectors {
                    img.pixels src=(picture) alt=(format!("Detectors of the network: {name}"));
                    @if gray { (colour_bar(detectors::limits(shown, &run.analysis.image)[0])?) }
                }
                p.range { "weights from " (number(low.into(), 3)) " to " (number(high.into(), 3)) }
            }
        })
    };
    let reading = if gray {
        "blue where a bright pixel speaks against the unit, white where it does not matter, red where it speaks for it"
    } else {
        "its weights to the red, green and blue of a pixel as a colour around middle gray, each unit on its own scale"
    };
    let caption = format!(
        "Each square is what one hidden unit looks for, {reading}; {} units of the biological network and {} of the \
         backprop network.",
        run.analysis.shown_hebbian.len(),
        run.analysis.shown_backprop.len(),
    );
    let grids = html! {
        div.pair {
            (grid("Biological network", "biological", &run.shown_hebbian())?)
            (grid("Backprop network", "backprop", &run.shown_backprop())?)
        }
    };
    Ok(figure(grids, &caption))
}

/// The scale of a grid of gray detectors, from `limit` down to `-limit`.
fn colour_bar(limit: f32) -> Result<Markup, ReportError> {
    let picture = detectors::colour_bar().data_uri("the colour bar")?;
    let limit = f64::from(limit);
    let (values, step) = plot::ticks(limit);
    Ok(html! {
        div.bar {
            img src=(picture) alt="Colour scale";
            @for value in values {
                span style={ "top:" (format!("{:.2}", 50.0 - 50.0 * value / limit)) "%" } { (tick(value, step)) }
            }
        }
    })
}

fn error_curves(run: &Run) -> Result<Markup, ReportError> {
    let svg = curves::errors_svg(&run.metrics)?;
    Ok(figure(
        wide_plot(&svg),
        "Share of wrongly classified images in each epoch, of the readout for the biological network and of all \
         training for the backprop network: dashed on the training images as they were learned from, solid on images \
         that were held out, after the epoch; lower is better, and early epochs above the plot are cut off.",
    ))
}

fn convergence(run: &Run) -> Result<Markup, ReportError> {
    let norms = &run.analysis.norms;
    let histogram = Histogram::new(norms.iter().copied().map(f64::from), 0.0, 2.0, 40);
    let labels = (
        "\u{3a3}|W|\u{1d56} / R\u{1d56} of a unit",
        "Share of units (%)",
    );
    let spread = histograms::svg("the norms", &histogram, Scale::Linear, labels, |_| {
        BIOLOGICAL
    })?;
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
                plot(&curves::converged_svg(&run.metrics)?),
                "Share of hidden units whose weights have reached the sphere on which the rule settles, after each \
                 epoch of stage 1: it should climb to nearly all units.",
            ))
            (figure(plot(&spread), &caption))
        }
    })
}

fn wins_of_units(run: &Run) -> Result<Markup, ReportError> {
    let wins = &run.analysis.wins;
    Ok(figure(wide_plot(&wins::svg(wins)?), &wins::caption(wins)))
}

fn weight_signs(run: &Run) -> Result<Markup, ReportError> {
    let units = run.hebbian.units().zip(&run.analysis.wins);
    let alive = units
        .filter(|&(_, &wins)| wins > 0)
        .flat_map(|(unit, _)| unit);
    let all = run.backprop.units().flatten();
    let networks = [
        (
            "Biological network",
            "biological",
            Signs::new(alive.copied()),
        ),
        ("Backprop network", "backprop", Signs::new(all.copied())),
    ];
    let content = html! {
        div.pair {
            @for (name, class, signs) in &networks {
                div {
                    h3 { span.dot.(class) {} (name) }
                    (shares(signs))
                    (plot(&signs.svg("the histogram of the weights")?))
                }
            }
        }
    };
    Ok(figure(
        content,
        "Share of all hidden weights below zero (blue), near zero (gray, less than 5\u{202f}% of the largest) and \
         above zero (red), and how they are spread, on a logarithmic scale; dead units of the biological network are \
         left out, as they keep the weights they started with.",
    ))
}

/// The three shares as one bar.
fn shares(signs: &Signs) -> Markup {
    let parts = [
        ("negative", signs.negative, NEGATIVE),
        ("near zero", signs.near_zero, NEUTRAL),
        ("positive", signs.positive, POSITIVE),
    ];
    html! {
        div.shares {
            @for (_, share, colour) in parts {
                span style={ "flex-grow:" (format!("{share:.2}")) ";background:" (css(colour)) } {}
            }
        }
        ul.legend {
            @for (name, share, colour) in parts {
                li { span.dot style={ "background:" (css(colour)) } {} (percent(share)) " " (name) }
            }
        }
    }
}

fn nearest(run: &Run) -> Result<Markup, ReportError> {
    let cards = html! {
        div.cards {
            @for near in &run.analysis.nearest {
                @let pair = detectors::pair(run.hebbian.unit(near.unit), &near.pixels, &run.analysis.image);
                div {
                    img.pixels src=(pair.data_uri("the nearest images")?)
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

fn activity(run: &Run) -> Result<Markup, ReportError> {
    let positive = run.analysis.positive_units.iter().copied().map(f64::from);
    let effective = run.analysis.effective_units.iter().copied().map(f64::from);
    let draw = |figure, values, label| {
        histograms::svg(
            figure,
            &values,
            Scale::Linear,
            (label, "Share of images (%)"),
            |_| BIOLOGICAL,
        )
    };
    let positive = draw(
        "the positive units",
        Histogram::from_zero(positive, 40),
        "Units with W\u{b7}v > 0",
    )?;
    let effective = draw(
        "the effective units",
        Histogram::from_zero(effective, 40),
        "Effective number of units",
    )?;
    let units = count(run.hebbian.units().len() as u64);
    Ok(html! {
        div.pair {
            (figure(
                plot(&positive),
                &format!("How many of the {units} hidden units an image excites at all, over a sample of images: \
                          the further right, the more units share in each image."),
            ))
            (figure(
                plot(&effective),
                "How many units an image uses once strong ones count for more, by the participation ratio \
                 (\u{3a3}h)\u{b2} / \u{3a3}h\u{b2} of its features: 1 if one unit did all the work.",
            ))
        }
    })
}

fn animation(run: &Run, growth: &[u8]) -> Markup {
    let (width, _) = growth::grid(run.analysis.shown_hebbian.len(), &run.analysis.image).size();
    let picture = html! {
        // Twice its size: the browser can do that without a larger file.
        img.pixels width=(2 * width) src=(data_uri("image/gif", growth)) alt="Detectors growing from noise";
    };
    figure(
        picture,
        "The shown hidden units of the biological network as the local rule goes on, from the random start to the \
         colours of the last frame, with the epochs done as the bar below.",
    )
}

fn settings_table(run: &Run) -> Markup {
    html! {
        dl.settings {
            @for (name, value) in settings::flatten(&run.settings) {
                div { dt { (name) } dd { (value) } }
            }
        }
        h3 { "Run it again" }
        pre { code { "two-networks --config config.json" } }
        p.note { "with the " code { "config.json" } " that lies beside this page." }
    }
}

fn footer() -> Markup {
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

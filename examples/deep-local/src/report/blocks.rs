//! The blocks as figures: what their units look for, what excites them, how long they are and how often they win.

use std::ops::Range;

use maud::{Markup, html};
use run_figures::FigureError;
use run_figures::canvas::Canvas;
use run_figures::format::{count, number, percent_or_dash};
use run_figures::histogram::{Histogram, Scale};
use run_figures::page::{figure, half_plot};
use run_figures::palette::Rgb;
use run_figures::plot::HALF;
use run_figures::{detectors, patches, ranks};

use super::curves;
use super::run::Run;
use super::{BlockAnalysis, LOCAL, Patch};

/// All blocks in numbers.
pub(super) fn table(run: &Run) -> Result<Markup, FigureError> {
    let blocks = (1..).zip(&run.analysis.blocks);
    let table = html! {
        div.scroll {
            table.results {
                thead {
                    tr {
                        th scope="col" { "Block" }
                        th scope="col" { "units" }
                        th scope="col" { "kernel" }
                        th scope="col" { "sees of the image" }
                        th scope="col" { "mean length" }
                        th scope="col" { "directions" }
                        th scope="col" { "units without a win" }
                        th scope="col" { "share of the winner" }
                    }
                }
                tbody {
                    @for (number_of_block, block) in blocks {
                        tr {
                            th scope="row" { (number_of_block) }
                            td { (count(block.units() as u64)) }
                            td { (block.channels) " \u{d7} " (square(block.kernel)) }
                            td { (square(block.field)) }
                            td { (number(block.mean_length(), 2)) }
                            td { (number(block.directions, 0)) }
                            td { (count(block.dead() as u64)) }
                            td { (percent_or_dash(block.winner_share.map(|share| 100.0 * share))) }
                        }
                    }
                }
            }
        }
    };
    let images = count(run.analysis.images as u64);
    let caption = format!(
        "The blocks after training, looking at {images} of the images that judge the run. All units compete at each \
         place of the map; the winner's share is its part of the softmax there, which the soft rule learns by. The \
         directions are those that the units span: as many as units where all are orthogonal, one where they have \
         come to the same."
    );
    Ok(html! {
        (figure(table, &caption))
        (rest(run)?)
    })
}

/// How the blocks came to rest, where the local phase tells it.
fn rest(run: &Run) -> Result<Markup, FigureError> {
    let blocks = run.analysis.blocks.len();
    let norms = curves::blocks_svg(&run.metrics, blocks, "Mean Norm", "Mean norm of a unit")?;
    let dead = curves::blocks_svg(
        &run.metrics,
        blocks,
        "Dead Units",
        "Units without a win (%)",
    )?;
    let figures = [
        (
            norms,
            "The norm that the rule drives to 1, |W|\u{b2} where it knows no other, averaged over the units of a block \
             as the images go by.",
        ),
        (
            dead,
            "Share of the units of a block that win nowhere in a part of an epoch.",
        ),
    ];
    Ok(html! {
        div.pair {
            @for (svg, caption) in &figures {
                @if let Some(svg) = svg { (figure(half_plot(svg), caption)) }
            }
        }
    })
}

/// The filters of the first block.
pub(super) fn filters(run: &Run) -> Result<Markup, FigureError> {
    let figures = run.analysis.blocks.iter().filter_map(|block| {
        let filters = block.filters.as_ref()?;
        let size = run.patch(block);
        let filters: Vec<_> = filters.chunks(size.values()).collect();
        let picture = detectors::markup(&filters, size, "Filters of the first block");
        let reading = if size.is_gray() {
            "blue where a bright pixel speaks against the unit, white where it does not matter, red where it speaks \
             for it"
        } else {
            "its weights to red, green and blue as a colour around middle gray, the three on one scale that is each \
             unit's own"
        };
        let caption = format!(
            "Each square is what one of the {} units of the first block looks for, {} pixels of the normalised image: \
             {reading}.",
            filters.len(),
            square(block.kernel),
        );
        Some(picture.map(|picture| figure(picture, &caption)))
    });
    let figures: Vec<_> = figures.collect::<Result<_, _>>()?;
    Ok(html! { @for figure in &figures { (figure) } })
}

/// The filters of the first block as one picture.
pub(super) fn picture(run: &Run) -> Option<Canvas<Rgb>> {
    let block = run.analysis.blocks.first()?;
    let size = run.patch(block);
    let filters: Vec<_> = block.filters.as_ref()?.chunks(size.values()).collect();
    Some(detectors::grid(&filters, size))
}

/// What excites the units of deeper blocks.
pub(super) fn excited(run: &Run) -> Result<Markup, FigureError> {
    let blocks = (1..).zip(&run.analysis.blocks);
    Ok(html! {
        @for (number, block) in blocks.filter(|(_, block)| !block.excited.is_empty()) {
            h3 { "Block " (number) }
            (excited_by(run, number, block)?)
        }
    })
}

fn excited_by(run: &Run, number: usize, block: &BlockAnalysis) -> Result<Markup, FigureError> {
    let (image, size) = (run.image_size(), run.patch(block));
    let cards = html! {
        div.cards {
            @for excited in &block.excited {
                @let patches: Vec<_> = excited.patches.iter().map(|patch| seen(patch, image.height, image.width, block.field)).collect();
                div {
                    img.pixels src=(patches::grid(&patches, 255.0, size).data_uri()?)
                        alt=(format!("Patches that excite unit {} of block {number}", excited.unit));
                    p { "unit " (excited.unit) br; strong { (count(block.wins[excited.unit])) } " wins" }
                }
            }
        }
    };
    let caption = format!(
        "For {} of the units that win, the parts of six images on which the current of the unit is largest, at most \
         one part of an image: the {} pixels that it depends on, gray where they lie beyond the edge.",
        block.excited.len(),
        square(block.field),
    );
    Ok(figure(cards, &caption))
}

/// A patch with the part of it that lies in the image.
fn seen(patch: &Patch, height: usize, width: usize, field: usize) -> patches::Patch<'_> {
    patches::Patch {
        pixels: &patch.pixels.0,
        rows: inside(patch.top, height, field),
        columns: inside(patch.left, width, field),
    }
}

/// The part of a line of `field` pixels from `start` on that lies within `0..end`.
fn inside(start: i64, end: usize, field: usize) -> Range<usize> {
    let within = |place: i64| place.saturating_sub(start).clamp(0, field as i64) as usize;
    within(0)..within(end as i64)
}

/// How the lengths and wins of the units are spread.
pub(super) fn spread(run: &Run) -> Result<Markup, FigureError> {
    let blocks = (1..).zip(&run.analysis.blocks);
    Ok(html! {
        @for (number, block) in blocks {
            h3 { "Block " (number) }
            (spread_of(block)?)
        }
    })
}

fn spread_of(block: &BlockAnalysis) -> Result<Markup, FigureError> {
    let lengths = block.lengths.iter().copied().map(f64::from);
    let lengths = Histogram::from_zero(lengths, 40);
    let labels = ("Length |W| of a unit", "Share of units (%)");
    let lengths = lengths.svg(Scale::Linear, labels, |_| LOCAL)?;
    let labels = ("Units, from most to fewest wins", "Places won");
    let wins = ranks::svg(HALF, &block.wins, labels, LOCAL)?;
    let units = count(block.units() as u64);
    Ok(html! {
        div.pair {
            (figure(
                half_plot(&lengths),
                &format!("How long the {units} units are at the end; the rules come to rest at length 1."),
            ))
            (figure(
                half_plot(&wins),
                &format!(
                    "Each unit as a bar as high as the number of places it wins, on a logarithmic scale: the median \
                     unit wins {}, and {} win none.",
                    count(ranks::median(&block.wins)),
                    count(block.dead() as u64),
                ),
            ))
        }
    })
}

fn square(side: usize) -> String {
    format!("{side} \u{d7} {side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_image_is_known_at_every_edge() {
        assert_eq!(inside(-11, 32, 26), 11..26);
        assert_eq!(inside(3, 32, 26), 0..26);
        assert_eq!(inside(17, 32, 26), 0..15);
        assert_eq!(inside(-2, 3, 8), 2..5);
        // A file may hold any place.
        assert!(inside(i64::MIN, 32, 26).is_empty() && inside(i64::MAX, 32, 26).is_empty());
    }
}

//! What the finished blocks look like from outside: the numbers behind the report's figures.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn_hebbian::{AnyRule, HebbianConv2d, Responses, unit_length};
use image_sets::ImageShape;

use super::field::Field;
use super::gallery::Gallery;
use super::local::Stack;
use super::strongest::{Peak, Strongest};
use crate::report::{Analysis, BlockAnalysis, Excited};
use crate::settings::{Rule, Settings};

/// How many images the blocks are shown.
const SAMPLE: usize = 2000;

/// How many images they are shown at once.
const BATCH: usize = 100;

/// How many units of a block the figures show.
const SHOWN: usize = 24;

/// Shows some of `images`, `[n, channels, height, width]`, pixels from 0 to 1, to the blocks of the finished
/// network, each by its running statistics.
pub(super) fn analyse(settings: &Settings, stack: &Stack, images: &Tensor<4>) -> Analysis {
    let count = images.dims()[0].min(SAMPLE);
    let images = images.clone().narrow(0, 0, count);
    // Frozen, so that a block that is asked who wins does not learn from the answer.
    let mut stack = stack.clone().freeze();
    let blocks = 0..settings.blocks();
    let mut views: Vec<_> = blocks.map(|block| View::new(settings, block)).collect();
    for first in (0..count).step_by(BATCH) {
        let batch = images.clone().narrow(0, first, BATCH.min(count - first));
        let blocks = stack.blocks.iter_mut().zip(&mut views);
        blocks.fold(batch, |input, (block, view)| {
            let responses = block.conv.learn_in_place(block.norm.forward(input), 0.0);
            view.note(first, &responses);
            block
                .pooling
                .forward(block.activation.forward(responses.output))
        });
    }
    let [_, channels, height, width] = images.dims();
    let shape = ImageShape {
        channels,
        height,
        width,
    };
    let gallery = Gallery::new(images, shape);
    let blocks = stack.blocks.iter().zip(views).enumerate();
    Analysis {
        images: count,
        blocks: blocks
            .map(|(number, (block, view))| view.finish(settings, number, &block.conv, &gallery))
            .collect(),
    }
}

/// What is seen of a block while it looks at images.
struct View {
    /// By what the currents are multiplied before the softmax, where the rule has one.
    temperature: Option<f64>,
    wins: Vec<u64>,
    strongest: Vec<Strongest>,
    /// The sum of the shares of the winners.
    shares: f64,
    /// Columns of the map.
    columns: usize,
}

impl View {
    fn new(settings: &Settings, block: usize) -> Self {
        let units = settings.units_of(block);
        let soft = matches!(settings.rule, Rule::Soft | Rule::SoftAll);
        Self {
            temperature: soft.then(|| settings.temperatures[block]),
            wins: vec![0; units],
            strongest: vec![Strongest::default(); units],
            shares: 0.0,
            columns: 0,
        }
    }

    /// Notes how the block responds to a batch that begins with image `first`.
    fn note(&mut self, first: usize, responses: &Responses) {
        let [images, units, rows, columns] = responses.output.dims();
        self.columns = columns;
        for winner in responses.winners.clone().into_data().iter::<i64>() {
            self.wins[winner as usize] += 1;
        }
        // Units last, as they lie in memory; no permutation, as for `mirrored` in `features.rs`.
        let currents = responses.output.clone().swap_dims(1, 2).swap_dims(2, 3);
        let currents: Tensor<3> = currents.reshape([images, rows * columns, units]);
        if let Some(temperature) = self.temperature {
            let shares = softmax(currents.clone() * temperature, 2).max_dim(2);
            self.shares += f64::from(shares.sum().into_scalar::<f32>());
        }
        let (peaks, places) = currents.max_dim_with_indices(1);
        let (peaks, places) = (peaks.into_data(), places.into_data());
        let found = peaks.iter::<f32>().zip(places.iter::<i64>()).enumerate();
        for (n, (current, place)) in found {
            self.strongest[n % units].note(Peak {
                current,
                image: first + n / units,
                place: place as usize,
            });
        }
    }

    /// What was seen, and what the weights of the block tell.
    fn finish(
        self,
        settings: &Settings,
        block: usize,
        conv: &HebbianConv2d<AnyRule>,
        gallery: &Gallery,
    ) -> BlockAnalysis {
        let field = field(settings, block);
        let synapses = conv.synapses();
        let lengths = synapses.clone().square().sum_dim(1).sqrt();
        let won: u64 = self.wins.iter().sum();
        let is_first = block == 0;
        let excited = shown(&self.wins).into_iter().map(|unit| {
            let peaks = self.strongest[unit].peaks().iter();
            Excited {
                unit,
                patches: peaks
                    .map(|peak| {
                        let top = field.start(peak.place / self.columns);
                        let left = field.start(peak.place % self.columns);
                        gallery.cut(peak.image, top, left, field.size)
                    })
                    .collect(),
            }
        });
        BlockAnalysis {
            channels: conv.weight.val().dims()[1],
            kernel: settings.kernels[block],
            field: field.size,
            directions: round(directions(&synapses)),
            lengths: rounded(lengths),
            winner_share: self
                .temperature
                .map(|_| round(self.shares / won.max(1) as f64)),
            filters: is_first.then(|| rounded(synapses)),
            excited: if is_first {
                Vec::new()
            } else {
                excited.collect()
            },
            wins: self.wins,
        }
    }
}

/// `n^2 / sum of cos^2` over all pairs of n units, `[n, visible]`.
fn directions(synapses: &Tensor<2>) -> f64 {
    let [units, _] = synapses.dims();
    let unit = unit_length(synapses.clone());
    let cosines = unit.clone().matmul(unit.transpose());
    let squares = cosines.square().sum().into_scalar::<f64>();
    // Units of length 0 have no direction.
    (units * units) as f64 / squares.max(1.0)
}

/// Up to [`SHOWN`] of the units that win, from all of the block. Their order is that of a random start, so even
/// steps are a fair choice.
fn shown(wins: &[u64]) -> Vec<usize> {
    let living: Vec<_> = (0..wins.len()).filter(|&unit| wins[unit] > 0).collect();
    let count = living.len().min(SHOWN);
    (0..count)
        .map(|n| living[n * living.len() / count])
        .collect()
}

/// What the places of the convolution of `block` see of the image.
fn field(settings: &Settings, block: usize) -> Field {
    let conv =
        |field: Field, block| field.seen_by(settings.kernels[block], 1, settings.padding_of(block));
    let below = (0..block).fold(Field::PIXEL, |field, below| {
        let pool = settings.poolings[below];
        conv(field, below).seen_by(pool.kernel, pool.stride, pool.padding)
    });
    conv(below, block)
}

/// The values of a tensor with as many decimals as a figure shows, which keeps the file small.
fn rounded(values: Tensor<2>) -> Vec<f32> {
    let values = values.into_data();
    values
        .iter::<f32>()
        .map(|value| round(value.into()) as f32)
        .collect()
}

fn round(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

#[cfg(all(test, feature = "flex"))] // Other backends take minutes.
mod tests {
    use burn::tensor::{Device, Distribution};
    use image_runs::List;
    use image_sets::ImageSet;

    use super::*;
    use crate::report::Patch;
    use crate::settings::{Pool, Preset, preset};

    /// A current depends on its patch and on nothing else: the images are drawn anew around the patch.
    #[test]
    fn a_patch_is_all_that_its_unit_sees() {
        let device = Device::flex();
        let settings = Settings {
            units: List(vec![6, 8, 5]),
            kernels: List(vec![3, 2, 3]),
            poolings: List(vec![
                Pool::max(3, 2, 1),
                Pool::average(2, 1, 0),
                Pool::max(1, 1, 0),
            ]),
            powers: List(vec![1.0; 3]),
            temperatures: List(vec![1.0; 3]),
            ..preset(ImageSet::Mnist, Preset::Quick, Rule::Soft)
        };
        let settings = Settings {
            width: 1.0,
            ..settings
        };
        device.seed(5);
        let stack = settings
            .stack(ImageSet::Mnist.shape())
            .init(&device)
            .unwrap();
        let image = |seed: u64| {
            device.seed(seed);
            let uniform = Distribution::Uniform(0.0, 1.0);
            (Tensor::<4>::random([1, 1, 28, 28], uniform, &device) * 255.0).round() / 255.0
        };
        let shown = image(6);
        let analysis = analyse(&settings, &stack, &shown);
        let currents = |images: Tensor<4>, last: usize| {
            let below = stack.blocks[..last].iter();
            let seen = below.fold(images, |images, block| block.forward(images));
            let block = &stack.blocks[last];
            block.conv.forward(block.norm.forward(seen))
        };
        for last in [1, 2] {
            let size = analysis.blocks[last].field;
            for Excited { unit, patches } in &analysis.blocks[last].excited {
                let Patch {
                    top, left, pixels, ..
                } = &patches[0];
                let mut drawn: Vec<f32> = image(7).into_data().iter().collect();
                for (n, pixel) in pixels.0.iter().enumerate() {
                    let (y, x) = (top + (n / size) as i64, left + (n % size) as i64);
                    if (0..28).contains(&y) && (0..28).contains(&x) {
                        drawn[(y * 28 + x) as usize] = f32::from(*pixel) / 255.0;
                    }
                }
                let drawn = Tensor::<1>::from_floats(&drawn[..], &device).reshape([1, 1, 28, 28]);
                let of_unit = |images: Tensor<4>| -> Vec<f32> {
                    let maps = currents(images, last).narrow(1, *unit, 1);
                    maps.into_data().iter().collect()
                };
                let (before, after) = (of_unit(shown.clone()), of_unit(drawn));
                let peak = (0..before.len())
                    .max_by(|a, b| before[*a].total_cmp(&before[*b]))
                    .unwrap();
                let (a, b) = (before[peak], after[peak]);
                assert!((a - b).abs() < 1e-3 * a.abs().max(1.0), "{a} and {b}");
                assert_ne!(before, after);
            }
        }
        let places: u64 = analysis.blocks[0].wins.iter().sum();
        assert_eq!(places, 28 * 28);
        assert!(analysis.blocks[0].winner_share.unwrap() > 1.0 / 6.0);
    }

    #[test]
    fn directions_are_counted() {
        let device = Device::flex();
        let of = |rows: [[f32; 3]; 3]| directions(&Tensor::from_data(rows, &device));
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-5, "{found}");
        close(
            of([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -3.0]]),
            3.0,
        );
        close(
            of([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]]),
            1.0,
        );
        // Two along one axis and one across: 9 / (3 + 2).
        close(of([[1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), 1.8);
    }

    #[test]
    fn living_units_are_shown_in_even_steps() {
        let mut wins = vec![1; 96];
        let quarter: Vec<_> = (0..24).map(|n| 4 * n).collect();
        assert_eq!(shown(&wins), quarter);
        wins[8..].fill(0);
        wins[2] = 0;
        assert_eq!(shown(&wins), [0, 1, 3, 4, 5, 6, 7]);
        assert!(shown(&[0, 0]).is_empty());
    }
}

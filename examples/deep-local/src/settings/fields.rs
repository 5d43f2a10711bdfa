//! Every setting, declared once: a field of the settings, a flag, and a key of a file.

use burn_runs::Backend;
use image_runs::{EarlierRun, List};
use image_sets::ImageSource;

use super::{Backprop, Order, Pool, Preset, Rule};

image_runs::settings! {
    /// The images to learn: digits, mnist, fashion-mnist, cifar10, folder:PATH for folders of PNG or JPEG files, one for
    /// each class, or an .npz file [default: digits]
    #[arg(value_name = "NAME | folder:PATH | FILE.npz")]
    dataset: ImageSource,
    /// Scale the files of a folder to N x N pixels; 0 is the size of most [default: 0]
    #[arg(value_name = "N")]
    image_size: usize,
    /// The settings to start from: `quick`, or `paper` as published [default: quick]
    preset: Preset,
    /// The local rule of all blocks, each with settings to start from [default: soft]
    rule: Rule,
    /// Where tensors are computed [default: flex]
    backend: Backend,
    /// The seed of the weights and of the order of the images [default: 0]
    seed: u64,
    /// Hold out the last N training images; the test set is then not touched [default: 0]
    #[arg(value_name = "N")]
    validation: usize,
    /// How many training images have labels, as many of each class; the local rule sees all images
    /// without them, the readout and backpropagation these. 0 is all [default: 0]
    labels: usize,

    /// The factor on the units of all blocks
    width: f64,
    /// The units of each block at width 1, comma-separated: as many numbers as there are blocks
    units: List<usize>,
    /// The side of the kernel of each block
    kernels: List<usize>,
    /// The power of the triangle activation of each block
    powers: List<f64>,
    /// The pooling of each block as kind-kernel-stride-padding, such as max-4-2-1,average-2-2-0
    poolings: List<Pool>,

    /// The folder of a finished run whose blocks are taken instead of learning others
    #[arg(value_name = "DIR")]
    from_local: EarlierRun,
    /// The order in which the blocks learn
    order: Order,
    /// The epochs of the local rule, those of each block where one learns after the other
    epochs_local: usize,
    /// The images per step of the local rule
    batch_size: usize,
    /// The rate of the local rule in each block
    learning_rates: List<f64>,
    /// Whether these rates fall linearly to 0 (else they stay)
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    falling: bool,
    /// The power of a unit's distance from length 1 in its rate; with 0 all units have the same rate
    rate_power: f64,
    /// The length of a unit at the start
    radius: f64,
    /// The inverse temperature of the soft competition in each block
    temperatures: List<f64>,
    /// The Lebesgue norm p of the Krotov-Hopfield rule
    p: f64,
    /// The rank k of the unit that the Krotov-Hopfield rule pushes away; 2 is the runner-up
    k: usize,
    /// The strength delta of that push
    delta: f64,

    /// Whether the features of an image are averaged with those of its mirror image, left for right
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    mirror_features: bool,
    /// Whether the features are divided by their root mean square before the readout
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    scale_features: bool,
    /// The epochs of the readout
    epochs_readout: usize,
    /// The images per step of the readout
    batch_size_readout: usize,
    /// Adam's rate of the readout at the start
    learning_rate_readout: f64,
    /// The epochs of the readout after which its rate is halved, comma-separated
    halvings: List<usize>,
    /// The share of features that are left out in a step, of the readout and of the backprop networks
    dropout: f64,

    /// How long the same network is trained by backpropagation for comparison
    backprop: Backprop,
    /// Whether backpropagation also trains the network from the filters that were learned locally
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    fine_tune: bool,
    /// The epochs of the backprop networks, at most
    epochs_backprop: usize,
    /// The images per step of the backprop networks
    batch_size_backprop: usize,
    /// Adam's rate of the backprop networks at the start
    learning_rate_backprop: f64,
    /// The epochs of the backprop networks after which their rate is halved, comma-separated
    halvings_backprop: List<usize>,
}

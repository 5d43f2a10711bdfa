//! Every setting, declared once: a field of the settings, a flag, and a key of a file.

use burn_hebbian::FeatureScale;
use burn_runs::Backend;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use image_runs::{EarlierRun, List};
use image_sets::ImageSource;

use super::{Loss, Only, Preset, Start};

image_runs::settings! {
    /// The images to learn: digits, mnist, fashion-mnist, cifar10, folder:PATH for folders of PNG or JPEG files, one for
    /// each class, or an .npz file [default: digits]
    #[arg(value_name = "NAME | folder:PATH | FILE.npz")]
    dataset: ImageSource,
    /// Scale the files of a folder to N x N pixels; 0 is the size of most [default: 0]
    #[arg(value_name = "N")]
    image_size: usize,
    /// The settings to start from: `quick`, `paper` for the published errors, or `quoted` as the paper's are quoted
    /// [default: quick]
    preset: Preset,
    /// Where tensors are computed [default: flex]
    backend: Backend,
    /// The seed of the weights and of the order of the images [default: 0]
    seed: u64,
    /// Hold out the last N training images; the test set is then not touched [default: 0]
    #[arg(value_name = "N")]
    validation: usize,
    /// Every how many epochs the animation gets a frame
    #[arg(value_name = "N")]
    snapshot_every: usize,

    /// How many training images have labels, as many of each class; the local rule sees all images, and no label; 0 is all
    /// [default: 0]
    #[arg(value_name = "N")]
    labels: usize,
    /// Which of the two networks to train [default: both]
    only: Only,
    /// The folder of a run, ended or not, whose hidden units are taken instead of learning others
    #[arg(value_name = "DIR")]
    from_hidden: EarlierRun,
    /// The number of hidden units K of both networks
    hidden: usize,
    /// The Lebesgue norm p of the local rule
    p: f64,
    /// The rank k of the unit that is pushed away; 2 is the runner-up
    k: usize,
    /// The strength delta of that push
    delta: f64,
    /// The radius R of the sphere that the synapses converge to
    radius: f64,
    /// Whether stage 1 sees images of unit length (else pixels from 0 to 1)
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    unit_length: bool,
    /// Whether the mean training image is subtracted from what the biological network sees; not in the paper
    #[arg(num_args = 0..=1, default_missing_value = "true", value_name = "true | false")]
    centre: bool,
    /// Where the synapses of stage 1 start
    start: Start,
    /// The first epochs of stage 1, after which the push has grown to delta; 0 has it whole from the start
    #[arg(value_name = "N")]
    push_epochs: usize,
    /// The epochs of stage 1, the local rule
    epochs_hebbian: usize,
    /// The images per step of stage 1
    batch_size: usize,
    /// The learning rate of stage 1, which falls linearly to 0
    learning_rate: f64,

    /// The power n of the hidden units of the biological network
    power: f64,
    /// The root mean square that the features are divided by before the readout
    #[arg(value_parser = feature_scale())]
    feature_scale: FeatureScale,
    /// The loss of the readout, stage 2
    loss_readout: Loss,
    /// The scale beta of the power loss of the readout
    beta: f64,
    /// The power m of the power loss, that of either network
    loss_power: f64,
    /// The strength lambda of the penalty lambda sum S^2 on the weights of the readout; not in the paper [default: 0]
    penalty_readout: f64,
    /// The epochs of the readout
    epochs_readout: usize,
    /// The images per step of the readout
    batch_size_readout: usize,
    /// Adam's rates of the readout, comma-separated, each for an equal part of its epochs
    learning_rates_readout: List<f64>,

    /// The loss of the backprop network
    loss_backprop: Loss,
    /// The scale beta of the power loss of the backprop network
    beta_backprop: f64,
    /// The epochs of the backprop network
    epochs_backprop: usize,
    /// The images per step of the backprop network
    batch_size_backprop: usize,
    /// Adam's rates of the backprop network, comma-separated, each for an equal part of its epochs
    learning_rates_backprop: List<f64>,
}

/// Reads the names that files have too; the library knows no flags.
fn feature_scale() -> impl TypedValueParser<Value = FeatureScale> {
    PossibleValuesParser::new(["none", "layer", "unit", "capped"])
        .map(|name| serde_json::from_value(name.into()).expect("these are its names"))
}

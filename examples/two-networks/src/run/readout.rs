//! Stage 2: the readout learns from the activities of the finished hidden layer.

use backprop_mlp::Labelled;
use burn::data::dataloader::DataLoader;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn_hebbian::{HebbianLinear, RectifiedPower};
use burn_runs::checkpoint::sha256;

use super::RunError;
use super::classifier::{self, EVALUATION_BATCH, Errors, Lessons};
use super::stage::Stage;
use crate::loader::unlabelled;
use crate::model::{BiologicalNetwork, Readout, unit_length};
use crate::settings::FeatureScale;

/// What stage 2 leaves behind.
pub(crate) struct FinishedReadout {
    linear: Linear,
    activation: RectifiedPower,
    /// The features of the judging images, as the readout sees them.
    pub features: Tensor<2>,
    pub errors: Errors,
    pub seconds: f64,
}

impl FinishedReadout {
    /// The whole network.
    pub fn network(self, hidden: HebbianLinear) -> BiologicalNetwork {
        BiologicalNetwork {
            hidden,
            activation: self.activation,
            readout: self.linear,
        }
    }
}

/// Trains a readout of hidden units with `synapses`, `[hidden, visible]`.
pub(crate) fn train(stage: &Stage, synapses: &Tensor<2>) -> Result<FinishedReadout, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    stage.seed();
    let activation = settings.rectified_power().init()?;
    let mut train = features(&experiment.train, synapses, &activation);
    let mut judge = features(&experiment.judge, synapses, &activation);
    // A cosine to the power 4.5 is tiny. Divided by their root mean square, features have a size
    // that beta and the learning rates can be chosen for, whatever n; the finished readout takes
    // the factors into its weights.
    let sizes = sizes(&train.inputs, settings.feature_scale);
    train.inputs = train.inputs / sizes.clone();
    judge.inputs = judge.inputs / sizes.clone();

    let [hidden, _] = synapses.dims();
    let readout = Readout::new(
        hidden,
        experiment.classes,
        &settings.objective_readout(),
        &experiment.device.clone().autodiff(),
    )?;
    let lessons = Lessons {
        stage: "readout",
        shown: "biological network, readout",
        train: &train,
        judge: &judge,
        batch_size: settings.batch_size_readout,
        epochs: settings.epochs_readout,
        rates: &settings.learning_rates_readout,
        // A readout stands on the synapses to the bit.
        foundation: sha256(&[synapses.to_data().bytes()]),
    };
    let (readout, seconds) = classifier::train(stage, readout, &lessons)?;
    let error = |data| classifier::classification_error(data, |features| readout.forward(features));
    Ok(FinishedReadout {
        errors: Errors::new(experiment, error(&train), error(&judge)),
        linear: readout.into_linear(sizes),
        activation,
        features: judge.inputs,
        seconds,
    })
}

/// `max(W v, 0)^n` of all images, scaled to unit length.
fn features(images: &Labelled, synapses: &Tensor<2>, activation: &RectifiedPower) -> Labelled {
    let [count, _] = images.inputs.dims();
    let [units, _] = synapses.dims();
    let synapses = synapses.clone().transpose();
    let mut features = Tensor::empty([count, units], &images.inputs.device());
    let mut done = 0;
    for batch in unlabelled(images, EVALUATION_BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let next = done + batch.dims()[0];
        let activities = activation.forward(unit_length(batch).matmul(synapses.clone()));
        features = features.slice_assign([done..next, 0..units], activities);
        done = next;
    }
    Labelled {
        inputs: features,
        labels: images.labels.clone(),
    }
}

/// What each feature is divided by, `[1, hidden]`.
fn sizes(features: &Tensor<2>, scale: FeatureScale) -> Tensor<2> {
    let squares = mean_squares(features);
    let squares = match scale {
        FeatureScale::Layer => squares.clone().mean_dim(1).expand(squares.shape()),
        FeatureScale::Unit => squares,
        FeatureScale::Capped => {
            let mut sorted: Vec<f32> = squares.clone().into_data().iter().collect();
            sorted.sort_by(f32::total_cmp);
            squares.clamp_min(sorted[sorted.len() / 2])
        }
    };
    // A unit that no training image excites tells nothing of its size. Divided by next to nothing, a
    // test image that does excite it would have an infinite feature.
    let silent = squares.clone().equal_elem(0.0);
    squares.sqrt().mask_fill(silent, 1.0)
}

/// The mean square of each column, `[1, columns]`, in two stages: a float32 sum over 60,000 rows
/// would lose digits.
fn mean_squares(features: &Tensor<2>) -> Tensor<2> {
    let [count, _] = features.dims();
    let sums = features
        .clone()
        .chunk(count.div_ceil(EVALUATION_BATCH), 0)
        .into_iter()
        .map(|rows| rows.square().sum_dim(0));
    Tensor::cat(sums.collect(), 0).sum_dim(0) / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};
    use burn_hebbian::{HebbianLinearConfig, KrotovHopfieldConfig, RectifiedPowerConfig};

    #[test]
    fn cached_features_are_those_of_the_network() {
        let device = Device::default();
        let rule = KrotovHopfieldConfig::new().with_k(2);
        let hidden = HebbianLinearConfig::new(2, 3)
            .with_rule(rule)
            .init(&device)
            .unwrap();
        let activation = RectifiedPowerConfig::new(4.5).init().unwrap();
        let count = EVALUATION_BATCH as i64 + 7;
        let inputs = Tensor::arange(1..2 * count + 1, &device)
            .float()
            .reshape([-1, 2]);
        let images = Labelled {
            inputs: inputs.clone(),
            labels: Tensor::zeros([count as usize], &device),
        };
        let cached = features(&images, &hidden.synapses(), &activation).inputs;
        let expected = activation.forward(hidden.forward(unit_length(inputs)));
        cached
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }

    #[test]
    fn sizes_follow_the_scale() {
        let features = Tensor::from_data([[2.0, 4.0, 0.0], [2.0, 4.0, 0.0]], &Device::default());
        let of = |scale| -> Vec<f32> { sizes(&features, scale).into_data().iter().collect() };
        let layer = (20.0_f32 / 3.0).sqrt();
        assert_eq!(of(FeatureScale::Layer), [layer; 3]);
        assert_eq!(of(FeatureScale::Unit), [2.0, 4.0, 1.0]);
        assert_eq!(of(FeatureScale::Capped), [2.0, 4.0, 2.0]);
        let silent = Tensor::zeros([2, 3], &Device::default());
        assert_eq!(
            sizes(&silent, FeatureScale::Capped).into_data(),
            TensorData::from([[1f32; 3]])
        );
    }

    #[test]
    fn mean_squares_follow_the_formula() {
        let count = 2 * EVALUATION_BATCH + 1;
        let ones = Tensor::<2>::ones([count, 1], &Device::default());
        let features = Tensor::cat(vec![ones.clone(), ones * 3.0], 1);
        let squares: Vec<f32> = mean_squares(&features).into_data().iter().collect();
        assert_eq!(squares, [1.0, 9.0]);
    }
}

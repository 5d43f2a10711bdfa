//! Stage 2: the readout learns from the activities of the finished hidden layer.

use backprop_mlp::Labelled;
use burn::data::dataloader::DataLoader;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn_hebbian::{HebbianLinear, RectifiedPower};

use super::RunError;
use super::classifier::{self, EVALUATION_BATCH, Errors, Lessons};
use super::training::{Label, Stage};
use crate::loader::DeviceLoader;
use crate::model::{BiologicalNetwork, Readout, unit_length};

/// What stage 2 leaves behind.
pub(super) struct FinishedReadout {
    linear: Linear,
    activation: RectifiedPower,
    /// The features of the judging images, divided by the root mean square over the training set.
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

pub(super) fn train(stage: &Stage, hidden: &HebbianLinear) -> Result<FinishedReadout, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    let activation = settings.rectified_power().init()?;
    let mut train = features(&experiment.train, hidden, &activation);
    let mut judge = features(&experiment.judge, hidden, &activation);
    // A cosine to the power 4.5 is tiny. Divided by their root mean square, features have a scale
    // that beta and the learning rates can be chosen for, whatever n; the finished readout takes
    // the factor into its weights.
    let scale = root_mean_square(&train.inputs).max(f64::from(f32::MIN_POSITIVE));
    train.inputs = train.inputs / scale;
    judge.inputs = judge.inputs / scale;

    let readout = Readout::new(
        settings.hidden,
        experiment.classes,
        &settings.objective(settings.loss_readout),
        &experiment.device.clone().autodiff(),
    )?;
    let label = Label {
        network: "hebbian",
        stage: "readout",
        shown: "biological network, readout",
    };
    let lessons = Lessons {
        train: &train,
        judge: &judge,
        batch_size: settings.batch_size_readout,
        epochs: settings.epochs_readout,
        rates: &settings.learning_rates_readout,
    };
    let (readout, seconds) = classifier::train(stage, label, readout, &lessons)?;
    let error = |data| classifier::classification_error(data, |features| readout.forward(features));
    Ok(FinishedReadout {
        errors: Errors::new(experiment, error(&train), error(&judge)),
        linear: readout.into_linear(scale),
        activation,
        features: judge.inputs,
        seconds,
    })
}

/// `max(W v, 0)^n` of all images, scaled to unit length.
fn features(images: &Labelled, hidden: &HebbianLinear, activation: &RectifiedPower) -> Labelled {
    let [count, _] = images.inputs.dims();
    let [units, _] = hidden.synapses().dims();
    let mut features = Tensor::empty([count, units], &images.inputs.device());
    let mut done = 0;
    for batch in DeviceLoader::unlabelled(images, EVALUATION_BATCH).iter() {
        let batch = batch.expect("a tensor in memory yields every batch");
        let next = done + batch.dims()[0];
        let activities = activation.forward(hidden.forward(unit_length(batch)));
        features = features.slice_assign([done..next, 0..units], activities);
        done = next;
    }
    Labelled {
        inputs: features,
        labels: images.labels.clone(),
    }
}

/// The root mean square over all entries, summed row by row: a float32 sum over a hundred million
/// of them would lose the small ones.
fn root_mean_square(features: &Tensor<2>) -> f64 {
    let rows = features.clone().square().mean_dim(1).into_data();
    let sum: f64 = rows.iter::<f64>().sum();
    (sum / rows.num_elements() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tolerance};
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
        let cached = features(&images, &hidden, &activation).inputs;
        let expected = activation.forward(hidden.forward(unit_length(inputs)));
        cached
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }

    #[test]
    fn the_root_mean_square_follows_the_formula() {
        let features = Tensor::from_data([[3.0, 4.0], [0.0, 0.0]], &Device::default());
        assert!((root_mean_square(&features) - 2.5).abs() < 1e-6);
    }
}

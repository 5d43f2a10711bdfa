//! Stage 2: the readout learns from the activities of the finished hidden layer.

use burn::data::dataloader::DataLoader;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn_hebbian::train::Labelled;
use burn_hebbian::{BiologicalNetwork, HebbianLinear, ReadoutConfig, RectifiedPower, unit_length};
use burn_runs::checkpoint::sha256;
use image_runs::loader::unlabelled;
use image_runs::{EVALUATION_BATCH, Errors, RunError, classification_error};

use super::classifier::{self, Lessons};
use super::stage::Stage;

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
    // The finished readout takes the factors into its weights.
    let sizes = settings.feature_scale.sizes(&train.inputs);
    train.inputs = train.inputs / sizes.clone();
    judge.inputs = judge.inputs / sizes.clone();

    let [hidden, _] = synapses.dims();
    let readout = ReadoutConfig::new(hidden, experiment.classes)
        .with_objective(settings.objective_readout())
        .init(&experiment.device.clone().autodiff())?;
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
    let error =
        |data| classification_error(data, EVALUATION_BATCH, |features| readout.forward(features));
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
        let cached = features(&images, &hidden.synapses(), &activation).inputs;
        let expected = activation.forward(hidden.forward(unit_length(inputs)));
        cached
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
    }
}

//! What the readout learns from: the activities of the finished hidden layer, all at once.

use burn::data::dataloader::DataLoader;
use burn::tensor::Tensor;
use burn_hebbian::train::Labelled;
use burn_hebbian::{RectifiedPower, unit_length};
use image_runs::EVALUATION_BATCH;
use image_runs::loader::unlabelled;

/// `max(W v, 0)^n` of all images, scaled to unit length.
pub(super) fn features(
    images: &Labelled,
    synapses: &Tensor<2>,
    activation: &RectifiedPower,
) -> Labelled {
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
        let _turn = crate::run::tests::turn();
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

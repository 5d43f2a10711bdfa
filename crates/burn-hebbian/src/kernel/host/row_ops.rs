//! The operations on rows and maps: their tensors are taken apart here and put together again.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{TensorMetadata, try_read_sync};
use burn::tensor::TensorData;

use super::{AT_HAND, FLOATS, OnHost, READABLE, integers, maps, read, readout, take};
use crate::kernel::{Competitors, Pool, ReadoutStep, UnitStep, Windows};

/// The responses, what each unit decays by, and the winners.
pub fn compete<B: OnHost>(
    products: FloatTensor<B>,
    competitors: Competitors,
) -> (FloatTensor<B>, FloatTensor<B>, IntTensor<B>) {
    let device = products.device();
    let [_, hidden] = products.shape().dims();
    let mut data = take::<B>(products);
    let values = data.as_mut_slice().expect(FLOATS);
    let outcome = super::compete::compete(values, hidden, competitors);
    (
        B::float_from_data(data, &device),
        B::float_from_data(TensorData::new(outcome.decay, [hidden]), &device),
        integers::<B>(outcome.winners, &device),
    )
}

/// The synapses after a step, and 1 where a value was not finite.
pub fn unit_step<B: OnHost>(
    synapses: FloatTensor<B>,
    toward: FloatTensor<B>,
    decay: FloatTensor<B>,
    step: UnitStep,
) -> (FloatTensor<B>, IntTensor<B>) {
    let device = synapses.device();
    let [_, visible] = synapses.shape().dims();
    let mut synapses = take::<B>(synapses);
    let values = synapses.as_mut_slice().expect(FLOATS);
    let stepped = read::<B, _>(toward, |toward| {
        read::<B, _>(decay, |decay| {
            super::unit_step::unit_step(values, toward, decay, visible, step)
        })
    });
    let fault = integers::<B>(vec![usize::from(!stepped)], &device);
    (B::float_from_data(synapses, &device), fault)
}

/// The windows of maps `[images, height, width, channels]` as rows.
pub fn patches<B: OnHost>(maps: FloatTensor<B>, windows: Windows) -> FloatTensor<B> {
    let device = maps.device();
    let shape = maps.shape().dims();
    let (rows, shape) = read::<B, _>(maps, |maps| super::patches::patches(maps, shape, windows));
    B::float_from_data(TensorData::new(rows, shape), &device)
}

/// The pooled triangle of maps `[images, height, width, units]`.
pub fn triangle_pool<B: OnHost>(maps: FloatTensor<B>, power: f64, pool: Pool) -> FloatTensor<B> {
    let device = maps.device();
    let shape = maps.shape().dims();
    let (pooled, shape) = read::<B, _>(maps, |maps| {
        maps::triangle_pool(maps, shape, power as f32, pool)
    });
    B::float_from_data(TensorData::new(pooled, shape), &device)
}

/// The weights, Adam's means and squares after a step, and the outputs before it.
pub fn readout_step<B: OnHost>(
    parameters: [FloatTensor<B>; 3],
    features: FloatTensor<B>,
    labels: IntTensor<B>,
    step: ReadoutStep,
) -> (
    FloatTensor<B>,
    FloatTensor<B>,
    FloatTensor<B>,
    FloatTensor<B>,
) {
    let device = features.device();
    let [size, _] = features.shape().dims();
    let [mut weights, mut means, mut squares] = parameters.map(take::<B>);
    let [classes, _] = weights.shape().dims();
    let labels = try_read_sync(B::int_into_data(labels))
        .expect(AT_HAND)
        .expect(READABLE);
    let labels: Vec<usize> = labels.iter::<i64>().map(|label| label as usize).collect();
    let parameters = readout::Parameters {
        weights: weights.as_mut_slice().expect(FLOATS),
        means: means.as_mut_slice().expect(FLOATS),
        squares: squares.as_mut_slice().expect(FLOATS),
    };
    let outputs = match B::halves(&features) {
        Some(features) => readout::step(parameters, features, &labels, step),
        None => read::<B, _>(features, |features| {
            readout::step(parameters, features, &labels, step)
        }),
    };
    let [weights, means, squares] =
        [weights, means, squares].map(|data| B::float_from_data(data, &device));
    let outputs = TensorData::new(outputs, [size, classes]);
    (
        weights,
        means,
        squares,
        B::float_from_data(outputs, &device),
    )
}

/// The outputs of a readout.
pub fn readout_outputs<B: OnHost>(
    weights: FloatTensor<B>,
    features: FloatTensor<B>,
) -> FloatTensor<B> {
    let device = features.device();
    let [size, _] = features.shape().dims();
    let [classes, _] = weights.shape().dims();
    let outputs = read::<B, _>(weights, |weights| match B::halves(&features) {
        Some(features) => readout::outputs(weights, features, size),
        None => read::<B, _>(features, |features| {
            readout::outputs(weights, features, size)
        }),
    });
    B::float_from_data(TensorData::new(outputs, [size, classes]), &device)
}

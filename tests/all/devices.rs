//! The devices that a test runs on, and small pieces that tests share.

use std::io::Write;

use burn::module::RunningState;
use burn::tensor::{DType, Device, Tensor, TensorData};
use burn_hebbian::{
    HebbianLinear, HebbianLinearConfig, KrotovHopfield, KrotovHopfieldConfig, PlainBatchNorm,
};
use burn_runs::{Backend, BackendError};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[cfg(feature = "remote")]
use crate::servers;

/// A device of every backend that is compiled in and present; says which are skipped.
pub fn all() -> Vec<(Backend, Device)> {
    let mut devices = Vec::new();
    for backend in Backend::ALL {
        match backend.device() {
            Ok(device) => devices.push((backend, device)),
            #[cfg(feature = "remote")]
            Err(BackendError::NoServer) => devices.push((backend, servers::device())),
            Err(BackendError::NotCompiled(_)) => {}
            // Past the capture of passing tests: a skipped backend must not look tested.
            Err(missing) => {
                let _ = writeln!(std::io::stderr(), "skipped: {missing}");
            }
        }
    }
    assert!(!devices.is_empty(), "no backend is compiled in");
    devices
}

/// The first of them: where a test is about Burn's loop rather than a backend.
pub fn first() -> Device {
    all().swap_remove(0).1
}

/// A matrix of float32 on a device.
pub fn matrix(rows: usize, columns: usize, values: Vec<f32>, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// The entries of a matrix, row after row.
pub fn entries(matrix: Tensor<2>) -> Vec<f32> {
    matrix.into_data().iter().collect()
}

/// Uniform numbers in `low..high`.
pub fn uniform(rng: &mut impl Rng, count: usize, low: f32, high: f32) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(low..high)).collect()
}

/// Roughly normal synapses: the sum of twelve uniform numbers, less its mean.
pub fn normal(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    let mut one = || (0..12).map(|_| rng.random_range(0.0..1.0f32)).sum::<f32>() - 6.0;
    (0..count).map(|_| one()).collect()
}

/// A layer with the given synapses.
pub fn layer(synapses: Tensor<2>, rule: KrotovHopfieldConfig) -> HebbianLinear<KrotovHopfield> {
    let [hidden, visible] = synapses.dims();
    let mut layer = HebbianLinearConfig::new(visible, hidden)
        .with_rule(rule)
        .init(&synapses.device())
        .expect("the settings of a test are allowed");
    layer.weight = layer.weight.map(|_| synapses);
    layer
}

/// A random layer and a random batch, the same on every device.
pub fn random_case(
    seed: u64,
    [hidden, visible, batch]: [usize; 3],
    device: &Device,
) -> (Tensor<2>, Tensor<2>) {
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let synapses = normal(&mut rng, hidden * visible);
    let images = uniform(&mut rng, batch * visible, 0.0, 1.0);
    (
        matrix(hidden, visible, synapses, device),
        matrix(batch, visible, images, device),
    )
}

/// A type of float on a device, and how far rounding may take a value, in units of the largest.
#[derive(Clone, Debug)]
pub struct Floats {
    pub device: Device,
    pub dtype: DType,
    pub tolerance: f64,
    /// The device and the type in words.
    pub name: String,
}

/// float32 on every backend, and float64, which the layers' general path takes, on the first.
pub fn floats() -> Vec<Floats> {
    let of = |(backend, device): (Backend, Device), dtype, tolerance| Floats {
        device,
        dtype,
        tolerance,
        name: format!("{backend:?}, {dtype:?}"),
    };
    let single = all().into_iter().map(|place| of(place, DType::F32, 1e-5));
    let double = of(all().swap_remove(0), DType::F64, 1e-11);
    single.chain([double]).collect()
}

impl Floats {
    /// A tensor of these values.
    pub fn tensor<const D: usize>(&self, shape: [usize; D], values: &[f64]) -> Tensor<D> {
        let data = TensorData::new(values.to_vec(), shape);
        Tensor::from_data(data, (&self.device, self.dtype))
    }

    /// Gives batch norm fresh running statistics of this type.
    pub fn cast(&self, norm: &mut PlainBatchNorm) {
        let [channels] = norm.running_mean.value().dims();
        norm.running_mean = RunningState::new(self.tensor([channels], &vec![0.0; channels]));
        norm.running_var = RunningState::new(self.tensor([channels], &vec![1.0; channels]));
    }

    /// Fails unless a tensor holds these values, the last axis fastest, within rounding.
    pub fn assert_are<const D: usize>(&self, found: Tensor<D>, expected: &[f64], what: &str) {
        let found: Vec<f64> = found.into_data().iter().collect();
        assert_close(
            &found,
            expected,
            self.tolerance,
            &format!("{}: {what}", self.name),
        );
    }
}

/// Fails unless the two differ by at most `tolerance` times the largest expected magnitude.
pub fn assert_close<F: Into<f64> + Copy>(found: &[F], expected: &[F], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths differ");
    let numbers = |values: &[F]| values.iter().map(|value| (*value).into()).collect();
    let (found, expected): (Vec<f64>, Vec<f64>) = (numbers(found), numbers(expected));
    let scale = expected
        .iter()
        .fold(1e-6f64, |scale, value| scale.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance * scale,
            "{what}: entry {index} is {found} instead of {expected}"
        );
    }
}

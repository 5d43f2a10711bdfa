//! One step of everything: `cargo bench -p benches`, on `BURN_HEBBIAN_BACKEND` (flex by default).
//!
//! Read the times as ratios within one run: the bare matrix product is the unit.

#![recursion_limit = "256"]

use backprop_mlp::{BackpropMlpConfig, Labelled};
use burn::data::dataloader::DataLoader;
use burn::optim::AdamConfig;
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn::train::TrainStep;
use burn_hebbian::rule::{compete, currents};
use burn_hebbian::{HebbianLinearConfig, MaxNormalizedConfig};
use criterion::{Criterion, criterion_group, criterion_main};
use two_networks::backend::Backend;
use two_networks::loader::DeviceLoader;

const VISIBLE: usize = 784;
const HIDDEN: usize = 2000;
const BATCH: usize = 100;

fn device() -> Device {
    let name = std::env::var("BURN_HEBBIAN_BACKEND").unwrap_or_else(|_| "flex".to_string());
    let backend = Backend::ALL
        .into_iter()
        .find(|backend| backend.name() == name);
    let backend = backend.unwrap_or_else(|| panic!("there is no backend {name}"));
    backend.device().unwrap_or_else(|error| panic!("{error}"))
}

/// Images as dark as MNIST's: 81 % of the pixels are 0.
fn images(count: usize, device: &Device) -> Labelled {
    let pixels = Tensor::<2>::random([count, VISIBLE], Distribution::Default, device);
    let ink = Tensor::<2>::random([count, VISIBLE], Distribution::Bernoulli(0.19), device);
    let labels = Tensor::<1, Int>::arange(0..count as i64, device) % 10;
    Labelled {
        inputs: pixels * ink,
        labels,
    }
}

/// Runs `step` to its end on the device, however lazy the backend.
fn synced<T>(device: &Device, step: impl FnOnce() -> T) -> T {
    let result = step();
    device.sync().expect("the device works");
    result
}

fn local_rule(criterion: &mut Criterion) {
    let device = device();
    let batch = images(BATCH, &device).inputs;
    let layer = HebbianLinearConfig::new(VISIBLE, HIDDEN)
        .init(&device)
        .unwrap();
    let synapses = layer.synapses();
    let mut group = criterion.benchmark_group("local rule, 784 -> 2000, batch 100");
    group.bench_function("bare matrix product", |bencher| {
        let right = synapses.clone().transpose();
        bencher.iter(|| synced(&device, || batch.clone().matmul(right.clone())));
    });
    group.bench_function("competition, k 7", |bencher| {
        let currents = currents(synapses.clone(), batch.clone(), 3.0);
        bencher.iter(|| synced(&device, || compete(currents.clone(), 7)));
    });
    group.bench_function("raw update", |bencher| {
        bencher.iter(|| synced(&device, || layer.local_update(batch.clone())));
    });
    group.bench_function("whole step, learn", |bencher| {
        let mut layer = Some(layer.clone());
        bencher.iter(|| {
            let learned = layer.take().map(|layer| layer.learn(batch.clone(), 0.02));
            layer = synced(&device, || learned);
        });
    });
    group.bench_function("whole step, Burn's optimizer", |bencher| {
        let mut optimizer = MaxNormalizedConfig::new().init().unwrap();
        let autodiff = device.clone().autodiff();
        let layer = HebbianLinearConfig::new(VISIBLE, HIDDEN)
            .init(&autodiff)
            .unwrap();
        let mut layer = Some(layer);
        bencher.iter(|| {
            let learned = layer.take().map(|layer| {
                let step = TrainStep::step(&layer, batch.clone());
                optimizer.step(0.02, layer, step.grads)
            });
            layer = synced(&device, || learned);
        });
    });
    group.finish();
}

fn baseline(criterion: &mut Criterion) {
    let device = device();
    let autodiff = device.clone().autodiff();
    let batch = images(BATCH, &autodiff);
    let mut group = criterion.benchmark_group("backprop, 784 -> 2000 -> 10, batch 100");
    group.bench_function("whole step, Adam", |bencher| {
        let mut optimizer = AdamConfig::new().init();
        let model = BackpropMlpConfig::new(VISIBLE, HIDDEN, 10)
            .init(&autodiff)
            .unwrap();
        let mut model = Some(model);
        bencher.iter(|| {
            let learned = model.take().map(|model| {
                let step = TrainStep::step(&model, batch.clone());
                optimizer.step(1e-3, model, step.grads)
            });
            model = synced(&device, || learned);
        });
    });
    group.finish();
}

fn loader(criterion: &mut Criterion) {
    let device = device();
    let data = images(10_000, &device);
    let loader = DeviceLoader::labelled(&data, BATCH).shuffled(0);
    let mut group = criterion.benchmark_group("loader, 10,000 images");
    group.bench_function("one epoch of 100 batches", |bencher| {
        bencher.iter(|| synced(&device, || loader.iter().count()));
    });
    group.finish();
}

criterion_group! {
    name = steps;
    config = Criterion::default().sample_size(20);
    targets = local_rule, baseline, loader
}
criterion_main!(steps);

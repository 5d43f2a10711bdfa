//! The state of an optimizer is read by way of the default device, wanted or not.
//!
//! Expected: a training that names its device resumes on that device.
//! Happens: `ModuleOptimizer::load_record` puts the tensors on `Device::default()` first. In a
//! build with a GPU backend on a machine without a GPU, a training on the CPU runs but cannot be
//! resumed. Here a `BURN_DEVICE` that is not compiled in stands for that GPU.
//! Cause: the first line of `load_record` (burn-optim, `optim/module/module_optimizer.rs`). Its
//! documentation says that the device does not matter, for the state moves in the next step; it
//! has to exist, though.
//! Mend: keep the `TensorData` in the state until the first step, which knows the device; or take a
//! device as an argument, as `Learner::load_optim` could give it that of its model.

use std::process::Command;

use burn::module::Module;
use burn::nn::LinearConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};

/// A step, its record, and a second step from the record, all on one device.
fn train_and_resume() {
    let device = Device::flex();
    let linear = LinearConfig::new(2, 3).init(&device).train();
    let grads = || {
        let mut grads = GradientsParams::new();
        grads.register(linear.weight.id, Tensor::<2>::ones([2, 3], &device));
        grads
    };
    let mut optimizer = AdamConfig::new().init();
    let stepped = optimizer.step(0.1, linear.clone(), grads());
    println!("trained");
    let mut resumed = AdamConfig::new().init().load_record(optimizer.to_record());
    resumed.step(0.1, stepped, grads());
    println!("resumed");
}

fn main() {
    if std::env::args().len() > 1 {
        return train_and_resume();
    }
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program)
        .arg("child")
        .env("BURN_DEVICE", "cuda")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(printed.contains("trained"));
    if printed.contains("resumed") {
        println!("mended: the default device is not asked for");
        std::process::exit(1);
    }
    let error = String::from_utf8_lossy(&child.stderr).into_owned();
    let error = error
        .lines()
        .find(|line| line.contains("BURN_DEVICE"))
        .unwrap();
    println!("shown: trained on flex and cannot resume on flex: {error}");
}

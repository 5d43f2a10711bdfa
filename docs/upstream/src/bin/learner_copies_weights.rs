//! The learner steps on a clone of its model, so each parameter is held twice and no step is in
//! place.
//!
//! Expected: a step through the `Learner` needs the memory of the same step through its
//! `ModuleOptimizer`.
//! Happens: it needs a copy of each parameter more, and the time to write it.
//! Cause: `Learner::optimizer_step` and `optimizer_step_multi` (burn-train, `learner/base.rs`) hand
//! `self.model()` to the optimizer, a clone, while the field still holds the tensors. A backend
//! works in place only on a tensor that nobody else holds.
//! Mend: keep the model in an `Option` and `take` it for the time of a step.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer};
use burn::tensor::Device;
use burn::train::{InferenceStep, Learner, TrainOutput, TrainStep};

#[derive(Module, Debug)]
struct Model {
    weight: Param<Tensor<1>>,
}

impl TrainStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) -> TrainOutput<()> {
        let grads = GradientsParams::new();
        TrainOutput { grads, item: () }
    }
}

impl InferenceStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) {}
}

/// Halves the parameter: one operation, in place where the backend can.
#[derive(Clone)]
struct Halve;

impl Optimizer for Halve {
    type State<const D: usize> = ();
    fn step<const D: usize>(
        &self,
        _: f64,
        tensor: Tensor<D>,
        _: Tensor<D>,
        _: Option<()>,
    ) -> (Tensor<D>, Option<()>) {
        (tensor * 0.5, None)
    }
    fn to_device<const D: usize>(_: (), _: &Device) {}
}

/// The most memory that this process has held so far, in MiB. Linux only.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib = line.split_whitespace().nth(1).unwrap();
    kib.parse::<usize>().unwrap() / 1024
}

const PARAMETER_MIB: usize = 256;

fn main() {
    let device = Device::flex();
    let weight = Tensor::zeros([PARAMETER_MIB << 18], &device.clone().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    let id = model.weight.id;
    // The values do not matter.
    let grads = || {
        let mut grads = GradientsParams::new();
        grads.register(id, Tensor::<1>::zeros([1], &device));
        grads
    };
    let before = peak();
    let model = ModuleOptimizer::from(Halve).step(0.1, model, grads());
    let through_optimizer = peak() - before;
    Learner::new(model, Halve.into(), 0.1).optimizer_step(grads());
    let through_learner = peak() - before;
    let compared = format!(
        "a step on a parameter of {PARAMETER_MIB} MiB took {through_optimizer} MiB through the \
         optimizer and {through_learner} MiB through the learner"
    );
    if through_learner < PARAMETER_MIB {
        println!("mended: {compared}");
        std::process::exit(1);
    }
    println!("shown: {compared}");
}

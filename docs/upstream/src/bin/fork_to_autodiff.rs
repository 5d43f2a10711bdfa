//! `SupervisedTraining` takes a model from a plain device, moves it to an autodiff device, and
//! then it does not train.
//!
//! Expected: `launch` turns the device of the model into an autodiff device and forks the model to
//! it, so the model trains; or it is refused with advice that fits a model.
//! Happens: the first backward pass panics: the advice is to call `require_grad` on a tensor, which
//! the user of a `Linear` never made.
//! Cause: `Module::fork` keeps what autodiff a parameter has or lacks (burn-core,
//! `module/param/tensor.rs`), so `learner.fork` in `SingleDeviceTrainingStrategy::fit` (burn-train)
//! changes nothing, although its device is an autodiff device.
//! Mend: call `Module::train` in `launch` where the parameters are not on an autodiff device, or
//! panic there with the advice to make the model on `device.autodiff()`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::SgdConfig;
use burn::tensor::{Device, Tensor};
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep};

#[derive(Module, Debug)]
struct Model {
    linear: Linear,
}

impl TrainStep for Model {
    type Input = Tensor<2>;
    type Output = ();
    fn step(&self, images: Tensor<2>) -> TrainOutput<()> {
        let grads = self.linear.forward(images).sum().backward();
        TrainOutput::new(self, grads, ())
    }
}

impl InferenceStep for Model {
    type Input = Tensor<2>;
    type Output = ();
    fn step(&self, _: Tensor<2>) {}
}

struct Ones;

impl Batcher<(), Tensor<2>> for Ones {
    fn batch(&self, items: Vec<()>, device: &Device) -> Tensor<2> {
        Tensor::ones([items.len(), 2], device)
    }
}

fn train(device: &Device) {
    let linear = LinearConfig::new(2, 3).init(device);
    let items = || DataLoaderBuilder::new(Ones).build(InMemDataset::new(vec![()]));
    let training = SupervisedTraining::new(std::env::temp_dir(), items(), items())
        .with_application_logger(None)
        .renderer(Box::new(CliMetricsRenderer::new()));
    training.launch(Learner::new(Model { linear }, SgdConfig::new().init(), 0.1));
}

fn main() {
    train(&Device::flex().autodiff());
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| train(&Device::flex()))) else {
        println!("mended: a model from a plain device trains");
        std::process::exit(1);
    };
    let message = panic.downcast_ref::<&str>().unwrap_or(&"");
    if !message.contains("Tensor::backward") {
        println!("mended: the model is refused before its first step: {message}");
        std::process::exit(1);
    }
    println!("shown: a model from a plain device panics in its first step: {message}");
}

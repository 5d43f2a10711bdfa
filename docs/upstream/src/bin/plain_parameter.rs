//! The module optimizer panics on a parameter without autodiff, and does not say which.
//!
//! Expected: a gradient that was registered by hand (`GradientsParams::register`, the way of
//! learning rules that need no backward pass) is applied to the parameter of its id.
//! Happens: "Requires autodiff tensor.", with neither the parameter nor its path.
//! Cause: `ParameterContext::capture` (burn-optim, `optim/module/parameter_context.rs`) asks
//! `is_distributed`, see the program of that name. After it, `map_float` of
//! `ModuleOptimizerMapper` (`module_optimizer.rs`) calls `Tensor::inner`, which asks for autodiff
//! too.
//! Mend: take the step on the tensor as it is if it has no autodiff; or panic with the path of the
//! parameter and the advice to call `Module::train`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::module::Module;
use burn::nn::LinearConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let step = |trained: bool| {
        let linear = LinearConfig::new(2, 3).with_bias(false).init(&device);
        let linear = if trained { linear.train() } else { linear };
        let mut grads = GradientsParams::new();
        grads.register(linear.weight.id, Tensor::<2>::ones([2, 3], &device));
        SgdConfig::new().init().step(0.1, linear, grads)
    };
    step(true);
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| step(false))) else {
        println!("mended: a parameter without autodiff takes a step");
        std::process::exit(1);
    };
    let message = panic.downcast_ref::<&str>().unwrap_or(&"");
    if message.contains("weight") {
        println!("mended: the panic names the parameter: {message}");
        std::process::exit(1);
    }
    println!("shown: the optimizer panics without the parameter's name: {message}");
}

//! `Tensor::is_distributed` panics on a tensor without autodiff, and so does `set_distributed`.
//!
//! Expected: `false`, as the default of `Backend::is_distributed` has it; and no effect, as the
//! documentation of `set_distributed` has it ("This function does nothing when autodiff or
//! distributed is not enabled").
//! Happens: both panic with "Requires autodiff tensor.".
//! Cause: `is_distributed` and `set_distributed_params` of `Dispatch` (burn-dispatch,
//! `backend.rs`) know tensors on autodiff devices only.
//! Mend: answer `false` and return the tensor as it is in the last arm of the match.

use std::panic::catch_unwind;

use burn::module::ParamId;
use burn::tensor::{Device, Tensor};

fn main() {
    let ask = |device: Device| Tensor::<1>::zeros([1], &device).is_distributed();
    let set = |device: Device| Tensor::<1>::zeros([1], &device).set_distributed(ParamId::new());
    assert!(!ask(Device::flex().autodiff()));
    let asked = catch_unwind(|| ask(Device::flex()));
    let was_set = catch_unwind(|| set(Device::flex()));
    if asked.is_ok() && was_set.is_ok() {
        println!("mended: a tensor without autodiff is not distributed");
        std::process::exit(1);
    }
    println!(
        "shown: without autodiff, is_distributed panics: {}, set_distributed panics: {}",
        asked.is_err(),
        was_set.is_err()
    );
}

//! `argtopk` refuses a `k` as large as the dimension, which `topk` takes.
//!
//! Expected: the indices of all elements in order, as `topk` returns all values.
//! Happens: "assertion failed: self.shape()[dim] > k".
//! Cause: `Tensor::argtopk` (burn-tensor, `tensor/api/orderable.rs`) asserts. `topk` and
//! `topk_with_indices` did the same until #5307 (issue #5297), which did not reach this one.
//! Mend: `check!(TensorCheck::topk("Argtopk", k, dim, &self.shape()))`, as there.

use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor};

fn main() {
    let tensor = || Tensor::<1>::from_data([1.0, 3.0, 2.0], &Device::flex());
    println!("topk(3): {}", tensor().topk(3, 0).into_data());
    println!("argtopk(2): {}", tensor().argtopk(2, 0).into_data());
    let Err(panic) = catch_unwind(|| tensor().argtopk(3, 0)) else {
        println!("mended: argtopk takes a whole dimension");
        std::process::exit(1);
    };
    println!(
        "shown: argtopk(3) panics: {}",
        panic.downcast_ref::<&str>().unwrap_or(&"")
    );
}

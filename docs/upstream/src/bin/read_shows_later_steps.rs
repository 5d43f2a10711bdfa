//! What `into_data` returned on a GPU shows later values of the tensor, and so may a checkpoint.
//!
//!     cargo run --features wgpu --bin read_shows_later_steps
//!
//! Expected: the values of the moment in which `into_data` was called.
//! Happens: those of the moment in which they are first looked at. In between, an operation that needs no new memory
//! has written over them: the step of an optimizer, say. `Learner` hands its record to a thread that
//! writes it while the next epoch trains, so a checkpoint of a GPU may hold weights of later steps, and not all of the same.
//! Cause: burn-cubecl, `ops/base.rs`, `into_data` reads lazily (`read_lazy_async`). cubecl-runtime says that the buffer
//! must not be written to before the first look (`client/lazy.rs`), but the lazy bytes hold a binding of it, and
//! `can_mut` (`memory_management/handle.rs`) counts handles only.
//! Mend: hold a handle in `LazyDeviceController`, so that such an operation takes new memory; or read at once in
//! `into_data`, and lazily only where that is asked for.

use burn::tensor::{Device, DeviceKind, Tensor};

fn main() {
    let device = Device::wgpu(DeviceKind::DefaultDevice);
    let weights = Tensor::<1>::from_data([1.0, 2.0], &device);
    let before = weights.clone().into_data();
    let after = (weights + 1.0).into_data();
    let after: Vec<f32> = after.iter().collect();
    let before: Vec<f32> = before.iter().collect();
    if before == [1.0, 2.0] {
        println!("mended: what was read stays as it was: {before:?} before, {after:?} after");
        std::process::exit(1);
    }
    println!("shown: what was read before a step shows it: {before:?} before, {after:?} after");
}

//! The operations on backends whose tensors lie in the memory of the host, in safe Rust on slices.
//!
//! [`workspace`] is the step; it arranges a batch and multiplies it ([`currents`]) with the powered
//! synapses ([`panels`]) piece by piece ([`tiles`]), lets the units compete ([`selection`]) and computes the
//! rows of the update that are not 0 ([`rows`]). Here its tensors are taken apart and put together again,
//! without a copy where nobody else holds them.
//!
//! # Why it is fast
//!
//! At most two units change for each example, a tenth of a layer of 2000 at batch 100, so
//! `sign(W) |W|^(p-1)` is recomputed for those rows only, and the update exists only as its changed rows;
//! their maximum is the maximum of the whole. What is kept beside W is wrong as soon as somebody else
//! changes W, and nothing can tell cheaply: so whoever steps in place owns the synapses.
//!
//! Five things made it fast: panels aligned to a cache line (0.40 to 0.25 ms, for every load crossed two
//! lines before); stretches of visible neurons whose lines stay in the first-level cache while all examples
//! pass over them; memory that is kept from step to step, for fresh pages cost as much as the arrangement
//! itself; the thread pool entered once a step, where five entries took a third of it; and units refreshed
//! within the next step's product, which has their panel at hand anyway, instead of in a pass of their own.
//!
//! # What bounds it
//!
//! One thread of an AMD EPYC with AVX2 (32 KiB and 512 KiB of cache), 784 -> 2000, batch 100, MNIST, by
//! `limits`, `perf` and cachegrind; a step takes 2.6 to 2.9 ms, and the panels 6.4 MB:
//!
//! - *Sparse product*, 47 % of the time: loads from the first level. Each multiply-add loads its line, and each
//!   entry is loaded for each panel: 25 multiply-adds a nanosecond of 37 that are possible.
//! - *Refresh*, 15 %: waiting for memory. A step reads each line of the panels once from beyond the second level,
//!   and the refresh is the first to touch it. Reading the panel through before, refreshing fewer lines at a time,
//!   or line by line was no faster.
//! - *The rest*: rows of the change 7 %, selection 6, arrangement 3, threads that wake 8.
//! - *Dense product*, on images without a 0: multiply-adds. Its inner loop makes 47 a nanosecond of 50, in three
//!   quarters of the product's time; around it the sums go from and to the second level once for each stretch.
//! - *Through an optimizer*: all units are stale each time, and the update is dense: six passes over memory of
//!   the size of W, from the synapses to the next ones. Where the allocator gives that memory back to the system
//!   after each step, as glibc's does in some runs and not in others, fresh pages double the time.

// Burn deprecates NdArray in favour of Flex; it is still supported here.
#![allow(deprecated)]

mod compete;
mod currents;
mod maps;
mod panels;
mod patches;
mod powers;
mod readout;
mod row_ops;
mod rows;
mod selection;
mod tiles;
mod unit_step;
mod workspace;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::backend::tensor::{Device, FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings, try_read_sync};
#[cfg(feature = "flex")]
use burn::tensor::DType;
use burn::tensor::{TensorData, bf16};

use super::{Constants, Fault, Moment};
use workspace::{Layer, Workspace};

pub use row_ops::{compete, patches, readout_outputs, readout_step, triangle_pool, unit_step};
#[cfg(feature = "flex")]
pub use rows::largest;

/// A workspace in the hands of whoever learns.
#[derive(Clone)]
pub struct Shared {
    /// No other one of this process has it.
    number: u64,
    workspace: Arc<Mutex<Workspace>>,
}

impl Default for Shared {
    fn default() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            workspace: Arc::default(),
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Workspace {}", self.number)
    }
}

impl Shared {
    /// A workspace that knows no synapses, in the memory of this thread's last one if that is free:
    /// fresh memory costs as much as a step.
    pub fn forgetful() -> Self {
        LAST.with(|last| {
            let fresh = Self::default();
            if Arc::strong_count(&last.workspace) > 1 {
                return fresh;
            }
            last.lock().forget();
            Self {
                workspace: last.workspace.clone(),
                ..fresh
            }
        })
    }

    /// What tells it from those before it, also from one that had the same memory.
    #[cfg(feature = "remote")]
    pub fn number(&self) -> u64 {
        self.number
    }

    fn lock(&self) -> MutexGuard<'_, Workspace> {
        // After a panic in the middle of a step the panels may no longer be those of the synapses.
        self.workspace.lock().unwrap_or_else(|error| {
            self.workspace.clear_poison();
            let mut workspace = PoisonError::into_inner(error);
            workspace.forget();
            workspace
        })
    }
}

thread_local! {
    static LAST: Shared = Shared::default();
}

/// A backend whose tensors lie in the memory of the host.
pub trait OnHost: Backend {
    /// The values of a float32 tensor, if they lie in one piece.
    fn floats(tensor: &FloatTensor<Self>) -> Option<&[f32]>;

    /// The values of a bfloat16 tensor, if they lie in one piece.
    fn halves(_tensor: &FloatTensor<Self>) -> Option<&[bf16]> {
        None
    }
}

#[cfg(feature = "flex")]
impl OnHost for burn::backend::Flex {
    fn floats(tensor: &FloatTensor<Self>) -> Option<&[f32]> {
        tensor.as_slice()
    }

    fn halves(tensor: &FloatTensor<Self>) -> Option<&[bf16]> {
        match tensor.dtype() {
            DType::BF16 => tensor.as_slice(),
            _ => None,
        }
    }
}

#[cfg(feature = "ndarray")]
impl OnHost for burn::backend::NdArray {
    fn floats(tensor: &FloatTensor<Self>) -> Option<&[f32]> {
        match tensor {
            burn::backend::ndarray::NdArrayTensor::F32(storage) => storage.view().to_slice(),
            _ => None,
        }
    }
}

/// Lets `operation` read the values of a tensor, which are copied only where they lie scattered.
fn read<B: OnHost, T>(tensor: FloatTensor<B>, operation: impl FnOnce(&[f32]) -> T) -> T {
    match B::floats(&tensor) {
        Some(values) => operation(values),
        None => operation(take::<B>(tensor.clone()).as_slice().expect(FLOATS)),
    }
}

const FLOATS: &str = "is_fused lets float32 pass only";

/// The values of a tensor, and its shape; not copied where nobody else holds them.
fn take<B: Backend>(tensor: FloatTensor<B>) -> TensorData {
    try_read_sync(B::float_into_data(tensor))
        .expect(AT_HAND)
        .expect(READABLE)
}

const AT_HAND: &str = "memory of the host is not waited for";
const READABLE: &str = "memory of the host can always be read";

/// `[values]`, in the type of integer that the device prefers.
fn integers<B: Backend>(values: Vec<usize>, device: &Device<B>) -> IntTensor<B> {
    let dtype = get_or_init_device_settings::<B>(device).int_dtype;
    let values: Vec<i64> = values.into_iter().map(|value| value as i64).collect();
    let shape = [values.len()];
    B::int_from_data(
        TensorData::new(values, shape).convert_dtype(dtype.into()),
        device,
    )
}

/// The raw change summed over the batch, and the winners.
pub fn local_update<B: OnHost>(
    synapses: FloatTensor<B>,
    examples: FloatTensor<B>,
    constants: Constants,
) -> (FloatTensor<B>, IntTensor<B>) {
    let device = synapses.device();
    let shape = synapses.shape();
    let [hidden, visible] = shape.dims();
    let shared = Shared::forgetful();
    let mut workspace = shared.lock();
    let change = read::<B, _>(synapses, |synapses| {
        read::<B, _>(examples, |examples| {
            let layer = Layer {
                constants,
                visible,
                hidden,
            };
            workspace.local_update(synapses, examples, layer)
        })
    });
    (
        B::float_from_data(TensorData::new(change, shape), &device),
        integers::<B>(workspace.winners(), &device),
    )
}

/// One step in place; `fault` is `[kind, step]` and holds the first one.
pub fn step<B: OnHost>(
    synapses: FloatTensor<B>,
    fault: IntTensor<B>,
    examples: FloatTensor<B>,
    constants: Constants,
    moment: Moment,
    workspace: &Shared,
) -> (FloatTensor<B>, IntTensor<B>, IntTensor<B>) {
    let device = synapses.device();
    let [hidden, visible] = synapses.shape().dims();
    let mut synapses = take::<B>(synapses);
    let values = synapses.as_mut_slice().expect(FLOATS);
    let mut workspace = workspace.lock();
    let earlier = try_read_sync(B::int_into_data(fault.clone()))
        .expect(AT_HAND)
        .expect(READABLE);
    let layer = Layer {
        constants,
        visible,
        hidden,
    };
    // After a fault nothing changes any more, but who wins is still to be told.
    let rate = match Fault::read(&earlier) {
        Some(_) => None,
        None => Some(moment.rate),
    };
    let outcome = read::<B, _>(examples, |examples| {
        workspace.step(values, examples, layer, rate)
    });
    let fault = match (rate, outcome) {
        (Some(_), Err(kind)) => integers::<B>(vec![kind as usize, moment.number], &device),
        _ => fault,
    };
    let winners = integers::<B>(workspace.winners(), &device);
    (B::float_from_data(synapses, &device), fault, winners)
}

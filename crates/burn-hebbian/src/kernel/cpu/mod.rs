//! The operations on the CPU backends, in safe Rust on slices.
//!
//! [`workspace`] is the step; it arranges a batch and multiplies it ([`currents`]) with the powered
//! synapses ([`panels`]), lets the units compete ([`selection`]) and computes the rows of the update
//! that are not 0 ([`change`]). Here its tensors are taken apart and put together again, without a
//! copy where nobody else holds them.

mod change;
mod currents;
mod panels;
mod selection;
mod workspace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::backend::tensor::{Device, FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings, try_read_sync};
use burn::tensor::{Shape, TensorData};
use rayon::prelude::*;

use super::{Fault, Moment};
use crate::rule::KrotovHopfield;
use panels::LANES;
use selection::select;
use workspace::{Pass, Workspace};

/// A workspace in the hands of whoever learns.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Workspace>>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Workspace")
    }
}

impl Shared {
    /// A workspace that knows no synapses, in the memory of this thread's last one if that is free:
    /// fresh memory costs as much as a step.
    pub fn forgetful() -> Self {
        LAST.with(|last| match Arc::strong_count(&last.0) {
            1 => {
                last.lock().forget();
                last.clone()
            }
            _ => Self::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Workspace> {
        // After a panic in the middle of a step the panels may no longer be those of the synapses.
        self.0.lock().unwrap_or_else(|error| {
            let mut workspace = PoisonError::into_inner(error);
            workspace.forget();
            workspace
        })
    }
}

thread_local! {
    static LAST: Shared = Shared::default();
}

/// The values of a tensor, and its shape; not copied where nobody else holds them.
fn take<B: Backend>(tensor: FloatTensor<B>) -> TensorData {
    try_read_sync(B::float_into_data(tensor))
        .expect("a CPU backend has its data at hand")
        .expect("a CPU tensor can be read")
}

fn floats(data: &TensorData) -> &[f32] {
    data.as_slice().expect("the caller checked the type")
}

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

/// The strongest unit and the k-th strongest of each row of currents, `[batch, 1]` each.
pub fn compete<B: Backend>(currents: FloatTensor<B>, k: usize) -> (IntTensor<B>, IntTensor<B>) {
    let device = currents.device();
    let [batch, hidden] = currents.shape().dims();
    let currents = take::<B>(currents);
    let rows = floats(&currents).par_chunks_exact(hidden);
    let pairs = rows.map_init(Vec::new, |peaks, row| {
        let (winner, ranked_k) = select(row.chunks(LANES), LANES, k, peaks);
        (winner.index, ranked_k.index)
    });
    let (winners, ranked_k): (Vec<usize>, Vec<usize>) = pairs.unzip();
    let column = |units| B::int_reshape(integers::<B>(units, &device), Shape::new([batch, 1]));
    (column(winners), column(ranked_k))
}

/// The raw change summed over the batch, and the winners.
pub fn local_update<B: Backend>(
    synapses: FloatTensor<B>,
    examples: FloatTensor<B>,
    rule: &KrotovHopfield,
) -> (FloatTensor<B>, IntTensor<B>) {
    let device = synapses.device();
    let shape = synapses.shape();
    let [hidden, visible] = shape.dims();
    let (synapses, examples) = (take::<B>(synapses), take::<B>(examples));
    let pass = Pass {
        rule,
        examples: floats(&examples),
        visible,
        hidden,
    };
    let shared = Shared::forgetful();
    let mut workspace = shared.lock();
    let change = workspace.local_update(floats(&synapses), pass);
    (
        B::float_from_data(TensorData::new(change, shape), &device),
        integers::<B>(workspace.winners(), &device),
    )
}

/// One step in place; `fault` is `[kind, step]` and holds the first one.
pub fn step<B: Backend>(
    synapses: FloatTensor<B>,
    fault: IntTensor<B>,
    examples: FloatTensor<B>,
    rule: &KrotovHopfield,
    moment: Moment,
    workspace: &Shared,
) -> (FloatTensor<B>, IntTensor<B>, IntTensor<B>) {
    let device = synapses.device();
    let [hidden, visible] = synapses.shape().dims();
    let (mut synapses, examples) = (take::<B>(synapses), take::<B>(examples));
    let mut workspace = workspace.lock();
    let pass = Pass {
        rule,
        examples: floats(&examples),
        visible,
        hidden,
    };
    let values = synapses
        .as_mut_slice()
        .expect("the caller checked the type");
    let earlier = try_read_sync(B::int_into_data(fault.clone()))
        .expect("a CPU backend has its data at hand")
        .expect("a CPU tensor can be read");
    let fault = match Fault::read(&earlier) {
        Some(_) => fault,
        None => match workspace.step(values, pass, moment.rate) {
            Ok(()) => fault,
            Err(kind) => integers::<B>(vec![kind as usize, moment.number], &device),
        },
    };
    let winners = integers::<B>(workspace.winners(), &device);
    (B::float_from_data(synapses, &device), fault, winners)
}

//! The fused operations, routed to the backend of their tensors.

// Burn deprecates NdArray in favour of Flex; it is still supported here.
#![allow(deprecated)]

#[cfg(feature = "cube")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, DispatchDevice, backend_extension};
#[cfg(feature = "cube")]
use burn::tensor::Shape;
use burn::tensor::{DType, Device, Int, Tensor};

use super::cpu;
use crate::rule::{KrotovHopfield, powered_synapses};

pub use cpu::Shared;

#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "cube")
)]
trait HebbianOps: Backend {
    // `like` lends its type of integer to the indices: which one a device prefers is not known
    // where Burn's fusion asks what an operation will return.
    #[fusion(meta = compete_outputs)]
    fn compete(
        currents: FloatTensor<Self>,
        like: IntTensor<Self>,
        k: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>);

    #[fusion(meta = local_update_outputs)]
    fn local_update(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        like: IntTensor<Self>,
        rule: KrotovHopfield,
    ) -> (FloatTensor<Self>, IntTensor<Self>);

    #[fusion(meta = step_outputs)]
    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        rule: KrotovHopfield,
        moment: Moment,
        workspace: Shared,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
    );
}

// What the operations will return, for Burn's fusion, which runs them later.

#[cfg(feature = "cube")]
fn compete_outputs(
    currents: &TensorSpec,
    like: &TensorSpec,
    _k: &usize,
) -> (TensorSpec, TensorSpec) {
    let column = TensorSpec::new(Shape::new([currents.shape[0], 1]), like.dtype);
    (column.clone(), column)
}

#[cfg(feature = "cube")]
fn local_update_outputs(
    synapses: &TensorSpec,
    _powered: &TensorSpec,
    examples: &TensorSpec,
    like: &TensorSpec,
    _rule: &KrotovHopfield,
) -> (TensorSpec, TensorSpec) {
    let winners = TensorSpec::new(Shape::new([examples.shape[0]]), like.dtype);
    (synapses.clone(), winners)
}

#[cfg(feature = "cube")]
fn step_outputs(
    synapses: &TensorSpec,
    powered: &TensorSpec,
    fault: &TensorSpec,
    examples: &TensorSpec,
    _rule: &KrotovHopfield,
    _moment: &Moment,
    _workspace: &Shared,
) -> (TensorSpec, TensorSpec, TensorSpec, TensorSpec) {
    let winners = TensorSpec::new(Shape::new([examples.shape[0]]), fault.dtype);
    (synapses.clone(), powered.clone(), fault.clone(), winners)
}

#[cfg(feature = "cube")]
impl HebbianOps for burn_cubecl::CubeBackend {
    fn compete(
        currents: FloatTensor<Self>,
        like: IntTensor<Self>,
        k: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>) {
        super::cube::compete(currents, like, k)
    }

    fn local_update(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        like: IntTensor<Self>,
        rule: KrotovHopfield,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        super::cube::local_update(synapses, powered, examples, like, &rule)
    }

    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        rule: KrotovHopfield,
        moment: Moment,
        _workspace: Shared,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
    ) {
        super::cube::step(synapses, powered, fault, examples, &rule, moment)
    }
}

/// When a step happens, and how large it is.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Counted from 1.
    pub number: usize,
    /// The learning rate.
    pub rate: f64,
}

macro_rules! on_a_cpu {
    ($($(#[$feature:meta])* $backend:ty),*) => {$(
        $(#[$feature])*
        impl HebbianOps for $backend {
            fn compete(
                currents: FloatTensor<Self>,
                _like: IntTensor<Self>,
                k: usize,
            ) -> (IntTensor<Self>, IntTensor<Self>) {
                cpu::compete::<Self>(currents, k)
            }

            fn local_update(
                synapses: FloatTensor<Self>,
                _powered: FloatTensor<Self>,
                examples: FloatTensor<Self>,
                _like: IntTensor<Self>,
                rule: KrotovHopfield,
            ) -> (FloatTensor<Self>, IntTensor<Self>) {
                cpu::local_update::<Self>(synapses, examples, &rule)
            }

            fn step(
                synapses: FloatTensor<Self>,
                powered: FloatTensor<Self>,
                fault: IntTensor<Self>,
                examples: FloatTensor<Self>,
                rule: KrotovHopfield,
                moment: Moment,
                workspace: Shared,
            ) -> (
                FloatTensor<Self>,
                FloatTensor<Self>,
                IntTensor<Self>,
                IntTensor<Self>,
            ) {
                let (synapses, fault, winners) =
                    cpu::step::<Self>(synapses, fault, examples, &rule, moment, &workspace);
                (synapses, powered, fault, winners)
            }
        }
    )*};
}

on_a_cpu!(
    #[cfg(feature = "flex")]
    burn::backend::Flex,
    #[cfg(feature = "ndarray")]
    burn::backend::NdArray
);

/// Whether the fused operations take tensors of this device and type.
pub fn is_fused(device: &Device, dtype: DType) -> bool {
    let fused = match device.as_dispatch() {
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => true,
        _ => is_cpu(device),
    };
    fused && dtype == DType::F32
}

/// Whether tensors of this device lie in memory that the host reads without waiting.
pub fn is_cpu(device: &Device) -> bool {
    match device.as_dispatch() {
        #[cfg(feature = "flex")]
        DispatchDevice::Flex(_) => true,
        #[cfg(feature = "ndarray")]
        DispatchDevice::NdArray(_) => true,
        #[allow(unreachable_patterns)]
        _ => false,
    }
}

/// What a step keeps beside the synapses: their powers on CubeCL's runtimes, and nothing on a CPU,
/// where they lie in the [`Shared`] workspace in an order of their own.
pub fn powered(synapses: &Tensor<2>, rule: &KrotovHopfield) -> Tensor<2> {
    match is_cpu(&synapses.device()) {
        true => Tensor::zeros([1, 1], &synapses.device()),
        false => powered_synapses(synapses.clone(), rule.p),
    }
}

/// An integer of the device's preferred type.
fn like(tensor: &Tensor<2>) -> Tensor<1, Int> {
    Tensor::empty([1], &tensor.device())
}

/// The strongest unit and the k-th strongest of each row of `currents`, `[batch, 1]` each.
pub fn compete(currents: Tensor<2>, k: usize) -> (Tensor<2, Int>, Tensor<2, Int>) {
    let like = like(&currents);
    let (winners, ranked_k) = Dispatch::compete(currents.into_dispatch(), like.into_dispatch(), k);
    (
        Tensor::from_dispatch(winners),
        Tensor::from_dispatch(ranked_k),
    )
}

/// The raw change of the synapses summed over the batch, `[hidden, visible]`, and the winners,
/// `[batch]`.
pub fn local_update(
    synapses: Tensor<2>,
    examples: Tensor<2>,
    rule: &KrotovHopfield,
) -> (Tensor<2>, Tensor<1, Int>) {
    let like = like(&synapses);
    let powered = powered(&synapses, rule);
    let (change, winners) = Dispatch::local_update(
        synapses.into_dispatch(),
        powered.into_dispatch(),
        examples.into_dispatch(),
        like.into_dispatch(),
        rule.clone(),
    );
    (
        Tensor::from_dispatch(change),
        Tensor::from_dispatch(winners),
    )
}

/// One max-normalised step in place: the synapses, what is kept beside them (see [`powered`]), the
/// first fault so far (`[kind, step]`, see [`Fault`](super::Fault)) and the winners.
pub fn step(
    synapses: Tensor<2>,
    powered: Tensor<2>,
    fault: Tensor<1, Int>,
    examples: Tensor<2>,
    rule: &KrotovHopfield,
    moment: Moment,
    workspace: &Shared,
) -> (Tensor<2>, Tensor<2>, Tensor<1, Int>, Tensor<1, Int>) {
    let (synapses, powered, fault, winners) = Dispatch::step(
        synapses.into_dispatch(),
        powered.into_dispatch(),
        fault.into_dispatch(),
        examples.into_dispatch(),
        rule.clone(),
        moment,
        workspace.clone(),
    );
    (
        Tensor::from_dispatch(synapses),
        Tensor::from_dispatch(powered),
        Tensor::from_dispatch(fault),
        Tensor::from_dispatch(winners),
    )
}

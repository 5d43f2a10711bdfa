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

use super::{Constants, host};

pub use host::Shared;

/// When a step happens, and how large it is.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Counted from 1.
    pub number: usize,
    /// The learning rate.
    pub rate: f64,
}

/// The raw change and the winners.
pub(super) type Update<B> = (FloatTensor<B>, IntTensor<B>);
/// The synapses, their powers, the first fault and the winners.
pub(super) type Step<B> = (FloatTensor<B>, FloatTensor<B>, IntTensor<B>, IntTensor<B>);

#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "cube"),
    Remote: cfg(feature = "remote")
)]
pub(super) trait HebbianOps: Backend {
    // `like` lends its type of integer to the winners: which one a device prefers is not known
    // where Burn's fusion asks what an operation will return.
    #[fusion(meta = local_update_outputs)]
    fn local_update(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        like: IntTensor<Self>,
        constants: Constants,
    ) -> (FloatTensor<Self>, IntTensor<Self>);

    #[fusion(meta = step_outputs)]
    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        constants: Constants,
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
fn local_update_outputs(
    synapses: &TensorSpec,
    _powered: &TensorSpec,
    examples: &TensorSpec,
    like: &TensorSpec,
    _constants: &Constants,
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
    _constants: &Constants,
    _moment: &Moment,
    _workspace: &Shared,
) -> (TensorSpec, TensorSpec, TensorSpec, TensorSpec) {
    let winners = TensorSpec::new(Shape::new([examples.shape[0]]), fault.dtype);
    (synapses.clone(), powered.clone(), fault.clone(), winners)
}

#[cfg(feature = "cube")]
impl HebbianOps for burn_cubecl::CubeBackend {
    fn local_update(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        like: IntTensor<Self>,
        constants: Constants,
    ) -> Update<Self> {
        super::cube::local_update(synapses, powered, examples, like, constants)
    }

    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        constants: Constants,
        moment: Moment,
        _workspace: Shared,
    ) -> Step<Self> {
        super::cube::step(synapses, powered, fault, examples, constants, moment)
    }
}

impl<B: host::OnHost> HebbianOps for B {
    fn local_update(
        synapses: FloatTensor<Self>,
        _powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        _like: IntTensor<Self>,
        constants: Constants,
    ) -> Update<Self> {
        host::local_update::<Self>(synapses, examples, constants)
    }

    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        constants: Constants,
        moment: Moment,
        workspace: Shared,
    ) -> Step<Self> {
        let (synapses, fault, winners) =
            host::step::<Self>(synapses, fault, examples, constants, moment, &workspace);
        (synapses, powered, fault, winners)
    }
}

/// The most units on CubeCL's runtimes, a workgroup each: WebGPU counts no further along one axis, and
/// Burn's own maximum on a software Vulkan driver overlooks what lies past it. What a server has, nobody
/// tells.
#[cfg(any(feature = "cube", feature = "remote"))]
const MOST_UNITS: usize = 65_535;
/// The most examples on CubeCL's runtimes, a workgroup each: with tens of thousands, sums on a software
/// Vulkan driver lacked some.
pub const MOST_EXAMPLES: usize = 4096;

/// Whether the fused operations take these synapses, `[hidden, visible]`, and examples,
/// `[batch, visible]`, by their device, type and number. Mixed types they leave to Burn's own
/// operations, which refuse them in Burn's own words.
pub fn is_fused(synapses: &Tensor<2>, examples: &Tensor<2>) -> bool {
    let device = synapses.device().without_autodiff();
    #[cfg(any(feature = "cube", feature = "remote"))]
    let few = synapses.dims()[0] <= MOST_UNITS && examples.dims()[0] <= MOST_EXAMPLES;
    let fused = match device.as_dispatch() {
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => few,
        #[cfg(feature = "remote")]
        device @ DispatchDevice::Remote(_) => few && super::remote::is_fused_on(device),
        _ => is_on_host(&device),
    };
    fused && synapses.dtype() == DType::F32 && examples.dtype() == DType::F32
}

/// The most hidden units that a layer on this device may have.
pub fn most_units(device: &Device) -> usize {
    match device.clone().without_autodiff().as_dispatch() {
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => MOST_UNITS,
        #[cfg(feature = "remote")]
        DispatchDevice::Remote(_) => MOST_UNITS,
        _ => usize::MAX,
    }
}

/// Whether tensors of this device lie in memory that the host reads without waiting.
pub fn is_on_host(device: &Device) -> bool {
    match device.clone().without_autodiff().as_dispatch() {
        #[cfg(feature = "flex")]
        DispatchDevice::Flex(_) => true,
        #[cfg(feature = "ndarray")]
        DispatchDevice::NdArray(_) => true,
        #[allow(unreachable_patterns)]
        _ => false,
    }
}

/// What a step keeps beside the synapses: their powers on CubeCL's runtimes, and nothing in the
/// memory of the host, where they lie in the [`Shared`] workspace in an order of their own.
pub fn powered(synapses: &Tensor<2>, constants: Constants) -> Tensor<2> {
    if is_on_host(&synapses.device()) {
        Tensor::zeros([1, 1], &synapses.device())
    } else {
        constants.power().signed(synapses.clone())
    }
}

/// The raw change of the synapses summed over the batch, `[hidden, visible]`, and the winners,
/// `[batch]`.
pub fn local_update(
    synapses: Tensor<2>,
    examples: Tensor<2>,
    constants: Constants,
) -> (Tensor<2>, Tensor<1, Int>) {
    let like = Tensor::<1, Int>::empty([1], &synapses.device());
    let powered = powered(&synapses, constants);
    let (change, winners) = Dispatch::local_update(
        synapses.into_dispatch(),
        powered.into_dispatch(),
        examples.into_dispatch(),
        like.into_dispatch(),
        constants,
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
    constants: Constants,
    moment: Moment,
    workspace: &Shared,
) -> (Tensor<2>, Tensor<2>, Tensor<1, Int>, Tensor<1, Int>) {
    let (synapses, powered, fault, winners) = Dispatch::step(
        synapses.into_dispatch(),
        powered.into_dispatch(),
        fault.into_dispatch(),
        examples.into_dispatch(),
        constants,
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

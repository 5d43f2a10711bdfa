//! The fused operations on rows and maps, for backends whose tensors lie in the memory of the host.

// Burn deprecates NdArray in favour of Flex; it is still supported here.
#![allow(deprecated)]

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{DType, Int, Tensor};

use super::{Competitors, Pool, ReadoutStep, UnitStep, Windows, host, is_on_host};

#[backend_extension(Flex: cfg(feature = "flex"), NdArray: cfg(feature = "ndarray"))]
trait RowOps: Backend {
    fn compete(
        products: FloatTensor<Self>,
        competitors: Competitors,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>);

    fn unit_step(
        synapses: FloatTensor<Self>,
        toward: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        step: UnitStep,
    ) -> (FloatTensor<Self>, IntTensor<Self>);

    fn patches(maps: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;

    fn triangle_pool(maps: FloatTensor<Self>, power: f64, pool: Pool) -> FloatTensor<Self>;

    fn readout_outputs(
        weights: FloatTensor<Self>,
        features: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn readout_step(
        weights: FloatTensor<Self>,
        means: FloatTensor<Self>,
        squares: FloatTensor<Self>,
        features: FloatTensor<Self>,
        labels: IntTensor<Self>,
        step: ReadoutStep,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
}

impl<B: host::OnHost> RowOps for B {
    fn compete(
        products: FloatTensor<Self>,
        competitors: Competitors,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>) {
        host::compete::<Self>(products, competitors)
    }

    fn unit_step(
        synapses: FloatTensor<Self>,
        toward: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        step: UnitStep,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        host::unit_step::<Self>(synapses, toward, decay, step)
    }

    fn patches(maps: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        host::patches::<Self>(maps, windows)
    }

    fn triangle_pool(maps: FloatTensor<Self>, power: f64, pool: Pool) -> FloatTensor<Self> {
        host::triangle_pool::<Self>(maps, power, pool)
    }

    fn readout_outputs(
        weights: FloatTensor<Self>,
        features: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        host::readout_outputs::<Self>(weights, features)
    }

    fn readout_step(
        weights: FloatTensor<Self>,
        means: FloatTensor<Self>,
        squares: FloatTensor<Self>,
        features: FloatTensor<Self>,
        labels: IntTensor<Self>,
        step: ReadoutStep,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        host::readout_step::<Self>([weights, means, squares], features, labels, step)
    }
}

/// Whether the operations of this file take a tensor: a float32 off autodiff in the memory of the
/// host.
pub fn is_host_float<const D: usize>(tensor: &Tensor<D>) -> bool {
    !tensor.is_autodiff() && tensor.dtype() == DType::F32 && is_on_host(&tensor.device())
}

/// The competition for each example with `products`, `[batch, hidden]`: the responses y, of the same
/// shape, what each unit decays by, `[hidden]`, and the winners, `[batch]`.
pub fn compete(
    products: Tensor<2>,
    competitors: Competitors,
) -> (Tensor<2>, Tensor<1>, Tensor<1, Int>) {
    let (responses, decay, winners) = Dispatch::compete(products.into_dispatch(), competitors);
    (
        Tensor::from_dispatch(responses),
        Tensor::from_dispatch(decay),
        Tensor::from_dispatch(winners),
    )
}

/// The raw change, `[hidden, visible]`, and the winners, `[batch]`, after a competition.
pub fn competed_update(
    synapses: Tensor<2>,
    examples: Tensor<2>,
    products: Tensor<2>,
    competitors: Competitors,
) -> (Tensor<2>, Tensor<1, Int>) {
    let (responses, decay, winners) = compete(products, competitors);
    let toward = responses.transpose().matmul(examples);
    (toward - decay.unsqueeze_dim::<2>(1) * synapses, winners)
}

/// `W + rate_mu (T - d W) / max |T - d W|` with `toward` T and `synapses` W, `[hidden, visible]`, and
/// `decay` d, `[hidden]`: the synapses, in place where nobody else holds them, and whether a value
/// was not finite, `[1]`, which leaves them as they are.
pub fn unit_step(
    synapses: Tensor<2>,
    toward: Tensor<2>,
    decay: Tensor<1>,
    step: UnitStep,
) -> (Tensor<2>, Tensor<1, Int>) {
    let (synapses, fault) = Dispatch::unit_step(
        synapses.into_dispatch(),
        toward.into_dispatch(),
        decay.into_dispatch(),
        step,
    );
    (
        Tensor::from_dispatch(synapses),
        Tensor::from_dispatch(fault),
    )
}

/// The windows of `maps`, `[images, height, width, channels]`, as rows.
pub fn patches(maps: Tensor<4>, windows: Windows) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::patches(maps.into_dispatch(), windows))
}

/// `max(u - mean, 0)^power` over the units of each place of `maps`, `[images, height, width, units]`,
/// and its pooling.
pub fn triangle_pool(maps: Tensor<4>, power: f64, pool: Pool) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::triangle_pool(maps.into_dispatch(), power, pool))
}

/// Whether a fused step of a readout takes these weights and features in the memory of the host:
/// weights of float32, and features of float32 or, on flex, of bfloat16.
pub fn is_fused_readout(weights: &Tensor<2>, features: &Tensor<2>) -> bool {
    let device = features.device().without_autodiff();
    let halves = match device.as_dispatch() {
        #[cfg(feature = "flex")]
        burn::backend::DispatchDevice::Flex(_) => features.dtype() == DType::BF16,
        _ => false,
    };
    is_host_float(weights) && (is_host_float(features) || halves && !features.is_autodiff())
}

/// The outputs, `[batch, classes]`, of a readout with `weights`, `[classes, features + 1]`, for
/// `features`, `[batch, features]`.
pub fn readout_outputs(weights: Tensor<2>, features: Tensor<2>) -> Tensor<2> {
    let outputs = Dispatch::readout_outputs(weights.into_dispatch(), features.into_dispatch());
    Tensor::from_dispatch(outputs)
}

/// A step of a readout with `weights`, Adam's `means` and `squares`, `[classes, features + 1]`, for
/// `features`, `[batch, features]`: the three, and the outputs before the step, `[batch, classes]`.
pub fn readout_step(
    [weights, means, squares]: [Tensor<2>; 3],
    features: Tensor<2>,
    labels: Tensor<1, Int>,
    step: ReadoutStep,
) -> ([Tensor<2>; 3], Tensor<2>) {
    let (weights, means, squares, outputs) = Dispatch::readout_step(
        weights.into_dispatch(),
        means.into_dispatch(),
        squares.into_dispatch(),
        features.into_dispatch(),
        labels.into_dispatch(),
        step,
    );
    let parameters = [weights, means, squares].map(Tensor::from_dispatch);
    (parameters, Tensor::from_dispatch(outputs))
}

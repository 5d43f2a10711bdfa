//! Steps in one pass on the flex backend: the next values are written where the gradient was.
//!
//! A learner often holds the parameter a second time, so that to write there would copy it first.
//! Nobody holds the gradient but the optimizer.

use burn::backend::{DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};

/// Values that are worth a thread of their own.
pub const CHUNK: usize = 1 << 14;

/// Whether both tensors can be read and written as slices of float32, value by value.
pub fn fits<const D: usize>(tensor: &Tensor<D>, gradient: &Tensor<D>) -> bool {
    let is_plain = |tensor: &Tensor<D>| {
        matches!(tensor.device().as_dispatch(), DispatchDevice::Flex(_))
            && tensor.dtype() == DType::F32
    };
    is_plain(tensor)
        && is_plain(gradient)
        && tensor.shape().num_elements() == gradient.shape().num_elements()
}

/// The values of a tensor, to be written; copied only where somebody else holds it.
pub fn floats(data: &mut TensorData) -> &mut [f32] {
    data.as_mut_slice().expect(FLOATS)
}

const FLOATS: &str = "only float32 fits";

/// Lets `operation` read the values of a tensor, which others may hold.
pub fn with_floats<const D: usize, T>(tensor: Tensor<D>, operation: impl FnOnce(&[f32]) -> T) -> T {
    if let Ok(primitive) = tensor.clone().try_into_primitive::<Flex>()
        && let Some(values) = primitive.as_slice()
    {
        return operation(values);
    }
    operation(tensor.into_data().as_slice().expect(FLOATS))
}

//! `v / |v|`: inputs of unit length, which the rules expect.

use burn::tensor::Tensor;

/// Scales each vector along the last axis to length 1; a blank one stays blank.
///
/// The local rules compare how well examples fit, so a longer example is a louder one: give all the
/// same length. Without it the rectified power of a hidden unit also overflows. The result keeps
/// the type of the input, whose lengths a float16 can hold up to 255.
///
/// ```
/// use burn::tensor::{Device, Tensor};
///
/// let rows = Tensor::<2>::from_data([[3.0, 4.0], [0.0, 0.0]], &Device::default());
/// let scaled: Vec<f32> = burn_hebbian::unit_length(rows).into_data().iter().collect();
/// assert_eq!(scaled, [0.6, 0.8, 0.0, 0.0]);
/// ```
///
/// # Shapes
///
/// - input: `[..., visible]`
/// - output: `[..., visible]`
pub fn unit_length<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    let smallest = input.dtype().finfo().map_or(0.0, |info| info.min_positive);
    let lengths = input.clone().square().sum_dim(D - 1).sqrt();
    input / lengths.clamp_min(smallest.max(1e-12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData, Tolerance};

    #[test]
    fn vectors_of_any_rank_get_length_one_and_blank_ones_stay_blank() {
        let device = Device::default();
        for dtype in [DType::F64, DType::F32, DType::F16, DType::BF16] {
            let input = Tensor::<3>::from_data([[[3.0, 4.0], [0.0, 0.0]]], &device).cast(dtype);
            let found = unit_length(input).into_data().convert::<f32>();
            let expected = TensorData::from([[[0.6f32, 0.8], [0.0, 0.0]]]);
            found.assert_approx_eq::<f32>(&expected, Tolerance::absolute(3e-3));
        }
        let vector = Tensor::<1>::from_data([0.0, -2.0], &device);
        assert_eq!(
            unit_length(vector).into_data(),
            TensorData::from([0.0f32, -1.0])
        );
    }
}

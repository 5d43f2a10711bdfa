//! `v / |v|`: inputs of unit length, which the rules expect.

use burn::tensor::Tensor;

/// Scales each vector along the last axis to length 1; a blank one stays blank.
///
/// The local rules compare how well examples fit, so a longer example is a louder one: give all the
/// same length. Without it the rectified power of a hidden unit also overflows. The result keeps
/// the type of the input, whose lengths a float16 can hold up to 255. The gradient of a blank vector
/// is finite, as of one of length 1e-12.
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
    // Before the root, whose slope at 0 is infinite.
    let smallest = input.dtype().finfo();
    let smallest = smallest.map_or(0.0, |info| info.min_positive * info.epsilon);
    let squares = input.clone().square().sum_dim(D - 1);
    input / squares.clamp_min(smallest.max(1e-24)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "flex")]
    use burn::tensor::{DType, Tolerance};
    use burn::tensor::{Device, TensorData};

    #[test]
    #[cfg(feature = "flex")] // It has all types of float.
    fn vectors_of_every_type_of_float_get_length_one_and_blank_ones_stay_blank() {
        let device = Device::flex();
        for dtype in [DType::F64, DType::F32, DType::F16, DType::BF16] {
            let input = Tensor::<3>::from_data([[[3.0, 4.0], [0.0, 0.0]]], &device).cast(dtype);
            let found = unit_length(input).into_data().convert::<f32>();
            let expected = TensorData::from([[[0.6f32, 0.8], [0.0, 0.0]]]);
            found.assert_approx_eq::<f32>(&expected, Tolerance::absolute(3e-3));
        }
    }

    #[test]
    fn one_vector_gets_length_one() {
        let vector = Tensor::<1>::from_data([0.0, -2.0], &Device::default());
        assert_eq!(
            unit_length(vector).into_data(),
            TensorData::from([0.0f32, -1.0])
        );
    }

    #[test]
    fn the_gradient_of_a_blank_vector_is_finite() {
        let device = Device::default().autodiff();
        let input = Tensor::<2>::from_data([[3.0, 4.0], [0.0, 0.0]], &device).require_grad();
        let first = unit_length(input.clone()).slice([0..2, 0..1]);
        let found = input.grad(&first.sum().backward()).unwrap().into_data();
        let found: Vec<f32> = found.iter().collect();
        // d (x / r) / dx = y^2 / r^3 and d (x / r) / dy = -x y / r^3.
        assert!(
            (found[0] - 0.128).abs() < 1e-6 && (found[1] + 0.096).abs() < 1e-6,
            "{found:?}"
        );
        assert!(found.iter().all(|slope| slope.is_finite()), "{found:?}");
    }
}

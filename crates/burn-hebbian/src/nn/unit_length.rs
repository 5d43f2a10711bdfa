//! `v / |v|`: inputs of length 1, as the rule is used in the paper's experiments.

use burn::tensor::Tensor;

/// The floor of the divisor: a blank vector stays blank.
const BLANK: f64 = 1e-12;

/// Scales each vector along the last axis to length 1, `v / |v|`; a blank one stays blank.
///
/// # Shapes
///
/// - input: `[..., visible]`
/// - output: `[..., visible]`
pub fn unit_length<const D: usize>(vectors: Tensor<D>) -> Tensor<D> {
    let lengths = vectors.clone().square().sum_dim(D - 1).sqrt();
    vectors / lengths.clamp_min(BLANK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    fn assert_scaled<const D: usize>(vectors: TensorData, expected: TensorData) {
        let vectors = Tensor::<D>::from_data(vectors, &Device::default());
        unit_length(vectors)
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
    }

    #[test]
    fn vectors_of_any_rank_get_length_one_and_blank_ones_stay_blank() {
        assert_scaled::<1>([3.0f32, 4.0].into(), [0.6f32, 0.8].into());
        assert_scaled::<1>([0.0f32; 2].into(), [0.0f32; 2].into());
        let rows = [[3.0f32, 4.0], [0.0, 0.0]];
        assert_scaled::<2>(rows.into(), [[0.6f32, 0.8], [0.0, 0.0]].into());
        let blocks = [rows, [[0.0, -2e-3], [5e3, 12e3]]];
        let expected = [
            [[0.6f32, 0.8], [0.0, 0.0]],
            [[0.0, -1.0], [5.0 / 13.0, 12.0 / 13.0]],
        ];
        assert_scaled::<3>(blocks.into(), expected.into());
    }
}

//! `W_mu <- W_mu + rate_mu dW_mu / max |dW|`: a step whose largest change is the learning rate.

use burn::tensor::{Bool, Tensor};

use crate::kernel::NEAREST;
pub(crate) use crate::kernel::UnitStep;

/// The floor of the divisor in the authors' code.
pub(crate) const PRECISION: f64 = 1e-30;

/// `W_mu + rate_mu dW_mu / max(max |dW|, precision)`, a unit along the first axis.
///
/// The floor is raised to what the type of `change` can divide by: 1e-30 is 0 as a float16.
pub(crate) fn max_normalized_step<const D: usize>(
    synapses: Tensor<D>,
    change: Tensor<D>,
    step: UnitStep,
) -> Tensor<D> {
    let smallest = change.dtype().finfo().map_or(0.0, |info| info.min_positive);
    // The scale stays a tensor: reading it back would stall a GPU every step.
    let largest = change.clone().max_abs();
    let largest = largest.clamp_min(step.precision.max(smallest));
    let scale = (largest.recip() * step.rate).reshape([1; D]);
    let scale = if step.rate_power == 0.0 {
        scale
    } else {
        scale * unit_rates(synapses.clone(), step.rate_power)
    };
    synapses + change * scale
}

/// `(| |W_mu| - 1 | + 1e-10)^power`, `[units, 1, ..]`.
fn unit_rates<const D: usize>(synapses: Tensor<D>, power: f64) -> Tensor<D> {
    let mut shape = [1; D];
    shape[0] = synapses.dims()[0];
    let squares = synapses.square().reshape([shape[0] as i32, -1]).sum_dim(1);
    let distance = (squares.sqrt() - 1.0).abs() + NEAREST;
    distance.powf_scalar(power).reshape(shape)
}

/// Whether any of the values is not finite, `[1]`. Asked of each value: a sum of float16 overflows.
pub(crate) fn is_not_finite<const D: usize>(values: Tensor<D>) -> Tensor<1, Bool> {
    values.is_finite().all().bool_not()
}

/// A change of 0 where `stop`, `[1]`, else `change`.
pub(crate) fn zero_where<const D: usize>(stop: Tensor<1, Bool>, change: Tensor<D>) -> Tensor<D> {
    let stop = stop.reshape([1; D]).expand(change.shape());
    change.mask_fill(stop, 0.0)
}

/// Refuses a rate that would leave no synapse finite.
///
/// # Panics
///
/// Panics where `rate` is not finite.
pub(crate) fn assert_rate(rate: f64) {
    assert!(
        rate.is_finite(),
        "a learning rate must be finite, got {rate}"
    );
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    // flex has all types of float.
    use burn::tensor::{DType, Device, TensorData};

    #[test]
    fn a_change_of_zero_stays_one_in_every_type_of_float() {
        for dtype in [DType::F64, DType::F32, DType::F16, DType::BF16] {
            let synapses = Tensor::<2>::ones([2, 2], &Device::flex()).cast(dtype);
            let step = UnitStep {
                rate: 0.1,
                rate_power: 0.0,
                precision: PRECISION,
            };
            let stepped = max_normalized_step(synapses.clone(), synapses.zeros_like(), step);
            let expected = TensorData::from([[1.0f32; 2]; 2]);
            assert_eq!(stepped.into_data().convert::<f32>(), expected, "{dtype:?}");
        }
    }

    #[test]
    fn the_test_of_finiteness_looks_at_each_value() {
        let of = |values: [f32; 3], dtype| -> bool {
            let values = Tensor::<1>::from_data(values, &Device::flex()).cast(dtype);
            is_not_finite(values).into_scalar::<bool>()
        };
        // The sum of these is past the largest float16.
        assert!(!of([6e4, 6e4, 1.0], DType::F16));
        assert!(of([6e4, f32::INFINITY, 1.0], DType::F16));
        assert!(of([f32::NAN, 0.0, 1.0], DType::F32));
        // Infinities of both signs: neither finite, nor a sum.
        assert!(of([f32::INFINITY, f32::NEG_INFINITY, 1.0], DType::F64));
    }
}

//! Images with their channels first, as Burn has them, or last, as the rules read them.
//!
//! By swaps of two axes: where a GPU backend is compiled in, Burn 0.22.1 sends a permutation of floats to a server
//! as one of integers, which ends the session.

use burn::tensor::Tensor;

/// `[n, channels, rows, columns]` as `[n, rows, columns, channels]`.
pub fn channels_last(images: Tensor<4>) -> Tensor<4> {
    images.swap_dims(1, 2).swap_dims(2, 3)
}

/// `[n, rows, columns, channels]` as `[n, channels, rows, columns]`.
pub fn channels_first(maps: Tensor<4>) -> Tensor<4> {
    maps.swap_dims(2, 3).swap_dims(1, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int};

    #[test]
    fn two_swaps_make_the_permutation_and_its_inverse() {
        let numbers = Tensor::<1, Int>::arange(0..120, &Device::default()).float();
        let images = numbers.reshape([2, 3, 4, 5]);
        let last = channels_last(images.clone());
        let permuted = images.clone().permute([0, 2, 3, 1]);
        assert_eq!(last.to_data(), permuted.into_data());
        assert_eq!(channels_first(last).into_data(), images.into_data());
    }
}

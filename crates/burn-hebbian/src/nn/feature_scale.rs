//! `h_mu / s_mu`: the size of the features that a readout learns from.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Rows of a mean square that are summed in one go: a float32 sum over 60,000 would lose digits.
const ROWS: usize = 1000;

/// What features are divided by before a readout learns from them: root mean squares over the
/// training examples. The readout can undo any of them; they set how fast it learns from which unit.
///
/// A cosine to the power 4.5 is tiny. Divided by their root mean square, features have a size that
/// a learning rate can be chosen for, whatever the power n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureScale {
    /// Nothing: features as they are, as in the paper.
    None,
    /// One for the whole layer.
    Layer,
    /// One for each hidden unit.
    Unit,
    /// One for each hidden unit, at least the median of all: units that never won, whose large random
    /// synapses give large features, are reined in, and rare features stay small.
    Capped,
}

impl FeatureScale {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Layer => "layer",
            Self::Unit => "unit",
            Self::Capped => "capped",
        }
    }

    /// What each feature is to be divided by, `[1, hidden]`; 1 where that would be 0.
    ///
    /// # Shapes
    ///
    /// - features: `[examples, hidden]`
    pub fn sizes(self, features: &Tensor<2>) -> Tensor<2> {
        let squares = mean_squares(features);
        let squares = match self {
            Self::None => squares.ones_like(),
            Self::Layer => squares.clone().mean_dim(1).expand(squares.shape()),
            Self::Unit => squares,
            Self::Capped => {
                let mut sorted: Vec<f32> = squares.to_data().iter().collect();
                sorted.sort_by(f32::total_cmp);
                squares.clamp_min(sorted[sorted.len() / 2])
            }
        };
        // A unit that no training example excites tells nothing of its size. Divided by next to
        // nothing, another example that does excite it would have an infinite feature.
        let silent = squares.clone().equal_elem(0.0);
        squares.sqrt().mask_fill(silent, 1.0)
    }
}

/// The mean square of each column, `[1, columns]`, in two stages.
fn mean_squares(features: &Tensor<2>) -> Tensor<2> {
    let [count, _] = features.dims();
    let sums = features
        .clone()
        .chunk(count.div_ceil(ROWS), 0)
        .into_iter()
        .map(|rows| rows.square().sum_dim(0));
    Tensor::cat(sums.collect(), 0).sum_dim(0) / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn sizes_follow_the_scale() {
        let features = Tensor::from_data([[2.0, 4.0, 0.0], [2.0, 4.0, 0.0]], &Device::default());
        let of = |scale: FeatureScale| -> Vec<f32> {
            scale.sizes(&features).into_data().iter().collect()
        };
        let layer = (20.0_f32 / 3.0).sqrt();
        assert_eq!(of(FeatureScale::None), [1.0; 3]);
        assert_eq!(of(FeatureScale::Layer), [layer; 3]);
        assert_eq!(of(FeatureScale::Unit), [2.0, 4.0, 1.0]);
        assert_eq!(of(FeatureScale::Capped), [2.0, 4.0, 2.0]);
        let silent = Tensor::zeros([2, 3], &Device::default());
        assert_eq!(
            FeatureScale::Capped.sizes(&silent).into_data(),
            TensorData::from([[1f32; 3]])
        );
    }

    #[test]
    fn one_name_everywhere() {
        for scale in [
            FeatureScale::None,
            FeatureScale::Layer,
            FeatureScale::Unit,
            FeatureScale::Capped,
        ] {
            assert_eq!(serde_json::to_value(scale).unwrap(), scale.name());
        }
    }

    #[test]
    fn mean_squares_follow_the_formula() {
        let count = 2 * ROWS + 1;
        let ones = Tensor::<2>::ones([count, 1], &Device::default());
        let features = Tensor::cat(vec![ones.clone(), ones * 3.0], 1);
        let squares: Vec<f32> = mean_squares(&features).into_data().iter().collect();
        assert_eq!(squares, [1.0, 9.0]);
    }
}

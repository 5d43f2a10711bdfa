//! `v - <v>`: images without what they share, their mean.

use burn::tensor::Tensor;
use image_runs::Experiment;

/// Rows that are summed in one go: a float32 sum over 60,000 would lose digits.
const ROWS: usize = 1000;

/// The mean of the training images, and the experiment with it subtracted from all images.
pub(crate) fn centred(experiment: &Experiment) -> (Experiment, Tensor<1>) {
    let centre = mean(&experiment.train.inputs);
    let mut experiment = experiment.clone();
    for images in [&mut experiment.train, &mut experiment.judge] {
        images.inputs = images.inputs.clone() - centre.clone();
    }
    (experiment, centre.squeeze_dim(0))
}

fn mean(images: &Tensor<2>) -> Tensor<2> {
    let [count, _] = images.dims();
    let parts = images.clone().chunk(count.div_ceil(ROWS), 0);
    let sums = parts.into_iter().map(|rows| rows.sum_dim(0)).collect();
    Tensor::cat(sums, 0).sum_dim(0) / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_mean_is_that_of_each_column() {
        let device = Device::default();
        let count = 2 * ROWS as i64 + 1;
        let images = Tensor::arange(0..2 * count, &device)
            .float()
            .reshape([-1, 2]);
        let means: Vec<f32> = mean(&images).into_data().iter().collect();
        let first = (count - 1) as f32;
        assert_eq!(means, [first, first + 1.0]);
    }
}

//! Images as two tensors.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::Images;

impl Images {
    /// All images and their labels on a device: pixels from 0 to 1, `[images, visible]`, and
    /// classes, `[images]`.
    pub fn to_tensors(&self, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        let pixels = self.scaled(&self.pixels);
        let labels = self.labels.iter().map(|&label| label.into());
        let labels: Vec<i64> = labels.collect();
        let shape = [self.len(), self.shape.visible()];
        (
            Tensor::from_data(TensorData::new(pixels, shape), device),
            Tensor::from_data(TensorData::new(labels, [self.len()]), device),
        )
    }

    /// Pixels from 0 to 1.
    pub(crate) fn scaled(&self, pixels: &[u8]) -> Vec<f32> {
        let white = f32::from(self.white);
        let scaled = pixels.iter().map(|&pixel| f32::from(pixel) / white);
        scaled.collect()
    }
}

//! Images as two tensors.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::Images;

impl Images {
    /// All images and their labels on a device: pixels from 0 to 1, `[images, visible]`, and
    /// classes, `[images]`.
    pub fn to_tensors(&self, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        self.to_tensors_in_parts(device, usize::MAX)
    }

    /// The same, where at most `most` images go to the device at a time, but one if that is 0.
    pub fn to_tensors_in_parts(&self, device: &Device, most: usize) -> (Tensor<2>, Tensor<1, Int>) {
        let (count, visible) = (self.len(), self.shape.visible());
        let most = most.clamp(1, count.max(1));
        let parts = (0..count.max(1)).step_by(most).map(|from| {
            let to = (from + most).min(count);
            let pixels = self.scaled(&self.pixels[from * visible..to * visible]);
            Tensor::from_data(TensorData::new(pixels, [to - from, visible]), device)
        });
        let pixels = Tensor::cat(parts.collect(), 0);
        let labels = self.labels.iter().map(|&label| label.into());
        let labels: Vec<i64> = labels.collect();
        (
            pixels,
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

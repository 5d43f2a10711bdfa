//! The digits in batches.

use burn::data::dataloader::batcher::Batcher;
use burn::tensor::{Device, Int, Tensor, TensorData};
use image_sets::LabelledImage;

/// Images with their classes.
#[derive(Clone, Debug)]
pub struct DigitBatch {
    /// Pixels from 0 to 1, `[batch, pixels]`.
    pub images: Tensor<2>,
    /// Classes, `[batch]`.
    pub labels: Tensor<1, Int>,
}

/// Makes a [`DigitBatch`] of images.
#[derive(Clone, Debug)]
pub struct DigitBatcher;

impl Batcher<LabelledImage, DigitBatch> for DigitBatcher {
    fn batch(&self, items: Vec<LabelledImage>, device: &Device) -> DigitBatch {
        let labels: Vec<i64> = items.iter().map(|item| item.label.into()).collect();
        let pixels: Vec<f32> = items.into_iter().flat_map(|item| item.pixels).collect();
        let count = labels.len();
        let shape = [count, pixels.len() / count];
        DigitBatch {
            images: Tensor::from_data(TensorData::new(pixels, shape), device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), device),
        }
    }
}

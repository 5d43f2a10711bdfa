//! Images as a data set of Burn's data loaders.

use burn::data::dataset::{Dataset, DatasetError};

use crate::Images;

/// One image with its class, as a [`Batcher`](burn::data::dataloader::batcher::Batcher) gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledImage {
    /// The pixels from 0 to 1, plane by plane, row by row.
    pub pixels: Vec<f32>,
    /// The class, from 0.
    pub label: u16,
}

impl Dataset<LabelledImage> for Images {
    fn get(&self, index: usize) -> Result<LabelledImage, DatasetError> {
        Ok(LabelledImage {
            pixels: self.scaled(self.image(index)),
            label: self.labels[index],
        })
    }

    fn len(&self) -> usize {
        self.labels.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burn::data::dataloader::batcher::Batcher;
    use burn::data::dataloader::{DataLoader, DataLoaderBuilder};
    use burn::tensor::Device;

    use super::*;
    use crate::ImageSet;

    /// Leaves the items as they are.
    struct Items;

    impl Batcher<LabelledImage, Vec<LabelledImage>> for Items {
        fn batch(&self, items: Vec<LabelledImage>, _: &Device) -> Vec<LabelledImage> {
            items
        }
    }

    #[test]
    fn a_loader_of_burn_gives_every_image_with_its_label() {
        let images = ImageSet::Digits.load(None).unwrap().test;
        let loader: Arc<dyn DataLoader<Vec<LabelledImage>>> = DataLoaderBuilder::new(Items)
            .batch_size(100)
            .build(images.clone());
        let batches: Vec<Vec<LabelledImage>> = loader.iter().map(Result::unwrap).collect();
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 100, 60]);
        for (i, item) in batches.concat().iter().enumerate() {
            let pixels: Vec<f32> = item.pixels.iter().map(|value| value * 16.0).collect();
            let expected: Vec<f32> = images.image(i).iter().map(|&pixel| pixel.into()).collect();
            assert_eq!((pixels, item.label), (expected, images.labels[i]));
        }
    }

    #[test]
    fn tensors_hold_the_pixels_from_0_to_1_and_the_labels() {
        let images = ImageSet::Digits.load(None).unwrap().test;
        let (pixels, labels) = images.to_tensors(&Device::default());
        assert_eq!((pixels.dims(), labels.dims()), ([360, 64], [360]));
        let pixels: Vec<f32> = pixels.into_data().iter().collect();
        assert_eq!(pixels[64..128], Dataset::get(&images, 1).unwrap().pixels);
        let labels: Vec<u16> = labels.into_data().iter().collect();
        assert_eq!(labels, images.labels);
    }
}

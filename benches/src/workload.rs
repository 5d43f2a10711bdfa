//! What the steps learn: real images where they can be found.

use std::path::Path;

use burn::tensor::{Device, Distribution, Int, Tensor};
use image_sets::ImageSet;

use crate::shape::Shape;

/// Images to draw batches from; more of them would only take memory.
const IMAGES: usize = 10_000;

/// The share of MNIST's pixels that are not 0.
const INK: f64 = 0.19;

/// Images on the device, in their order of publication, which mixes the classes.
pub struct Workload {
    /// The sizes of a step.
    pub shape: Shape,
    /// Where the images are from.
    pub name: &'static str,
    /// The share of values that are not 0.
    pub density: f64,
    /// `[images, visible]`, from 0 to 1.
    pub images: Tensor<2>,
    /// `[images]`
    pub labels: Tensor<1, Int>,
}

impl Workload {
    /// MNIST for 784 visible units, CIFAR-10 for 3072, and else, or where they are not found,
    /// noise that is as dark as MNIST.
    pub fn new(shape: Shape, data_dir: Option<&Path>, device: &Device) -> Self {
        let dataset = match shape.visible {
            784 => Some(ImageSet::Mnist),
            3072 => Some(ImageSet::Cifar10),
            _ => None,
        };
        let found = dataset.and_then(|dataset| published(dataset, data_dir, device));
        let (name, images) = found.unwrap_or_else(|| ("synthetic", noise(shape.visible, device)));
        let inked = images.clone().not_equal_elem(0.0).int().sum();
        let inked = inked.into_scalar::<i64>() as f64;
        Self {
            shape,
            name,
            density: inked / (IMAGES * shape.visible) as f64,
            images,
            labels: Tensor::arange(0..IMAGES as i64, device) % 10,
        }
    }

    /// Endless batches of `images`.
    pub fn batches(&self, images: &Tensor<2>) -> impl FnMut() -> Tensor<2> + use<> {
        endless(batches(images, self.shape.batch.min(IMAGES)))
    }

    /// The images without a single 0.
    pub fn dense(&self) -> Tensor<2> {
        self.images.clone().clamp_min(1e-3)
    }

    /// The share of values that are not 0 in the [sparse](Self::sparse) images.
    pub fn sparse_density(&self) -> f64 {
        if self.density <= 2.0 * INK {
            self.density
        } else {
            self.density * INK
        }
    }

    /// The images as dark as MNIST's.
    pub fn sparse(&self) -> Tensor<2> {
        if self.density <= 2.0 * INK {
            self.images.clone()
        } else {
            self.images.clone() * ink(self.shape.visible, &self.images.device())
        }
    }
}

/// The name and the first training images of a data set, `[images, visible]`, where they are found.
pub fn published(
    dataset: ImageSet,
    data_dir: Option<&Path>,
    device: &Device,
) -> Option<(&'static str, Tensor<2>)> {
    let images = dataset.load(Some(data_dir?)).ok()?.train;
    let rest = images.len() - IMAGES;
    let (images, _) = images.split_last(rest).0.to_tensors(device);
    Some((dataset.name(), images))
}

/// `images` as batches of `size`.
pub fn batches<const D: usize>(images: &Tensor<D>, size: usize) -> Vec<Tensor<D>> {
    let starts = (0..images.dims()[0] / size).map(|batch| batch * size);
    starts
        .map(|start| images.clone().narrow(0, start, size))
        .collect()
}

/// The batches, over and over.
pub fn endless<const D: usize>(batches: Vec<Tensor<D>>) -> impl FnMut() -> Tensor<D> {
    let mut batches = batches.into_iter().cycle();
    move || batches.next().expect("there is a batch")
}

fn ink(visible: usize, device: &Device) -> Tensor<2> {
    Tensor::random([IMAGES, visible], Distribution::Bernoulli(INK), device)
}

fn noise(visible: usize, device: &Device) -> Tensor<2> {
    Tensor::random([IMAGES, visible], Distribution::Default, device) * ink(visible, device)
}

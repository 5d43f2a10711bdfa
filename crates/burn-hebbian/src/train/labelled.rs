//! Examples and their classes.

use burn::tensor::{Int, Tensor};

/// A batch of examples of rank `D`, and their classes.
#[derive(Clone, Debug)]
pub struct Labelled<const D: usize = 2> {
    /// The examples, `[batch, ...]`.
    pub inputs: Tensor<D>,
    /// The index of the right class of each, `[batch]`.
    pub labels: Tensor<1, Int>,
}

impl<const D: usize> Labelled<D> {
    /// A batch of both.
    pub fn new(inputs: Tensor<D>, labels: Tensor<1, Int>) -> Self {
        Self { inputs, labels }
    }
}

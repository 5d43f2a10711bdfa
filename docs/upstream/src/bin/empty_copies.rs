//! On flex the tensors of `zeros` and `empty`, and the result of each matrix product, are filled with zeros
//! and then copied.
//!
//! Expected: `zeros` takes as long as `vec![0.0; n]` made into a tensor, which the system hands out blank.
//! Happens: it takes many times as long. Of a training step of a dense layer, 784 -> 2000 at batch 100, an
//! eighth is this.
//! Cause: `FlexTensor::empty` (burn-flex, `tensor.rs`) makes a `Vec<u8>`, whose alignment is 1, and
//! `Bytes::from_bytes_vec` copies it to an alignment of 16.
//! Mend: allocate with the alignment of the type, as `Bytes::from_elems(vec![0f32; n])` does.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};

const SHAPE: [usize; 2] = [2048, 2048];

/// The median time of eleven calls.
fn median(call: impl Fn() -> Tensor<2>) -> Duration {
    let mut times: Vec<_> = (0..11)
        .map(|_| {
            let start = Instant::now();
            let made = call();
            let time = start.elapsed();
            drop(made);
            time
        })
        .collect();
    times.sort();
    times[5]
}

fn main() {
    let device = Device::flex();
    let zeros = median(|| Tensor::zeros(SHAPE, &device));
    let data = || TensorData::new(vec![0f32; SHAPE[0] * SHAPE[1]], SHAPE);
    let vector = median(|| Tensor::from_data(data(), &device));
    let times = format!("zeros {zeros:.1?}, a vector of zeros as a tensor {vector:.1?}");
    if zeros < 2 * vector {
        println!("mended: zeros are not copied: {times}");
        std::process::exit(1);
    }
    println!("shown: zeros are copied: {times}");
}

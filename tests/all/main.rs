//! What crosses crates: golden vectors, an index loop, properties, and Burn's training loop.
#![recursion_limit = "256"]

mod agreement;
mod bad_images;
mod convolution;
mod devices;
mod fused;
mod golden;
mod golden_deep;
mod index_loop;
mod index_loop_deep;
mod learning;
mod loops;
mod multi_device;
mod properties;
mod readout;
mod records;
#[cfg(feature = "remote")]
mod servers;
mod settling;
mod training_loop;

//! A run: the network learns locally, a readout on top of it, and everything worth keeping goes into
//! `--out`.
//!
//! ```text
//! identity.rs   what a run is: settings and images
//! stage.rs      what each training is given
//! local.rs      the blocks learn by the local rule
//! features.rs   what the finished blocks make of all images, cached as float16
//! readout.rs    the readout learns from the cached features
//! cnn.rs        the same network for backpropagation
//! backprop.rs   it learns end to end
//! analysis.rs   the numbers behind the report's figures
//! ```

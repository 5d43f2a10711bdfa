//! A model as Burn's own examples write it: two linear layers, trained by Adam.

use std::error::Error;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig, Relu};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, Learner, TrainOutput, TrainStep};

use crate::DigitBatch;

/// The model.
#[derive(Module, Debug)]
pub struct Model {
    /// The layer that changes.
    pub hidden: Linear,
    activation: Relu,
    readout: Linear,
}

impl Model {
    /// A model of 64 pixels, 100 hidden units and 10 classes.
    pub fn new(device: &Device) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            hidden: LinearConfig::new(64, 100).init(device),
            activation: Relu::new(),
            readout: LinearConfig::new(100, 10).init(device),
        })
    }

    /// The outputs of the classes, `[batch, classes]`.
    pub fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let hidden = self.activation.forward(self.hidden.forward(images));
        self.readout.forward(hidden)
    }

    fn classify(&self, batch: DigitBatch) -> ClassificationOutput {
        let output = self.forward(batch.images);
        let loss = CrossEntropyLossConfig::new()
            .init(&output.device())
            .forward(output.clone(), batch.labels.clone());
        ClassificationOutput::new(loss, output, batch.labels)
    }
}

impl TrainStep for Model {
    type Input = DigitBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: DigitBatch) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        let grads = GradientsParams::from_grads(item.loss.backward(), self);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Model {
    type Input = DigitBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: DigitBatch) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// The model with its optimizer and its learning rate.
pub fn learner(model: Model) -> Result<Learner<Model>, Box<dyn Error>> {
    let optimizer = AdamConfig::new().init();
    Ok(Learner::new(model, optimizer, 1e-3))
}

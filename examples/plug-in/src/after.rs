//! The same model with a hidden layer that learns by the local rule, while Adam trains the rest.

use std::error::Error;

use backprop_mlp::Labelled;
use burn::module::{Module, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, Learner, TrainOutput, TrainStep};
use burn_hebbian::{
    HebbianLinear, HebbianLinearConfig, MaxNormalizedConfig, RectifiedPower, RectifiedPowerConfig,
};

/// The model.
#[derive(Module, Debug)]
pub struct Model {
    hidden: HebbianLinear,
    activation: RectifiedPower,
    readout: Linear,
}

impl Model {
    /// A model of 64 pixels, 400 hidden units and 10 classes.
    pub fn new(device: &Device) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            hidden: HebbianLinearConfig::new(64, 400).init(device)?,
            activation: RectifiedPowerConfig::new(4.5).init()?,
            readout: LinearConfig::new(400, 10).init(device),
        })
    }

    /// The outputs of the classes, `[batch, classes]`.
    pub fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let hidden = self.activation.forward(self.hidden.forward(images));
        self.readout.forward(hidden)
    }

    fn classify(&self, batch: Labelled) -> ClassificationOutput {
        let output = self.forward(batch.inputs);
        let loss = CrossEntropyLossConfig::new()
            .init(&output.device())
            .forward(output.clone(), batch.labels.clone());
        ClassificationOutput::new(loss, output, batch.labels)
    }
}

impl TrainStep for Model {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> TrainOutput<ClassificationOutput> {
        let update = self.hidden.local_update(batch.inputs.clone());
        let item = self.classify(batch);
        let mut grads = GradientsParams::from_grads(item.loss.backward(), self);
        self.hidden.register_update(&mut grads, update);
        TrainOutput { grads, item }
    }
}

impl InferenceStep for Model {
    type Input = Labelled;
    type Output = ClassificationOutput;

    fn step(&self, batch: Labelled) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// The model with its optimizer and its learning rate.
pub fn learner(device: &Device) -> Result<Learner<Model>, Box<dyn Error>> {
    let hidden = ParamGroup::from_predicate("hidden");
    let optimizer = AdamConfig::new().init();
    let optimizer = optimizer.with_group(hidden, MaxNormalizedConfig::new().build()?, None);
    Ok(Learner::new(Model::new(device)?, optimizer, 1e-3))
}

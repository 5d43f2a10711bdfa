//! The same model with a hidden layer that learns by the local rule, while Adam trains the rest.

use std::error::Error;

use burn::module::{Module, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, Learner, TrainOutput, TrainStep};
use burn_hebbian::{
    EpochLinearLrSchedulerConfig, HebbianLinear, HebbianLinearConfig, KrotovHopfieldConfig,
    MaxNormalizedConfig, RectifiedPower, RectifiedPowerConfig, unit_length,
};

use crate::{DigitBatch, EPOCHS, STEPS};

/// The model.
#[derive(Module, Debug)]
pub struct Model {
    /// The layer that changes.
    pub hidden: HebbianLinear,
    activation: RectifiedPower,
    readout: Linear,
}

impl Model {
    /// A model of 64 pixels, 100 hidden units and 10 classes.
    pub fn new(device: &Device) -> Result<Self, Box<dyn Error>> {
        let rule = KrotovHopfieldConfig::new().with_k(2);
        Ok(Self {
            hidden: HebbianLinearConfig::new(64, 100)
                .with_rule(rule)
                .init(device)?,
            activation: RectifiedPowerConfig::new(4.5).init()?,
            readout: LinearConfig::new(100, 10).init(device),
        })
    }

    /// The outputs of the classes, `[batch, classes]`.
    pub fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let images = unit_length(images);
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
        let update = self.hidden.local_update(unit_length(batch.images.clone()));
        let item = self.classify(batch);
        let mut grads = GradientsParams::from_grads(item.loss.backward(), self);
        self.hidden.register_update(&mut grads, update);
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
    let hidden = ParamGroup::from_predicate("hidden");
    let optimizer = AdamConfig::new().init();
    let optimizer = optimizer.with_group(hidden.clone(), MaxNormalizedConfig::new().build()?, None);
    let falling = EpochLinearLrSchedulerConfig::new(0.04, EPOCHS, STEPS).init()?;
    let rates = ModuleLrScheduler::new(1e-3).with_group(hidden, falling);
    Ok(Learner::new(model, optimizer, rates))
}

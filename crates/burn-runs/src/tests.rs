//! Runs of a small model: stopped, resumed, finished and failed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::optim::AdamConfig;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, ExecutionStrategy, InferenceStep, Interrupter, TrainOutput, TrainStep,
};
use tempfile::TempDir;

use crate::checkpoint::{Checkpoint, Extras, Folder, Identity, ProgramState};
use crate::metrics::{Row, Rows, to_csv};
use crate::{Backend, DeviceLoader, Plan, Run, StageError, Trained, Ui};

type Batch = (Tensor<2>, Tensor<1, Int>);

#[derive(Module, Debug)]
struct Classifier {
    linear: Linear,
}

impl Classifier {
    fn judge(&self, (inputs, labels): Batch) -> ClassificationOutput {
        let output = self.linear.forward(inputs);
        let loss = CrossEntropyLossConfig::new().init(&output.device());
        let loss = loss.forward(output.clone(), labels.clone());
        ClassificationOutput::new(loss, output, labels)
    }
}

impl TrainStep for Classifier {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let item = self.judge(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Classifier {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        self.judge(batch)
    }
}

/// Counts epochs, and stops the training while the checkpoint of one of them is made.
struct StopsAt {
    epoch: usize,
    interrupter: Interrupter,
    restored: Mutex<Restored>,
}

/// The epoch and the parts that a training goes on from.
type Restored = Option<(usize, Extras)>;

impl ProgramState for StopsAt {
    fn save(&self, epoch: usize) -> Extras {
        if epoch == self.epoch {
            self.interrupter.stop(None);
        }
        Extras::from([("epoch".to_string(), vec![epoch as u8])])
    }

    fn restore(&self, epoch: usize, extras: &Extras) -> Result<(), String> {
        *self.restored.lock().unwrap() = Some((epoch, extras.clone()));
        Ok(())
    }
}

const EPOCHS: usize = 6;

/// A run of one training that writes a checkpoint each epoch.
struct Laboratory {
    device: Device,
    inputs: Tensor<2>,
    budget: Option<Duration>,
    out: TempDir,
    folder: Folder,
}

impl Laboratory {
    fn new() -> Self {
        // Not the default device: a GPU is shared with the tests beside this.
        let device = Backend::Flex.device().unwrap();
        let values: Vec<f32> = (0..60).map(|place| (place as f32).sin()).collect();
        let out = tempfile::tempdir().unwrap();
        let identity = Identity::new("test", "1.0.0", &serde_json::json!({"epochs": EPOCHS}));
        Self {
            inputs: Tensor::from_data(TensorData::new(values, [20, 3]), &device),
            folder: Folder::start(out.path(), identity).unwrap(),
            device,
            budget: None,
            out,
        }
    }

    /// Trains, and stops at the checkpoint of the epoch `stop`.
    fn train(&self, stop: usize) -> (Result<Trained<Classifier>, StageError>, Vec<Row>, Restored) {
        let autodiff = self.device.clone().autodiff();
        let labels = Tensor::arange(0..20, &self.device).remainder_scalar(2);
        let loader = || {
            let (inputs, labels) = (self.inputs.clone(), labels.clone());
            DeviceLoader::new(inputs, labels, 5, |inputs, labels| (inputs, labels))
        };
        let told = Arc::new(Mutex::new(Vec::new()));
        let observed = told.clone();
        let run = Run {
            directory: self.out.path().to_path_buf(),
            ui: Ui::None,
            rows: Rows::default()
                .observed_by(move |rows| observed.lock().unwrap().extend(rows.to_vec())),
            valid_split: "validation",
            interrupter: Interrupter::new(),
            checkpoints: Some((self.folder.clone(), Duration::ZERO)),
        };
        let state = Arc::new(StopsAt {
            epoch: stop,
            interrupter: run.interrupter.clone(),
            restored: Mutex::default(),
        });
        let plan = Plan {
            stage: "classifier",
            shown: "small classifier",
            model: Classifier {
                // Random numbers are the whole process's, and a test beside this could draw some between.
                linear: LinearConfig::new(3, 2)
                    .with_initializer(Initializer::Zeros)
                    .init(&autodiff),
            },
            optimizer: AdamConfig::new().init(),
            scheduler: 0.05.into(),
            epochs: EPOCHS,
            budget: self.budget,
            strategy: ExecutionStrategy::single(autodiff).into(),
            train: Arc::new(loader().shuffled(7)),
            valid: Arc::new(loader()),
            foundation: String::new(),
            state: Some(state.clone()),
        };
        let trained = run.train(plan, |training| {
            training
                .metric_train_numeric(LossMetric::new())
                .metric_valid_numeric(LossMetric::new())
                .metric_valid_numeric(AccuracyMetric::new())
        });
        let restored = state.restored.lock().unwrap().take();
        let rows = run.rows.take();
        // As text, for a loss that is no number is not equal to itself.
        let told = to_csv(&told.lock().unwrap());
        assert_eq!(told, to_csv(&rows), "no row is told twice");
        (trained, rows, restored)
    }

    fn newest(&self) -> Checkpoint {
        let found = self.folder.newest("classifier", "").unwrap();
        found.checkpoint.unwrap()
    }
}

const NEVER: usize = usize::MAX;

fn weights(trained: &Trained<Classifier>) -> TensorData {
    trained.model.linear.weight.val().into_data()
}

#[test]
fn a_training_that_was_stopped_ends_as_the_whole_one() {
    let (whole, rows, _) = Laboratory::new().train(NEVER);
    assert_eq!(rows.len(), 3 * EPOCHS);
    let laboratory = Laboratory::new();
    for stop in [2, 5] {
        let error = laboratory.train(stop).0.unwrap_err().to_string();
        assert_eq!(error, "stopped while the small classifier was trained");
        let kept = laboratory.newest();
        assert_eq!(kept.about.epoch, stop);
        assert_eq!(kept.rows, rows[..3 * stop], "no row is missing");
    }
    let (resumed, again, restored) = laboratory.train(NEVER);
    assert_eq!(weights(&resumed.unwrap()), weights(&whole.unwrap()));
    assert_eq!(again, rows);
    let extras = Extras::from([("epoch".to_string(), vec![5])]);
    assert_eq!(restored, Some((5, extras)));
}

#[test]
fn a_finished_training_is_not_trained_again() {
    let laboratory = Laboratory::new();
    let (first, rows, _) = laboratory.train(NEVER);
    let file = laboratory.newest();
    let (second, again, _) = laboratory.train(NEVER);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(weights(&second), weights(&first));
    assert_eq!((again, second.seconds), (rows, file.about.seconds));
    assert_eq!(laboratory.newest(), file);
}

#[test]
fn a_training_whose_time_is_spent_ends_with_its_epoch() {
    let mut laboratory = Laboratory::new();
    laboratory.budget = Some(Duration::ZERO);
    let (first, rows, _) = laboratory.train(NEVER);
    assert_eq!((rows.len(), laboratory.newest().about.epoch), (3, 1));
    let (again, _, _) = laboratory.train(NEVER);
    assert_eq!(weights(&again.unwrap()), weights(&first.unwrap()));
}

#[test]
fn a_loss_that_is_no_number_stops_and_the_last_good_checkpoint_stays() {
    let mut laboratory = Laboratory::new();
    laboratory.train(2).0.unwrap_err();
    laboratory.inputs = laboratory.inputs * f32::NAN;
    let error = laboratory.train(NEVER).0.unwrap_err().to_string();
    let expected = "training the small classifier stopped: epoch 3, step 1: the loss on the train \
                    examples is NaN; lower the learning rate";
    assert_eq!(error, expected);
    assert_eq!(laboratory.newest().about.epoch, 2);
}

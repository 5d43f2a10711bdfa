//! A checkpoint that cannot be read ends the program, though its reader returned an error.
//!
//! Expected: `SupervisedTraining::launch` gives back the error, as it does when a checkpoint cannot
//! be saved.
//! Happens: it panics with "Can load model checkpoint.". The caller cannot try an older one. A file
//! is written as a whole or not at all, but a checkpoint is three files: a program that is killed
//! between two of them leaves a checkpoint that panics here, as does a disk that lost a part.
//! Cause: `LearningCheckpointer::load_checkpoint` (burn-train, `learner/base.rs`) calls `expect` on
//! what `Checkpointer::restore` returned, three times. A record whose parameters do not fit panics
//! too, in `Learner::load_model` (`load_record` in place of `try_load_record`).
//! Mend: return `Result<Learner<M>, CheckpointerError>` from `load_checkpoint` and hand an error to
//! `Interrupter::fail` in `launch`: the result then has it, and no step is taken.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use burn::train::checkpoint::KeepLastNCheckpoints;
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep};

#[derive(Module, Debug)]
struct Model {
    weight: Param<Tensor<1>>,
}

impl TrainStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) -> TrainOutput<()> {
        let grads = GradientsParams::new();
        TrainOutput { grads, item: () }
    }
}

impl InferenceStep for Model {
    type Input = ();
    type Output = ();
    fn step(&self, _: ()) {}
}

struct Nothing;

impl Batcher<(), ()> for Nothing {
    fn batch(&self, _: Vec<()>, _: &Device) {}
}

fn training(directory: &Path) -> SupervisedTraining<Model> {
    let items = || DataLoaderBuilder::new(Nothing).build(InMemDataset::new(vec![()]));
    SupervisedTraining::new(directory, items(), items())
        .with_application_logger(None)
        .renderer(Box::new(CliMetricsRenderer::new()))
        .with_checkpointing_strategy(KeepLastNCheckpoints::new(1))
        .with_default_checkpointers()
}

fn learner() -> Learner<Model> {
    let weight = Tensor::zeros([100], &Device::flex().autodiff());
    let model = Model {
        weight: Param::from_tensor(weight),
    };
    Learner::new(model, SgdConfig::new().init(), 0.1)
}

fn main() {
    let directory = std::env::temp_dir().join(format!("burn-torn-{}", std::process::id()));
    training(&directory).launch(learner());
    let path = directory.join("checkpoint/model-1.bpk");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let read = ModuleRecord::load(&path).err();
    let resumed = catch_unwind(AssertUnwindSafe(|| {
        training(&directory)
            .num_epochs(2)
            .checkpoint(1)
            .launch(learner())
    }));
    std::fs::remove_dir_all(&directory).unwrap();
    let read = read.expect("the reader notices");
    match resumed {
        Err(_) => println!("shown: launch panics, where the reader returned: {read}"),
        Ok(result) => {
            println!("mended: launch returned, with the error {:?}", result.error);
            std::process::exit(1);
        }
    }
}

//! The blocks learn by the local rule, without labels.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::data::dataloader::DataLoader;
use burn::module::{Module, ParamGroup};
use burn::optim::lr_scheduler::DynLrScheduler;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::tensor::Tensor;
use burn::train::TrainingStrategy;
use burn_hebbian::train::{DeadUnitsMetric, InPlaceStrategy, Labelled, MeanNormMetric};
use burn_hebbian::{
    AnyRule, EpochLinearLrSchedulerConfig, HebbianConv2d, HebbianStack, MaxNormalizedConfig,
    SettingError,
};
use burn_runs::Plan;
use burn_runs::checkpoint::sha256;
use burn_runs::files::{FileError, read_json};
use burn_runs::output::{load_module, module_bytes};
use image_runs::RunError;
use image_runs::loader::unlabelled;

use super::stage::Stage;
use crate::report::RunResult;
use crate::settings::{Order, Rule, Settings};

/// The blocks, each with the rule of the run.
pub type Stack = HebbianStack<HebbianConv2d<AnyRule>>;

/// How many batches the batch norm of random filters is fitted to, and how large they are. Running
/// statistics forget all but the last fifty.
const OBSERVED: (usize, usize) = (100, 50);

/// The file of the blocks.
pub(crate) const FILE: &str = "local.safetensors";

/// The names of the trainings of one block after the other.
const ALONE: [&str; 8] = [
    "block-1", "block-2", "block-3", "block-4", "block-5", "block-6", "block-7", "block-8",
];

/// What the local training leaves behind.
pub(crate) struct Local {
    pub stack: Stack,
    pub seconds: f64,
}

/// The blocks of this run: those of its origin, or else blocks that learn now.
pub(crate) fn blocks(stage: &Stage) -> Result<Local, RunError> {
    match stage.settings.from_local.folder() {
        Some(folder) => Ok(of_run(stage, folder)?),
        None => train(stage),
    }
}

fn train(stage: &Stage) -> Result<Local, RunError> {
    stage.seed();
    // Nothing here has a gradient, but Burn's optimizers ask each parameter for its autodiff state
    // and panic where it has none. The blocks step off the autodiff device before they compute.
    let autodiff = stage.experiment.device.clone().autodiff();
    let stack = stage.settings.stack(stage.image()).init(&autodiff)?;
    if stage.settings.rule == Rule::Random {
        return Ok(observe(stage, stack.valid()));
    }
    match stage.settings.order {
        Order::AllAtOnce => {
            let all = 0..stage.settings.blocks();
            learn(stage, stack, "local", all.collect(), String::new())
        }
        Order::BlockAfterBlock => {
            let mut done = Local {
                stack,
                seconds: 0.0,
            };
            for (block, name) in (0..stage.settings.blocks()).zip(ALONE) {
                let foundation = match block {
                    0 => String::new(),
                    _ => sum(&done.stack)?,
                };
                let stack = alone(done.stack.train(), block);
                let learned = learn(stage, stack, name, vec![block], foundation)?;
                done = Local {
                    stack: learned.stack,
                    seconds: done.seconds + learned.seconds,
                };
            }
            Ok(done)
        }
    }
}

/// The blocks of the finished run in `folder`, and the time in which they learned.
fn of_run(stage: &Stage, folder: &Path) -> Result<Local, FileError> {
    let result: RunResult = read_json(&folder.join("result.json"))?;
    let stack = stage
        .settings
        .stack(stage.image())
        .init(&stage.experiment.device);
    let stack = stack.expect("the settings are checked");
    Ok(Local {
        stack: load_module(&folder.join(FILE), stack)?.valid(),
        seconds: result.local.seconds_local,
    })
}

/// SHA-256 of all that a stack knows.
pub(crate) fn sum(stack: &Stack) -> Result<String, RunError> {
    let bytes = module_bytes(stack.clone()).map_err(RunError::content(FILE))?;
    Ok(sha256(&[&bytes]))
}

/// The stack with only `block` learning.
fn alone(mut stack: Stack, block: usize) -> Stack {
    let blocks = stack.blocks.into_iter().enumerate();
    let blocks = blocks.map(|(place, one)| {
        if place == block {
            one.unfreeze()
        } else {
            one.freeze()
        }
    });
    stack.blocks = blocks.collect();
    stack
}

/// Trains the `learning` blocks of a stack; the others are frozen.
fn learn(
    stage: &Stage,
    stack: Stack,
    name: &'static str,
    learning: Vec<usize>,
    foundation: String,
) -> Result<Local, RunError> {
    let (settings, experiment) = (stage.settings, stage.experiment);
    let device = &experiment.device;
    let loader = unlabelled(&experiment.planes(&experiment.train), settings.batch_size)
        .shuffled(settings.seed);
    let steps = settings.epochs_local * loader.batches();
    let parts = stage.parts.of(name);
    let loader = loader.in_parts(parts);
    // The state of the blocks does not depend on what they see: one blank image asks for it.
    let blank = Labelled {
        inputs: Tensor::zeros([1, experiment.visible()], device),
        labels: Tensor::zeros([1], device),
    };
    let plan = Plan {
        stage: name,
        shown: "network that learns locally",
        model: stack,
        optimizer: MaxNormalizedConfig::new().init()?,
        scheduler: rates(settings, steps)?,
        epochs: settings.epochs_local * parts,
        budget: None,
        strategy: TrainingStrategy::Custom(Arc::new(InPlaceStrategy::new(
            device.clone().autodiff(),
        ))),
        train: Arc::new(loader),
        valid: Arc::new(unlabelled(&experiment.planes(&blank), 1)),
        foundation,
        state: None,
    };
    let trained = stage.run.train(plan, |training| {
        let learning = learning.into_iter().enumerate();
        // A step tells of the blocks that learn only, a state of all.
        learning.fold(training, |training, (place, block)| {
            let layer = format!("block {}", block + 1);
            training
                .metric_train_numeric(DeadUnitsMetric::new().of_layer(place, &layer))
                .metric_valid_numeric(MeanNormMetric::new().of_layer(block, &layer))
        })
    })?;
    Ok(Local {
        stack: trained.model.to_device(device),
        seconds: trained.seconds,
    })
}

/// The rate of each block in each of `steps`.
fn rates(settings: &Settings, steps: usize) -> Result<ModuleLrScheduler, SettingError> {
    let schedule = |rate: f64| -> Result<DynLrScheduler, SettingError> {
        Ok(if settings.falling {
            EpochLinearLrSchedulerConfig::new(rate, steps, 1)
                .init()?
                .into()
        } else {
            rate.into()
        })
    };
    let first = ModuleLrScheduler::new(settings.learning_rates[0]);
    let rates = settings.learning_rates.iter().enumerate();
    rates.into_iter().try_fold(first, |rates, (block, rate)| {
        let group = ParamGroup::from_predicate(format!("blocks.{block}"));
        Ok(rates.with_group(group, schedule(*rate)?))
    })
}

/// Fits the batch norm of random filters.
fn observe(stage: &Stage, stack: Stack) -> Local {
    let started = Instant::now();
    let (batches, size) = OBSERVED;
    let experiment = stage.experiment;
    let stack = stack.to_device(&experiment.device);
    let images = unlabelled(&experiment.planes(&experiment.train), size);
    let loader = images.shuffled(stage.settings.seed);
    let passes = std::iter::repeat_with(|| loader.iter()).flatten();
    for batch in passes.take(batches) {
        stack.observe(batch.expect("a tensor in memory yields every batch"));
    }
    Local {
        stack,
        seconds: started.elapsed().as_secs_f64(),
    }
}

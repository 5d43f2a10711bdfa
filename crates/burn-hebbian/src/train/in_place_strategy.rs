//! Burn's single-device loop with the step in place.
//!
//! Burn's own strategy hands the optimizer a clone of the model, so the weights are held twice and
//! every step copies them, after a dense `-dW` has travelled as their gradient. That is the price
//! of several devices and of gradient accumulation; on one device nothing asks for it.

use std::fmt;
use std::sync::Arc;

use burn::data::dataset::DatasetError;
use burn::tensor::Device;
use burn::train::{
    EventProcessorTraining, InferenceStep, Interrupter, Learner, LearnerEvent,
    SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader, TrainingComponents,
    TrainingItem, ValidLoader,
};

use super::LearnInPlace;
use crate::kernel::{NotFiniteError, is_on_host};

/// Trains a model that [learns in place](LearnInPlace), such as a
/// [`HebbianLinear`](crate::HebbianLinear) or a [`HebbianStack`](crate::HebbianStack), on one device.
///
/// Takes the steps of Burn's single-device strategy with a [`MaxNormalized`](crate::MaxNormalized)
/// optimizer, whose place in the learner it leaves unused. Metrics, schedules, checkpoints and early
/// stopping work as ever.
///
/// A value that is not finite ends the training with an error that names the epoch and the step, and
/// with the synapses as they were before it: at that step on a CPU backend, and on others at the end
/// of the epoch, where the steps in between change nothing. To ask a GPU after each step would stall
/// it.
///
/// ```no_run
/// # use burn_hebbian::{HebbianLinear, train::InPlaceStrategy};
/// # use burn::train::{SupervisedTraining, TrainingStrategy};
/// # use std::sync::Arc;
/// # fn with(training: SupervisedTraining<HebbianLinear>, device: burn::tensor::Device) {
/// let strategy = InPlaceStrategy::new(device);
/// training.with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)));
/// # }
/// ```
#[derive(Clone)]
pub struct InPlaceStrategy<M> {
    device: Device,
    prepare: Option<Arc<Prepare<M>>>,
}

/// Makes of a model and an epoch what learns in that epoch.
type Prepare<M> = dyn Fn(M, usize) -> M + Send + Sync;

impl<M: LearnInPlace> InPlaceStrategy<M> {
    /// A strategy for the device on which the layer was made.
    pub fn new(device: Device) -> Self {
        Self {
            device,
            prepare: None,
        }
    }

    /// In each epoch, counted from 1, `prepare(model, epoch)` learns in place of the model, such as one with another rule;
    /// the model takes back its parameters and nothing else. By default the model itself learns.
    pub fn with_prepare(mut self, prepare: impl Fn(M, usize) -> M + Send + Sync + 'static) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }
}

impl<M> fmt::Debug for InPlaceStrategy<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let mut debug = formatter.debug_struct("InPlaceStrategy");
        debug.field("device", &self.device).finish_non_exhaustive()
    }
}

impl<M: LearnInPlace> SupervisedLearningStrategy<M> for InPlaceStrategy<M> {
    /// # Panics
    ///
    /// Panics where gradients are to be accumulated: there are none.
    fn fit(
        &self,
        components: TrainingComponents<M>,
        mut learner: Learner<M>,
        train: TrainLoader<M>,
        valid: ValidLoader<M>,
        starting_epoch: usize,
    ) -> (M, SupervisedTrainingEventProcessor<M>) {
        assert!(
            components.grad_accumulation.is_none(),
            "InPlaceStrategy: steps in place have no gradients to accumulate; use a larger batch or \
             ExecutionStrategy::SingleDevice"
        );
        // Examples need no gradients, so they stay off the autodiff device.
        let train = train.to_device(&self.device.clone().inner());
        let valid = valid.to_device(&self.device.clone().inner());
        learner.fork(&self.device);
        let TrainingComponents {
            num_epochs,
            mut checkpointer,
            interrupter,
            mut early_stopping,
            event_processor: mut events,
            event_store,
            ..
        } = components;

        for epoch in starting_epoch..=num_epochs {
            let start = LearnerEvent::StartSplit {
                epoch_number: epoch,
                total_items: train.num_items(),
            };
            interrupter.fail_on_error(events.process_train(start));
            self.learn(epoch, &mut learner, &train, &mut events, &interrupter);
            interrupter.fail_on_error(events.process_train(LearnerEvent::EndSplit(epoch)));
            if interrupter.should_stop() {
                break;
            }

            let start = LearnerEvent::StartSplit {
                epoch_number: epoch,
                total_items: valid.num_items(),
            };
            interrupter.fail_on_error(events.process_valid(start));
            validate(&learner, &valid, &mut events, &interrupter);
            interrupter.fail_on_error(events.process_valid(LearnerEvent::EndSplit(epoch)));
            interrupter.fail_on_error(events.process_train(LearnerEvent::EndEpoch(epoch)));
            if checkpointer.is_some() || early_stopping.is_some() {
                interrupter.fail_on_error(events.flush());
            }
            if interrupter.should_stop() {
                break;
            }
            if let Some(checkpointer) = &mut checkpointer {
                checkpointer.checkpoint(&learner, epoch, &event_store);
            }
            if let Some(early_stopping) = &mut early_stopping
                && early_stopping.should_stop(epoch, &event_store)
            {
                break;
            }
        }
        (learner.model(), events)
    }
}

impl<M: LearnInPlace> InPlaceStrategy<M> {
    /// One epoch of steps.
    fn learn(
        &self,
        epoch: usize,
        learner: &mut Learner<M>,
        loader: &TrainLoader<M>,
        events: &mut SupervisedTrainingEventProcessor<M>,
        interrupter: &Interrupter,
    ) {
        let mut model = learner.model();
        if let Some(prepare) = &self.prepare {
            model = prepare(model, epoch);
        }
        if !model.learns() {
            return;
        }
        let device = model.devices().pop().expect("what learns has a parameter");
        let asks_each_step = is_on_host(&device);
        let mut in_hand = model.take_in_hand();
        let mut batches = loader.iter();
        let mut iteration = 0;
        while let Some(examples) = batches.next() {
            let examples = match examples {
                Ok(examples) => examples,
                Err(error) => {
                    interrupter.fail(error);
                    break;
                }
            };
            iteration += 1;
            learner.lr_step();
            let rates = learner.lr_current();
            let item = M::step_in_hand(&mut in_hand, examples, &rates);
            let item = TrainingItem::new(item, batches.progress(), Some(iteration), Some(rates));
            interrupter.fail_on_error(events.process_train(LearnerEvent::ProcessedItem(item)));
            if interrupter.should_stop() || asks_each_step && M::check(&in_hand).is_err() {
                break;
            }
        }
        if let Err(fault) = M::check(&in_hand) {
            interrupter.fail(DatasetError::new(Stopped { epoch, fault }));
        }
        // A learner takes a model back only as a record.
        learner.load_model(M::release(in_hand).into_record());
    }
}

/// Where a training stopped, for [`NotFiniteError`] counts the steps of one epoch.
#[derive(Debug, thiserror::Error)]
#[error("epoch {epoch}, {fault}")]
struct Stopped {
    epoch: usize,
    fault: NotFiniteError,
}

fn validate<M: LearnInPlace>(
    learner: &Learner<M>,
    loader: &ValidLoader<M>,
    events: &mut SupervisedTrainingEventProcessor<M>,
    interrupter: &Interrupter,
) {
    let model = learner.model().valid();
    let mut batches = loader.iter();
    let mut iteration = 0;
    while let Some(examples) = batches.next() {
        let examples = match examples {
            Ok(examples) => examples,
            Err(error) => {
                interrupter.fail(error);
                break;
            }
        };
        iteration += 1;
        let item = InferenceStep::step(&model, examples);
        let item = TrainingItem::new(item, batches.progress(), Some(iteration), None);
        interrupter.fail_on_error(events.process_valid(LearnerEvent::ProcessedItem(item)));
        if interrupter.should_stop() {
            break;
        }
    }
}

//! What stops a step.

use burn::tensor::TensorData;

/// Why a step left the synapses as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Fault {
    /// A value of the batch is not finite.
    Examples = 1,
    /// A synapse is not finite.
    Synapses = 2,
    /// Both are finite, but not the update: it overflowed, or the rule divided by 0.
    Update = 3,
}

impl Fault {
    /// The fault that a tensor `[kind, step]` holds, and its step.
    pub fn read(data: &TensorData) -> Option<(Self, usize)> {
        let mut values = data.iter::<i64>();
        let kind = match values.next()? {
            1 => Self::Examples,
            2 => Self::Synapses,
            3 => Self::Update,
            _ => return None,
        };
        Some((kind, values.next()? as usize))
    }
}

/// A step met a value that is not finite, and changed nothing; nor did the steps after it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step} met {}: the synapses are as they were before it", self.what())]
pub struct NotFiniteError {
    kind: Fault,
    step: usize,
}

impl NotFiniteError {
    pub(crate) fn new((kind, step): (Fault, usize)) -> Self {
        Self { kind, step }
    }

    /// The step, counted from 1 since learning in place began.
    pub fn step(&self) -> usize {
        self.step
    }

    fn what(&self) -> &'static str {
        match self.kind {
            Fault::Examples => "a value in the examples that is not finite",
            Fault::Synapses => "a synapse that is not finite",
            Fault::Update => {
                "an update that overflowed (scale the examples or the synapses down) or in which the \
                 rule divided by 0"
            }
        }
    }
}

//! How it is applied: `W <- W + rate dW / max |dW|`, step after step.
//!
//! A step knows the synapses and what is kept beside them; what is learned it asks of a
//! [rule](crate::rule), and where it is learned is for a [layer](crate::nn) to say.

mod max_normalized;
mod synapses;

pub(crate) use max_normalized::{
    PRECISION, UnitStep, assert_rate, is_not_finite, max_normalized_step, zero_where,
};
pub(crate) use synapses::{Notes, Synapses};

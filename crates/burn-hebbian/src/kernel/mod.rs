//! The fused operations behind rules and layers, as Burn backend extensions.
//!
//! Every operation here exists twice: made of Burn's own operations in [`rule`](crate::rule), `step` and
//! [`nn`](crate::nn), for any backend and any type of float, and fused for the tensors that one of three
//! gates lets pass. [`is_fused`] is for the rule of Krotov & Hopfield, in float32 on most backends;
//! [`is_host_float`] for the other rules, patches and blocks, in float32 in the memory of the host;
//! [`is_fused_readout`] for a readout there, in float32 or bfloat16. The fused ones are tested against the
//! others. Nothing here knows a rule: what the operations need of one are its [`Constants`] or its
//! [`Competitors`].

mod competitors;
mod constants;
#[cfg(feature = "cube")]
mod cube;
// Without a backend of its own there is nothing to route to; all is made of Burn's operations.
#[cfg_attr(
    not(any(
        feature = "flex",
        feature = "ndarray",
        feature = "cube",
        feature = "remote"
    )),
    allow(unused)
)]
mod extension;
mod fault;
#[cfg_attr(not(any(feature = "flex", feature = "ndarray")), allow(dead_code))]
mod host;
mod readout_step;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg_attr(not(any(feature = "flex", feature = "ndarray")), allow(unused))]
mod row_ops;
mod unit_step;
mod windows;

pub use competitors::Competitors;
pub use constants::Constants;
pub use extension::{
    MOST_EXAMPLES, Moment, Shared, is_fused, is_on_host, local_update, most_units, powered, step,
};
pub use fault::{Fault, NotFiniteError};
#[cfg(feature = "flex")]
pub use host::largest;
pub use readout_step::ReadoutStep;
pub use row_ops::{
    compete, competed_update, is_fused_readout, is_host_float, patches, readout_outputs,
    readout_step, triangle_pool, unit_step,
};
pub use unit_step::{NEAREST, UnitStep};
pub use windows::{PaddingMode, Pool, PoolKind, Windows, shown};

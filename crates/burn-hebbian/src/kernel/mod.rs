//! The fused operations behind the rule of Krotov & Hopfield, as a Burn backend extension.
//!
//! Every operation here exists twice: made of Burn's own operations in [`rule`](crate::rule), for
//! any backend and any type of float, and fused for float32 on the backends that [`is_fused`]
//! names. The fused ones are tested against the others.

#[cfg_attr(not(any(feature = "flex", feature = "ndarray")), allow(dead_code))]
mod cpu;
#[cfg(feature = "cube")]
mod cube;
// Without a backend of its own there is nothing to route to; all is made of Burn's operations.
#[cfg_attr(
    not(any(feature = "flex", feature = "ndarray", feature = "cube")),
    allow(unused)
)]
mod extension;
mod fault;

pub use extension::{Moment, Shared, compete, is_cpu, is_fused, local_update, powered, step};
pub use fault::{Fault, NotFiniteError};

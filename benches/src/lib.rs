//! The benchmarks live in `steps.rs`.

//! `deep-local`: learns locally, and draws the report.
#![recursion_limit = "256"]

fn main() {}

//! On a CPU, `topk` costs as much as sorting, however small `k` is.
//!
//! Expected: the time of a selection. The largest 7 of 2000 need one pass over the row.
//! Happens: each row is sorted as a whole, and all but `k` values are thrown away.
//! Cause: the defaults of `float_topk`, `float_argtopk` and `float_topk_with_indices`
//! (burn-backend, `backend/ops/tensor.rs`) sort and select; burn-flex and burn-ndarray keep them.
//! Mend: in burn-flex, `select_nth_unstable_by` to put the largest `k` of a row in front, and a
//! sort of those `k`, rows in parallel.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Distribution, Tensor};

/// The median time of eleven calls.
fn median(call: impl Fn()) -> Duration {
    let mut times: Vec<_> = (0..11)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[5]
}

fn main() {
    let rows = Tensor::<2>::random([100, 2000], Distribution::Default, &Device::flex());
    let sorted = median(|| drop(rows.clone().sort_descending(1).into_data()));
    let top = median(|| drop(rows.clone().topk(7, 1).into_data()));
    let largest = median(|| drop(rows.clone().max_dim(1).into_data()));
    let times = format!("sort {sorted:.1?}, topk(7) {top:.1?}, max {largest:.1?}");
    if top < sorted / 4 {
        println!("mended: topk is faster than sorting: {times}");
        std::process::exit(1);
    }
    println!("shown: topk takes as long as sorting: {times}");
}

//! Medians of operations that take turns.

use std::time::{Duration, Instant};

use burn::tensor::Device;

/// Turns of each operation that takes some milliseconds.
pub const TURNS: usize = 20;

/// A turn goes on until it has lasted this long, or has made this many calls: a single call would
/// find the caches full of the operation before.
const TURN: Duration = Duration::from_millis(20);
const CALLS: usize = 20;

/// The median time of one call of each operation to its end on the device, however lazy the
/// backend, in milliseconds. Half as many calls as `turns` come before the first one.
pub fn medians(
    operations: &mut [Box<dyn FnMut() + '_>],
    turns: usize,
    device: &Device,
) -> Vec<f64> {
    let call = |operation: &mut Box<dyn FnMut() + '_>| {
        operation();
        device.sync().expect("the device works");
    };
    for operation in operations.iter_mut() {
        for _ in 0..turns / 2 {
            call(operation);
        }
    }
    let mut times = vec![Vec::new(); operations.len()];
    for _ in 0..turns {
        for (operation, times) in operations.iter_mut().zip(&mut times) {
            // The first call of a turn brings its data back into the caches.
            call(operation);
            let turn = Instant::now();
            for _ in 0..CALLS {
                let start = Instant::now();
                call(operation);
                times.push(start.elapsed().as_secs_f64() * 1e3);
                if turn.elapsed() > TURN {
                    break;
                }
            }
        }
    }
    times.into_iter().map(median).collect()
}

/// The middle one; of an even number of times, the later of the two.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

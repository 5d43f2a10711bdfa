//! `Interrupter::reset` keeps the reason of the stop that it forgets.
//!
//! Expected: after a reset, a stop without a reason has none.
//! Happens: it has the reason of the stop before the reset.
//! Cause: `Interrupter::reset` (burn-train, `learner/base.rs`) clears `state` and `error`, and not
//! `message`.
//! Mend: clear `message` there too.

use burn::train::Interrupter;

fn main() {
    let interrupter = Interrupter::new();
    interrupter.stop(Some("the loss rises"));
    interrupter.reset();
    interrupter.stop(None);
    let Some(reason) = interrupter.interruption().unwrap().reason else {
        println!("mended: a reset forgets the reason");
        std::process::exit(1);
    };
    println!("shown: a stop without a reason has that of an earlier one: {reason}");
}

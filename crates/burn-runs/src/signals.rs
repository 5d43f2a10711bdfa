//! Ctrl-C, or a request to terminate, as a stop of the training.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use burn::train::Interrupter;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::ui;

/// The exit code of a program that was stopped: 128 and the number of the signal of Ctrl-C.
pub const STOPPED: u8 = 130;

/// Lets Ctrl-C, or a request to terminate, stop the training at its next batch; a second one ends the
/// program at once, with the code [`STOPPED`].
///
/// # Errors
///
/// What the system says where signals cannot be caught.
pub fn stop_on_signals(interrupter: &Interrupter) -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, STOPPED.into(), asked.clone())?;
        flag::register(signal, asked.clone())?;
    }
    // A signal handler may do next to nothing; this thread does it for the handler.
    let interrupter = interrupter.clone();
    thread::spawn(move || {
        while !asked.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(50));
        }
        interrupter.stop(Some("stopped by a signal"));
        ui::warn("stopping at the next batch; Ctrl-C once more ends the program at once");
    });
    Ok(())
}

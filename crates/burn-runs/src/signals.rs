//! Ctrl-C, a request to terminate, or a terminal that closes, as a stop of the training.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use burn::train::Interrupter;
#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::ui;

/// The exit code of a program that was stopped: 128 and the number of the signal of Ctrl-C.
pub const STOPPED: u8 = 130;

/// Lets Ctrl-C, a request to terminate, or a terminal that closes, stop the training at its next batch.
/// A second Ctrl-C or request ends the program at once, with the code [`STOPPED`].
///
/// # Errors
///
/// What the system says where signals cannot be caught.
pub fn stop_on_signals(interrupter: &Interrupter) -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    let closed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, asked.clone())?;
    }
    #[cfg(unix)]
    flag::register(SIGHUP, closed.clone())?;
    // A signal handler may do next to nothing; this thread does it for the handler.
    let interrupter = interrupter.clone();
    thread::spawn(move || {
        let mut stopping = false;
        loop {
            thread::sleep(Duration::from_millis(50));
            let asked = asked.swap(false, Ordering::Relaxed);
            // A terminal says more than once that it closes, to the shell and to what runs in it.
            let closed = closed.swap(false, Ordering::Relaxed);
            if asked && stopping {
                ui::restore_terminal();
                low_level::exit(STOPPED.into());
            }
            if (asked || closed) && !stopping {
                stopping = true;
                interrupter.stop(Some("stopped by a signal"));
                ui::warn("stopping at the next batch; Ctrl-C once more ends the program at once");
            }
        }
    });
    Ok(())
}

//! The terminal under Burn's dashboard.

use std::io;

use crossterm::cursor::Show;
use crossterm::event::DisableMouseCapture;
use crossterm::execute;
use crossterm::terminal::{LeaveAlternateScreen, disable_raw_mode, is_raw_mode_enabled};

/// Makes Ctrl-C a signal again where the dashboard has made it a key, which it does not listen to. Returns
/// whether it has; on systems without signals, there is nothing to do.
pub(super) fn keep_ctrl_c() -> bool {
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        if !is_raw_mode_enabled().unwrap_or(false) {
            return false;
        }
        // Without a terminal there is no key either.
        if let Ok(mut modes) = tcgetattr(io::stdin()) {
            modes.local_modes |= LocalModes::ISIG;
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        }
    }
    true
}

/// Leaves the dashboard's screen, where the program ends without closing it.
pub(super) fn restore() {
    if is_raw_mode_enabled().unwrap_or(false) {
        let _ = disable_raw_mode();
        let _ = execute!(
            io::stdout(),
            DisableMouseCapture,
            LeaveAlternateScreen,
            Show
        );
    }
}

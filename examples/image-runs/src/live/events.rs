//! Server-sent events, to all browsers that listen.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// So long the last event may take to arrive: a browser that reads no more must not hold the program.
const PATIENCE: Duration = Duration::from_secs(2);

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
    Connection: close\r\n\r\n";

/// A browser that listens: its events, and what says that all of them were sent.
struct Listener {
    events: Sender<Arc<str>>,
    sent: Receiver<()>,
}

/// The browsers that listen.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Listener>>);

impl Listeners {
    /// Sends to `browser` all events from now on.
    pub fn add(&self, browser: Box<dyn Write + Send>) {
        let (events, told) = channel();
        let (sender, sent) = channel();
        thread::spawn(move || {
            // An error is a browser that has gone away.
            let _ = send(browser, &told);
            drop(sender);
        });
        self.lock().push(Listener { events, sent });
    }

    /// Tells all browsers of an event, whose data is one line.
    pub fn tell(&self, event: &str, data: &str) {
        let text: Arc<str> = text(event, data).into();
        self.lock()
            .retain(|listener| listener.events.send(text.clone()).is_ok());
    }

    /// Sends no more, and waits for what is under way.
    pub fn close(&self) {
        let listeners = std::mem::take(&mut *self.lock());
        for Listener { events, sent } in listeners {
            drop(events);
            let _ = sent.recv_timeout(PATIENCE);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Listener>> {
        self.0.lock().expect("no holder of the lock panics")
    }
}

fn send(mut browser: impl Write, events: &Receiver<Arc<str>>) -> io::Result<()> {
    browser.write_all(HEAD)?;
    browser.write_all(text("connected", "").as_bytes())?;
    browser.flush()?;
    for event in events {
        browser.write_all(event.as_bytes())?;
        browser.flush()?;
    }
    Ok(())
}

fn text(event: &str, data: &str) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}

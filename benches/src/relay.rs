//! A relay in front of a server, which counts what passes.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

/// What passed from the programs to the server, and back.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// Messages of the WebSocket protocol that hold something.
    pub messages: [i64; 2],
    /// Their bytes.
    pub bytes: [i64; 2],
}

impl Sub for Passed {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        let less = |now: [i64; 2], then: [i64; 2]| [now[0] - then[0], now[1] - then[1]];
        Self {
            messages: less(self.messages, earlier.messages),
            bytes: less(self.bytes, earlier.bytes),
        }
    }
}

#[derive(Default)]
struct Counter {
    messages: AtomicU64,
    bytes: AtomicU64,
}

/// A relay in front of a server.
pub struct Relay {
    /// Where it listens.
    pub url: String,
    counters: Arc<[Counter; 2]>,
}

impl Relay {
    /// Starts a relay in front of the server at `url`.
    ///
    /// # Errors
    ///
    /// What the system says where it cannot listen.
    pub fn start(url: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let relay = Self {
            url: format!("ws://{}", listener.local_addr()?),
            counters: Arc::default(),
        };
        let server = url.trim_start_matches("ws://").to_string();
        let counters = relay.counters.clone();
        thread::spawn(move || {
            for program in listener.incoming().flatten() {
                // A relay that cannot go on shows in the program as a server that is gone.
                let _ = pass(&program, &server, &counters);
            }
        });
        Ok(relay)
    }

    /// What has passed since its start.
    pub fn passed(&self) -> Passed {
        let of = |count: fn(&Counter) -> &AtomicU64| {
            [0, 1].map(|way: usize| count(&self.counters[way]).load(Relaxed) as i64)
        };
        Passed {
            messages: of(|counter| &counter.messages),
            bytes: of(|counter| &counter.bytes),
        }
    }
}

/// Passes what a program and the server at an address say to each other, until one of them ends.
fn pass(program: &TcpStream, server: &str, counters: &Arc<[Counter; 2]>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for (way, from, to) in [(0, program, &server), (1, &server, program)] {
        to.set_nodelay(true)?;
        let (from, to, counters) = (from.try_clone()?, to.try_clone()?, counters.clone());
        thread::spawn(move || {
            let _ = pass_frames(from, &to, &counters[way]);
            let _ = to.shutdown(std::net::Shutdown::Both);
        });
    }
    Ok(())
}

/// Passes the frames of RFC 6455, section 5.2, after the head of the handshake.
fn pass_frames(from: TcpStream, to: &TcpStream, counter: &Counter) -> io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let mut line = Vec::new();
    while line != b"\r\n" {
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        to.write_all(&line)?;
    }
    to.flush()?;
    loop {
        let mut head = [0; 2];
        from.read_exact(&mut head)?;
        let short = head[1] & 0x7f;
        let (long, mask) = match short {
            126 => (2, head[1] >> 7),
            127 => (8, head[1] >> 7),
            _ => (0, head[1] >> 7),
        };
        let mut rest = vec![0; long + 4 * usize::from(mask)];
        from.read_exact(&mut rest)?;
        let length = match long {
            0 => u64::from(short),
            _ => rest[..long]
                .iter()
                .fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        to.write_all(&head)?;
        to.write_all(&rest)?;
        io::copy(&mut (&mut from).take(length), &mut to)?;
        to.flush()?;
        // Binary, whole: how Burn sends.
        if head[0] & 0xf == 2 {
            counter.messages.fetch_add(1, Relaxed);
            counter
                .bytes
                .fetch_add(2 + rest.len() as u64 + length, Relaxed);
        }
    }
}

//! A server over WebSocket holds small answers back for up to 40 ms.
//!
//!     cargo run --features remote --bin server_holds_answers
//!
//! Expected: two threads that each read small tensors of one server wait about as long for each as one does.
//! Happens: they wait many times as long. Metrics are read in a thread of their own, so a training on a server meets
//! this at every step.
//! Cause: `WsServer::serve_on` (burn-communication, `websocket/server.rs`) leaves Nagle's algorithm on: an answer waits
//! until the one before it is acknowledged, which the client's system delays. The client switches it off.
//! Mend: `tcp.set_nodelay(true)` in the `tap_io` there.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use burn::remote::RemoteHost;
use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::{Device, Tensor};

const READS: u32 = 50;

/// The time for each of the numbers that each of so many threads reads.
fn read(threads: usize, device: &Device) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..READS {
                    Tensor::<1>::from_data([1.0], device).into_data();
                }
            });
        }
    });
    start.elapsed() / READS
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(|| {
        let transport = WebSocketTransport::from_listener(listener);
        RemoteServer::new([Device::flex()]).serve(transport)
    });
    let host = RemoteHost::websocket(&url);
    let device = Device::remote_options(&host).init().unwrap();
    read(1, &device);
    let (one, two) = (read(1, &device), read(2, &device));
    let times = format!("a read of one thread {one:.1?}, of two threads at once {two:.1?}");
    if two < 5 * one {
        println!("mended: answers leave at once: {times}");
        std::process::exit(1);
    }
    println!("shown: answers are held back: {times}");
}

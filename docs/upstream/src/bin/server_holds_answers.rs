//! A server over WebSocket holds small answers back for up to 40 ms.
//!
//!     cargo run --features remote --bin server_holds_answers
//!
//! Expected: two small tensors that are asked for at the same time are there about as soon as one is.
//! Happens: the second one comes up to 40 ms later. In a training metrics are read in a thread of their own, so steps on a
//! server meet this.
//! Cause: `WsServer::serve_on` (burn-communication, `websocket/server.rs`) leaves Nagle's algorithm on: an answer waits
//! until the one before it is acknowledged, which the client's system delays while it has nothing to send. The client
//! switches it off.
//! Mend: `tcp.set_nodelay(true)` in the `tap_io` there.

use std::net::TcpListener;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use burn::remote::RemoteHost;
use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::{Device, Tensor};

const ROUNDS: u32 = 50;

/// The time of a round, in which each of so many threads reads one number and waits for the others.
fn round(threads: usize, device: &Device) -> Duration {
    let all = Barrier::new(threads);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    Tensor::<1>::from_data([1.0], device).into_data();
                    all.wait();
                }
            });
        }
    });
    start.elapsed() / ROUNDS
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
    round(1, &device);
    let (one, two) = (round(1, &device), round(2, &device));
    let times = format!("one number {one:.1?}, two at once {two:.1?}");
    if two < 3 * one {
        println!("mended: answers leave at once: {times}");
        std::process::exit(1);
    }
    println!("shown: an answer is held back: {times}");
}

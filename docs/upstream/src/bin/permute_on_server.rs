//! A permutation or a flip of floats ends the session with a server, where fusion is compiled in.
//!
//!     cargo run --features remote --bin permute_on_server
//!
//! Expected: the permuted matrix.
//! Happens: the server's session panics with "Expected int handle, got float", and nothing on that device can be read
//! any more. A GPU backend brings fusion along, so a program with `wgpu` and `remote` meets this.
//! Cause: `float_permute` and `float_flip` (burn-fusion, `ops/tensor.rs`) register `OperationIr::BaseInt`, and so does
//! `bool_permute`. A server that replays the graph takes it at its word; flex keeps floats and integers apart.
//! Mend: `OperationIr::BaseFloat` there, and `OperationIr::BaseBool`.

use std::net::TcpListener;
use std::thread;

use burn::remote::RemoteHost;
use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::{Device, Tensor};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(|| {
        let transport = WebSocketTransport::from_listener(listener);
        RemoteServer::new([Device::flex()]).serve(transport)
    });
    let host = RemoteHost::websocket(&url);
    let device = Device::remote_options(&host).init().unwrap();
    let matrix = Tensor::<2>::from_data([[1.0, 2.0]], &device);
    // One operation alone goes to the server by its own name; two make a graph.
    match (matrix * 2.0).permute([1, 0]).try_into_data() {
        Ok(_) => {
            println!("mended: a permuted matrix of floats comes back");
            std::process::exit(1);
        }
        Err(_) => println!("shown: a permutation of floats ended the session"),
    }
}

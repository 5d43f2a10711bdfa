//! Servers that a run computes on.
//!
//! Burn waits for an answer as long as a connection stands, and panics, in whichever thread waits, when it
//! breaks. [`end_when_lost`] turns both into one sentence and the end of the program: what was learned until
//! then is in a checkpoint.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic;
use std::str::FromStr;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use signal_hook::low_level;
use socket2::SockRef;
use ureq::Agent;

use crate::ui;

/// How often a server is asked whether it is there.
const INTERVAL: Duration = Duration::from_secs(2);

/// The address of a server, `ws://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// The address as Burn takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Waits for a sign of life until `patience` is over. Any answer to a plain question is one, also that there is no
    /// such page; a machine that is there and a program that is not gives none.
    fn answers(&self, patience: Duration) -> bool {
        let config = Agent::config_builder().timeout_global(Some(patience));
        let agent: Agent = config.http_status_as_error(false).build().into();
        let page = self.0.replacen("ws://", "http://", 1);
        agent.get(page).call().is_ok()
    }
}

impl FromStr for ServerUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = text
            .strip_prefix("ws://")
            .map(|place| place.trim_end_matches('/'));
        let parts = place.and_then(|place| place.rsplit_once(':'));
        match parts {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(Self(format!("ws://{host}:{port}")))
            }
            _ => Err("it must be ws://HOST:PORT, such as ws://gpu:3000"),
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A listener for Burn's `WebSocketTransport::from_listener`, whose connections send what they have at once.
///
/// Left alone, the system holds a small answer back until the one before it is acknowledged, up to 40 ms: most of the
/// time of a small step, whose losses are read one by one.
///
/// # Errors
///
/// What the system says where nobody can listen there.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // The connections that it accepts inherit it.
    SockRef::from(&listener).set_tcp_nodelay(true)?;
    Ok(listener)
}

/// From now on the program ends with `code` and one sentence when a server gives no sign of life for as long as
/// `patience`, or when any thread panics, as one does whose session has ended. `advice` says how to go on.
pub fn end_when_lost(servers: &[ServerUrl], patience: Duration, advice: &str, code: u8) {
    let end = move |sentence: String| {
        // Several threads may notice; one sentence is enough.
        static ENDED: Once = Once::new();
        ENDED.call_once(|| {
            ui::restore_terminal();
            ui::complain(&sentence);
            low_level::exit(code.into());
        });
    };
    for server in servers {
        let (server, advice) = (server.clone(), advice.to_string());
        thread::spawn(move || {
            // Of one that was never there the connection tells.
            for is_there in [false, true] {
                while server.answers(patience) == is_there {
                    thread::sleep(INTERVAL);
                }
            }
            end(format!("{}; {advice}", lost(&server)));
        });
    }
    let (servers, advice) = (servers.to_vec(), advice.to_string());
    panic::set_hook(Box::new(move |panic| {
        let reason = panic.payload_as_str().unwrap_or("no reason given");
        end(format!(
            "{}; {advice}",
            why_lost(&servers, patience, reason)
        ));
    }));
}

fn lost(server: &ServerUrl) -> String {
    format!("the server {server} does not answer any more")
}

/// What became of a session that ended for `reason`, in words: a server that is gone, or else one that ended it.
pub fn why_lost(servers: &[ServerUrl], patience: Duration, reason: &str) -> String {
    let mut servers = servers.iter();
    match servers.find(|server| !server.answers(INTERVAL.min(patience))) {
        Some(server) => lost(server),
        None => {
            let reason = reason.lines().next().unwrap_or(reason);
            format!("a server ended the session, and may have said why ({reason})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        let parsed = |text: &str| text.parse::<ServerUrl>().map(|url| url.to_string());
        for text in ["ws://gpu:3000", "ws://[::1]:80", "ws://10.0.0.7:3000/"] {
            assert_eq!(parsed(text).as_deref(), Ok(text.trim_end_matches('/')));
        }
        for text in [
            "",
            "gpu:3000",
            "http://gpu:3000",
            "ws://gpu",
            "ws://:80",
            "ws://gpu:x",
        ] {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn answers_leave_at_once() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert!(connection.nodelay().unwrap());
    }

    #[test]
    fn a_sign_of_life_is_any_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url: ServerUrl = format!("ws://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        // A program that stands still accepts nothing, though its system does.
        assert!(!url.answers(Duration::from_millis(50)));
        let answer = thread::spawn(move || {
            // The first connection is that of the question before.
            for stream in listener.incoming().take(2) {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
            }
        });
        assert!(url.answers(Duration::from_secs(60)));
        answer.join().unwrap();
        assert!(!url.answers(Duration::from_secs(60)), "nobody listens");
    }
}

//! Where this program listens.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// Where this program listens: a port of this machine alone, or an address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub SocketAddr);

impl Address {
    /// Whether no other machine reaches it.
    pub(crate) fn is_local(self) -> bool {
        self.0.ip().is_loopback()
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(port) = text.parse() {
            return Ok(Self((Ipv4Addr::LOCALHOST, port).into()));
        }
        let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
        found.map(Self).ok_or(
            "it must be a port, such as 8765, or an address and a port, such as 0.0.0.0:8765",
        )
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_of_this_machine() {
        let parsed = |text: &str| text.parse::<Address>();
        assert_eq!(parsed("8765").unwrap().to_string(), "127.0.0.1:8765");
        assert!(parsed("[::1]:80").unwrap().is_local());
        assert!(!parsed("0.0.0.0:80").unwrap().is_local());
        for text in ["", "here", "127.0.0.1", "99999", ":"] {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }
}

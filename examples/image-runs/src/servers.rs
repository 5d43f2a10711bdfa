//! The servers that a run computes on.

#[cfg(feature = "remote")]
use std::time::Duration;

use burn::tensor::Device;
use burn_runs::{Backend, BackendError, StageError, machine};
use clap::Args;

#[cfg(feature = "remote")]
use burn::remote::ConnectError;
#[cfg(feature = "remote")]
use burn_runs::remote::ServerUrl;

use crate::{FAILED, Failure, RunError};

/// The environment variable of the word that a server and its clients share.
pub const TOKEN: &str = "BURN_REMOTE_TOKEN";

/// The seconds after which a server that does not answer is given up, where no others are named.
#[cfg(feature = "remote")]
const PATIENCE: u64 = 30;

/// An address that nothing in this build can reach.
#[cfg(not(feature = "remote"))]
type ServerUrl = String;

/// The servers that a run computes on, with the backend `remote`.
#[derive(Args, Clone, Debug, Default)]
pub struct Servers {
    /// With --backend remote, the server to compute on, as `serve` starts one; of several, each takes its part of every
    /// batch
    #[arg(id = "servers", long = "remote", value_name = "ws://HOST:PORT")]
    pub urls: Vec<ServerUrl>,
    /// The time after which a server that does not answer is given up [default: 30]
    #[arg(long = "remote-patience", value_name = "SECONDS", requires = "servers")]
    pub patience: Option<u64>,
}

/// A server that cannot be computed on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The backend is not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// No server is named.
    #[error("the backend remote computes on a server; name it with --remote ws://HOST:PORT")]
    None,
    /// A server is named for nothing.
    #[error(
        "--remote names a server, but the backend is {0}; choose --backend remote or leave it out"
    )]
    Unused(&'static str),
    /// What has to be computed on one device has several.
    #[error("{what} cannot be divided among {count} servers; name one with --remote")]
    Several {
        /// What.
        what: &'static str,
        /// The number of servers.
        count: usize,
    },
    /// The server asks for another word, or for one at all.
    #[error(
        "the server {0} refuses this program; set {TOKEN} in the environment to the token that it was started with"
    )]
    Refused(String),
    /// The server is of another release of Burn.
    #[error("{0}: {1}; build this program and the server with the same release of Burn")]
    Release(String, String),
    /// No session can be opened.
    #[error("{0}: {1}; check the address, and that `serve --listen` runs there")]
    Unreachable(String, String),
}

impl Servers {
    /// The devices of `backend`: that of this machine, or one of each server, the main one first.
    ///
    /// # Errors
    ///
    /// A [`ServerError`] where there is none.
    pub fn devices(&self, backend: Backend) -> Result<Vec<Device>, ServerError> {
        match backend.device() {
            Ok(_) if !self.urls.is_empty() => Err(ServerError::Unused(backend.name())),
            Ok(device) => Ok(vec![device]),
            #[cfg(feature = "remote")]
            Err(BackendError::NoServer) if !self.urls.is_empty() => {
                self.urls.iter().map(connect).collect()
            }
            Err(BackendError::NoServer) => Err(ServerError::None),
            Err(error) => Err(error.into()),
        }
    }

    /// The device of `backend` where `what` cannot be divided among several.
    ///
    /// # Errors
    ///
    /// A [`ServerError`] where there is none, or where several servers are named.
    pub fn device(&self, backend: Backend, what: &'static str) -> Result<Device, ServerError> {
        let count = self.urls.len();
        if count > 1 {
            return Err(ServerError::Several { what, count });
        }
        Ok(self.devices(backend)?.remove(0))
    }

    /// What `backend` computes on, in words.
    pub fn machine(&self, backend: Backend) -> String {
        match self.urls.len() {
            0 => machine::device(backend),
            1 => "remote, 1 server".into(),
            count => format!("remote, {count} servers"),
        }
    }

    /// The flags that name these servers.
    pub fn arguments(&self) -> Vec<String> {
        let urls = self.urls.iter().map(|url| ("--remote", url.to_string()));
        let patience = self
            .patience
            .map(|time| ("--remote-patience", time.to_string()));
        urls.chain(patience)
            .flat_map(|(flag, value)| [flag.to_string(), value])
            .collect()
    }

    /// The time after which a server that does not answer is given up.
    #[cfg(feature = "remote")]
    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience.unwrap_or(PATIENCE))
    }

    /// The failure of a run that can be gone on with in the way of `how`, or, where a server is gone, of `how_elsewhere`.
    /// Whatever reads of such a server says so in its own way, and here they have one sentence.
    pub fn failure(&self, error: RunError, how: &str, how_elsewhere: &str) -> Failure {
        let lost = match &error {
            RunError::Training(StageError::Failed { reason, .. })
            | RunError::Images { reason, .. } => self.why_lost(reason),
            _ => None,
        };
        match lost {
            Some(lost) => Failure {
                text: format!("{lost}; go on with {how_elsewhere}"),
                code: FAILED,
            },
            None => Failure::of_run(error, how),
        }
    }

    /// What became of the session that an error of the training tells of, if there are servers.
    #[cfg_attr(not(feature = "remote"), expect(unused_variables))]
    fn why_lost(&self, reason: &str) -> Option<String> {
        #[cfg(feature = "remote")]
        if !self.urls.is_empty() {
            let patience = self.patience();
            return Some(burn_runs::remote::why_lost(&self.urls, patience, reason));
        }
        None
    }

    /// From now on the program ends with one sentence when one of these servers is gone. `how` says how to go on.
    #[cfg_attr(not(feature = "remote"), expect(unused_variables))]
    pub fn end_when_lost(&self, how: &str) {
        #[cfg(feature = "remote")]
        if !self.urls.is_empty() {
            let advice = format!("go on with {how}");
            burn_runs::remote::end_when_lost(&self.urls, self.patience(), &advice, FAILED);
        }
    }
}

#[cfg(feature = "remote")]
fn connect(url: &ServerUrl) -> Result<Device, ServerError> {
    let token = std::env::var(TOKEN).ok();
    let device = burn_hebbian::remote::connect(url.as_str(), token.as_deref());
    device.map_err(|error| not_connected(url, error))
}

#[cfg(feature = "remote")]
fn not_connected(url: &ServerUrl, error: ConnectError) -> ServerError {
    let (name, reason) = (url.to_string(), error.to_string());
    match error {
        ConnectError::Unauthorized => ServerError::Refused(name),
        ConnectError::IncompatibleProtocol { .. } => ServerError::Release(name, reason),
        _ => ServerError::Unreachable(name, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(urls: &[&str]) -> Servers {
        let urls = urls.iter().map(|url| url.parse().unwrap());
        Servers {
            urls: urls.collect(),
            patience: None,
        }
    }

    #[cfg(feature = "remote")]
    #[test]
    fn a_server_that_is_not_to_be_had_is_named_with_the_cause() {
        let url = "ws://gpu:3000".parse().unwrap();
        let text = |error| not_connected(&url, error).to_string();
        let other = ConnectError::IncompatibleProtocol {
            client_version: 2,
            server_version: 3,
        };
        let found = text(other);
        assert!(
            found.starts_with("ws://gpu:3000: the server speaks version 3"),
            "{found}"
        );
        assert!(found.ends_with("the same release of Burn"), "{found}");
        let found = text(ConnectError::Unreachable {
            reason: "nothing answered".into(),
        });
        let expected =
            "ws://gpu:3000: the server cannot be reached: nothing answered; check the address";
        assert!(found.starts_with(expected), "{found}");
    }

    #[cfg(feature = "remote")]
    #[test]
    fn what_fails_for_a_server_is_gone_says_so_in_one_sentence() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let failed = || StageError::Failed {
            shown: "readout",
            reason: "cannot read\nthe loss".into(),
        };
        let text = |servers: &Servers| {
            let failure = servers.failure(failed().into(), "--resume", "--resume elsewhere");
            failure.text
        };
        let expected =
            format!("the server {url} does not answer any more; go on with --resume elsewhere");
        assert_eq!(text(&servers(&[&url])), expected);
        assert!(text(&Servers::default()).ends_with("; go on with --resume"));
    }

    #[test]
    fn a_server_is_named_where_one_is_asked_and_only_there() {
        let refused = |servers: &Servers, backend| {
            let refused = servers.devices(backend).unwrap_err();
            refused.to_string()
        };
        let text = refused(&servers(&["ws://gpu:3000"]), Backend::Flex);
        assert!(
            text.starts_with("--remote names a server, but the backend is flex"),
            "{text}"
        );
        let text = refused(&servers(&[]), Backend::Remote);
        let expected = match cfg!(feature = "remote") {
            true => "name it with --remote ws://HOST:PORT",
            false => "build with `--features remote`",
        };
        assert!(text.ends_with(expected), "{text}");
        let mut two = servers(&["ws://a:1", "ws://b:2"]);
        let text = two
            .device(Backend::Remote, "a deep network")
            .unwrap_err()
            .to_string();
        assert!(
            text.starts_with("a deep network cannot be divided among 2 servers"),
            "{text}"
        );
        two.patience = Some(5);
        let flags = "--remote ws://a:1 --remote ws://b:2 --remote-patience 5";
        assert_eq!(two.arguments().join(" "), flags);
        assert_eq!(servers(&[]).devices(Backend::Flex).unwrap().len(), 1);
    }
}

//! Serving the device of this machine to programs on others.

#[cfg(feature = "remote")]
use burn::server::{EmptyToken, RemoteServer, ServeError, TokenAuthorizer, WebSocketTransport};
use burn_runs::{Backend, BackendError};
use clap::Args;

use crate::Address;
use crate::servers::TOKEN;

/// What is served, and to whom.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Where to listen: a port of this machine alone, or an address and a port that others reach, with a token in the
    /// environment variable BURN_REMOTE_TOKEN. What travels is not encrypted
    #[arg(long, value_name = "PORT | ADDRESS:PORT", default_value = "3000")]
    pub listen: Address,
    /// The device that is served
    #[arg(long, value_enum, default_value = "flex")]
    pub backend: Backend,
}

/// A device that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeFailure {
    /// The backend is not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Anybody could compute here.
    #[error(
        "others reach {0}, so they need a token: set {TOKEN} in the environment, here and where `--remote` is given"
    )]
    Open(Address),
    /// The token is empty.
    #[cfg(feature = "remote")]
    #[error(
        "{TOKEN} is empty in the environment; give it a word, or unset it to serve this machine alone"
    )]
    Token(#[from] EmptyToken),
    /// Nobody can listen there.
    #[error("cannot listen on {address}: {error}; choose another port with --listen")]
    Listen {
        /// Where.
        address: Address,
        /// Why.
        error: std::io::Error,
    },
    /// The server ended.
    #[cfg(feature = "remote")]
    #[error("the server ended: {0}")]
    Serve(#[from] ServeError),
}

impl ServeArgs {
    /// Serves the device until Ctrl-C, with the fused steps of the local rule.
    ///
    /// # Errors
    ///
    /// A [`ServeFailure`]. Anything but this machine alone needs a token.
    #[cfg(feature = "remote")]
    pub fn serve(&self) -> Result<(), ServeFailure> {
        use burn_hebbian::remote::with_fused_operations;
        use burn_runs::remote::listen;
        use burn_runs::ui::say;

        let device = self.backend.device()?;
        let mut server = with_fused_operations(RemoteServer::new([device.clone()]), &device);
        match std::env::var(TOKEN) {
            Ok(token) => server = server.with_authorizer(TokenAuthorizer::new(token)?),
            Err(_) if self.listen.is_local() => {}
            Err(_) => return Err(ServeFailure::Open(self.listen)),
        }
        let failed = |error| ServeFailure::Listen {
            address: self.listen,
            error,
        };
        let listener = listen(self.listen.0).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let name = self.backend.name();
        say(&format!("serving {name} on ws://{bound} until Ctrl-C"));
        Ok(server.serve(WebSocketTransport::from_listener(listener))?)
    }

    /// Serves nothing: this build cannot.
    ///
    /// # Errors
    ///
    /// A [`ServeFailure`] that names the feature.
    #[cfg(not(feature = "remote"))]
    pub fn serve(&self) -> Result<(), ServeFailure> {
        Err(BackendError::NotCompiled(Backend::Remote.name()).into())
    }
}

#[cfg(all(test, feature = "remote"))]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn nobody_else_is_served_without_a_token() {
        let args = ServeArgs {
            listen: "0.0.0.0:0".parse().unwrap(),
            backend: Backend::Flex,
        };
        // Whoever runs the tests may have one.
        if std::env::var_os(TOKEN).is_none() {
            let text = args.serve().unwrap_err().to_string();
            assert!(
                text.starts_with("others reach 0.0.0.0:0, so they need a token"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let args = ServeArgs {
            listen: taken.local_addr().unwrap().to_string().parse().unwrap(),
            backend: Backend::Flex,
        };
        let text = args.serve().unwrap_err().to_string();
        assert!(text.starts_with("cannot listen on 127.0.0.1:"), "{text}");
    }
}

//! Runs a viewer on listeners that the caller has bound.
//!
//! HTTP/1.1 only; over TLS as the caller set it up, or in clear: then TLS ends at the proxy in front,
//! or nowhere on loopback. Signals belong to the program; what ends this is the future it passes.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::{App, HttpServer};
use rustls::ServerConfig;

use crate::viewer::Viewer;

/// Two threads answer several hundred readers; what takes time waits for the store or the line.
const WORKERS: usize = 2;
/// Connections of one worker; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 2_000;
/// For the head of a request to arrive, and before it for a TLS handshake.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// For the next request on a connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// For a client to take note that we have hung up.
const GOODBYE: Duration = Duration::from_secs(2);
/// Seconds in which running requests may finish when the program ends.
const FINISH_SECONDS: u64 = 10;

/// Why a viewer stopped by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A listener cannot be used.
    #[error("the viewer cannot listen")]
    Listen(#[source] io::Error),
    /// The server broke off.
    #[error("the viewer stopped")]
    Serve(#[source] io::Error),
}

/// Serves until `shutdown` resolves, then lets running requests finish. With `tls`, which offers no
/// application protocol yet, nothing is answered in clear.
pub async fn run(
    listeners: Vec<TcpListener>,
    tls: Option<ServerConfig>,
    viewer: Viewer,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let application = move || {
        let viewer = viewer.clone();
        App::new().configure(move |config| viewer.configure(config))
    };
    let mut server = HttpServer::new(application)
        .workers(WORKERS)
        .max_connections(MOST_CONNECTIONS)
        .client_request_timeout(HEAD_PATIENCE)
        .tls_handshake_timeout(HEAD_PATIENCE)
        .client_disconnect_timeout(GOODBYE)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        .shutdown_timeout(FINISH_SECONDS)
        .disable_signals();
    for listener in listeners {
        let listening = match &tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.clone()),
            None => server.listen(listener),
        };
        server = listening.map_err(RunError::Listen)?;
    }
    let server = server.run();
    let handle = server.handle();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => ended.map_err(RunError::Serve),
        () = shutdown => {
            let ((), ended) = tokio::join!(handle.stop(true), server);
            ended.map_err(RunError::Serve)
        }
    }
}

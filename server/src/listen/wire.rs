//! A connection in clear or inside of TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub(super) enum Wire {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// Takes up TLS, once.
    pub(super) async fn secure(
        self,
        config: Option<&Arc<rustls::ServerConfig>>,
        patience: Duration,
    ) -> io::Result<Self> {
        let (Self::Clear(stream), Some(config)) = (self, config) else {
            return Err(io::Error::other(
                "TLS is active already, or there is no certificate",
            ));
        };
        let handshake = TlsAcceptor::from(Arc::clone(config)).accept(stream);
        let stream = timeout(patience, handshake)
            .await
            .map_err(io::Error::from)??;
        Ok(Self::Tls(Box::new(stream)))
    }

    /// What the client showed in the handshake.
    pub(super) fn client_certificates(&self) -> Arc<[CertificateDer<'static>]> {
        match self {
            Self::Clear(_) => Arc::default(),
            Self::Tls(stream) => {
                let shown = stream.get_ref().1.peer_certificates();
                shown.map_or_else(Arc::default, |shown| {
                    shown.iter().map(|c| c.clone().into_owned()).collect()
                })
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(context, octets),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

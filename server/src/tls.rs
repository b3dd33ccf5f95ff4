//! TLS as Sealpost speaks it: the one provider of its primitives, and what its listeners show.
//!
//! ring's primitives, with the post-quantum hybrid [`hybrid`] before the classic groups. Whoever
//! records a session today and has a quantum computer later learns neither half of a grant from it,
//! as long as the other side knows the hybrid too; one that does not gets X25519, as before.
//! [`certificates`] has the certificates, which change while listeners run.

pub mod certificates;
pub mod hybrid;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{Error, ServerConfig};

pub use certificates::{CertificateError, Certificates, TlsKeys, keep_fresh};

/// ring's provider, with X25519MLKEM768 in front of its groups: X25519, then the NIST curves.
pub fn provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.kx_groups.insert(0, hybrid::X25519MLKEM768);
    provider
}

/// Makes [`provider`] the one of every library in this process that asks for the process's own: the
/// courier's SMTP and the HTTP client of `sealpost open`. Later calls change nothing.
pub fn install() {
    // An error says that one is installed already.
    let _ = provider().install_default();
}

/// What a listener shows: TLS 1.3 and 1.2, no client certificates.
pub fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig, Error> {
    Ok(ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates))
}

#[cfg(test)]
mod tests;

//! One mail system that mail is handed to: where it is, and what TLS with it must be.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;

use crate::config::RelayTls;
use crate::config::relay::Hop;
use crate::policy::Tls;
use crate::tls;

/// A way out in the configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CourierError {
    /// The authority's file cannot be read.
    #[error("{key}.authority: {source}")]
    Unreadable {
        /// The key that names the way.
        key: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The authority's file holds no certificate.
    #[error("{key}.authority: {path} holds no certificate in PEM form")]
    NoCertificate {
        /// The key that names the way.
        key: &'static str,
        /// The file.
        path: String,
    },
    /// No certificate can be issued for such a name.
    #[error(
        "{key}: {name:?} is no name that a certificate can have; set {key}.server_name to the one it has"
    )]
    Name {
        /// The key that names the way.
        key: &'static str,
        /// The name.
        name: String,
    },
    /// The authorities of this machine, or of the file, do not suit TLS.
    #[error("{key}: TLS: {source}")]
    Tls {
        /// The key that names the way.
        key: &'static str,
        /// Why.
        source: rustls::Error,
    },
}

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From the configuration: no single step takes longer, but the end of data.
    pub(super) step: Duration,
}

impl Patience {
    /// Nobody answers a SYN later than this.
    pub(super) fn connect(self) -> Duration {
        self.step.min(Duration::from_secs(30))
    }

    /// RFC 5321 §4.5.3.2: the greeting, MAIL and RCPT have five minutes, DATA two, a block three.
    pub(super) fn command(self) -> Duration {
        self.step
    }

    /// A block of content.
    pub(super) fn block(self) -> Duration {
        self.step.min(Duration::from_secs(180))
    }

    /// Ten minutes by default: who hangs up early makes the mail arrive twice (RFC 1047).
    pub(super) fn end_of_data(self) -> Duration {
        self.step * 2
    }

    /// Everything together.
    pub(super) fn whole(self) -> Duration {
        self.step * 6
    }
}

/// What a connection must be before a mail goes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// TLS with a certificate that proves the name.
    Verified,
    /// TLS when it is offered.
    Opportunistic,
    /// None is tried.
    Clear,
}

/// One mail system.
pub(super) struct Peer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) name: ServerName<'static>,
    pub(super) patience: Patience,
    setting: RelayTls,
    /// There unless the setting is none.
    connector: Option<TlsConnector>,
}

impl Peer {
    pub(super) fn new(hop: &Hop<'_>, patience: Patience) -> Result<Self, CourierError> {
        let bare = hop.server_name.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(bare.clone()).map_err(|_| CourierError::Name {
            key: hop.key,
            name: bare,
        })?;
        let connector = match hop.tls {
            RelayTls::None => None,
            RelayTls::Required | RelayTls::Opportunistic => {
                Some(TlsConnector::from(Arc::new(client_config(hop)?)))
            }
        };
        Ok(Self {
            host: hop.host.trim_matches(['[', ']']).to_owned(),
            port: hop.port,
            name,
            patience,
            setting: hop.tls,
            connector,
        })
    }

    /// What a mail needs here. With `none`, which is allowed on loopback only, there is no network
    /// that could read it.
    pub(super) fn need(&self, tls: Tls) -> Need {
        match (self.setting, tls) {
            (RelayTls::None, _) => Need::Clear,
            (RelayTls::Required, _) | (RelayTls::Opportunistic, Tls::Required) => Need::Verified,
            (RelayTls::Opportunistic, Tls::AsConfigured) => Need::Opportunistic,
        }
    }

    pub(super) fn connector(&self) -> Option<&TlsConnector> {
        self.connector.as_ref()
    }
}

/// TLS 1.2 and 1.3, the chain to the named authority or to one that this machine trusts.
fn client_config(hop: &Hop<'_>) -> Result<ClientConfig, CourierError> {
    let tls = |source| CourierError::Tls {
        key: hop.key,
        source,
    };
    let provider = Arc::new(tls::provider());
    let verifier: Arc<dyn ServerCertVerifier> = match hop.authority {
        Some(path) => {
            let roots = Arc::new(authority(hop.key, path)?);
            WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
                .build()
                .map_err(|error| tls(rustls::Error::General(error.to_string())))?
        }
        None => Arc::new(rustls_platform_verifier::Verifier::new(provider.clone()).map_err(tls)?),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?;
    // "Dangerous" is any verifier that is handed over; both of these check name and chain.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn authority(key: &'static str, path: &Path) -> Result<RootCertStore, CourierError> {
    let pem = std::fs::read(path).map_err(|source| CourierError::Unreadable { key, source })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
        roots
            .add(certificate)
            .map_err(|source| CourierError::Tls { key, source })?;
    }
    if roots.is_empty() {
        return Err(CourierError::NoCertificate {
            key,
            path: path.display().to_string(),
        });
    }
    Ok(roots)
}

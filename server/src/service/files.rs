//! The files that the configuration names, read and checked before anything runs.

use std::sync::Arc;

use super::Role;
use crate::config::{Config, TlsFiles};
use crate::courier::{Courier, CourierError};
use crate::gatekeeper::{CertificateRuleError, Gatekeeper};
use crate::listen::{self, ClientCertificates};
use crate::tls::{self, CertificateError, Certificates, TlsKeys};

const GATEWAY_TLS: TlsKeys = TlsKeys {
    certificate: "gateway.tls.certificate",
    key: "gateway.tls.key",
};
const VIEWER_TLS: TlsKeys = TlsKeys {
    certificate: "viewer.tls.certificate",
    key: "viewer.tls.key",
};

/// A file that does not serve its purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A listener's certificate or its key.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// TLS cannot be set up at all.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The relay's authority.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// Whose client certificates count.
    #[error(transparent)]
    ClientCertificates(#[from] CertificateRuleError),
    /// The organisation's logo.
    #[error("{0}")]
    Logo(String),
    /// The tag.
    #[error("policy.tags: {0}")]
    Tag(#[from] mail::tag::TagRuleError),
}

/// The certificates of the listeners, as far as they have any.
#[derive(Default)]
pub(super) struct ListenerCertificates {
    smtp: Option<Arc<Certificates>>,
    viewer: Option<Arc<Certificates>>,
}

impl ListenerCertificates {
    /// Reads those of the listeners that this process has.
    pub(super) fn open(config: &Config, role: Role) -> Result<Self, FileError> {
        let read = |wanted: bool, files: &Option<TlsFiles>, keys| {
            let files = files.as_ref().filter(|_| wanted);
            let read = files.map(|files| Certificates::open(files, keys).map(Arc::new));
            read.transpose()
        };
        Ok(Self {
            smtp: read(role.is_gateway(), &config.gateway.tls, GATEWAY_TLS)?,
            viewer: read(role.is_viewer(), &config.viewer.tls, VIEWER_TLS)?,
        })
    }

    /// The viewer's TLS.
    pub(super) fn viewer_tls(&self) -> Result<Option<rustls::ServerConfig>, FileError> {
        let config = |certificates: &Arc<_>| tls::server_config(Arc::clone(certificates));
        Ok(self.viewer.as_ref().map(config).transpose()?)
    }

    /// All of them, to be kept fresh.
    pub(super) fn all(&self) -> Vec<Arc<Certificates>> {
        [&self.smtp, &self.viewer]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }
}

/// Looks at everything that the configuration names for these roles, and changes nothing. The
/// certificate of a listener that another process has may be none of this user's business.
pub fn check_files(config: &Config, role: Role) -> Result<(), FileError> {
    let certificates = ListenerCertificates::open(config, role)?;
    listen_settings(config, &certificates)?;
    certificates.viewer_tls()?;
    let gateway = &config.gateway;
    Gatekeeper::check(&gateway.submit)?;
    Courier::new(&gateway.relay, &gateway.routes, &gateway.hostname)?;
    super::tag_rule(config)?;
    config.organisation.read_logo().map_err(FileError::Logo)?;
    Ok(())
}

/// How the SMTP listener is set up.
pub(super) fn listen_settings(
    config: &Config,
    certificates: &ListenerCertificates,
) -> Result<listen::Settings, FileError> {
    let gateway = &config.gateway;
    let mut settings = listen::Settings::new(gateway.hostname.clone());
    settings.limits.content = gateway.mail_mib as usize * 1024 * 1024;
    settings.memory = gateway.memory_mib as usize * 1024 * 1024;
    settings.limit(&gateway.limits, &gateway.timeouts);
    if !gateway.submit.accounts.is_empty() {
        settings.auth = smtp::Auth::Offered;
    }
    let clients = if gateway.submit.certificates.is_empty() {
        ClientCertificates::NotAsked
    } else {
        ClientCertificates::Asked
    };
    let tls = |certificates: &Arc<Certificates>| {
        listen::server_config(Arc::<Certificates>::clone(certificates), clients).map(Arc::new)
    };
    settings.tls = certificates.smtp.as_ref().map(tls).transpose()?;
    Ok(settings)
}

//! The files that the configuration names, read and checked before anything runs.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Config, TlsFiles};
use crate::courier::{Courier, CourierError};
use crate::listen;

/// A file that does not serve its purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    #[error("{key}: {}: {source}", path.display())]
    Unreadable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{key}: {}: {what}", path.display())]
    Unsuitable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The relay's authority.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// The tag.
    #[error("policy.tags: {0}")]
    Tag(#[from] mail::tag::TagRuleError),
}

/// Looks at everything that the configuration names, and changes nothing.
pub fn check_files(config: &Config) -> Result<(), FileError> {
    listen_settings(config)?;
    Courier::new(&config.gateway.relay, &config.gateway.hostname)?;
    super::tag_rule(config)?;
    Ok(())
}

/// How the SMTP listener is set up.
pub(super) fn listen_settings(config: &Config) -> Result<listen::Settings, FileError> {
    let mut settings = listen::Settings::new(config.gateway.hostname.clone());
    settings.memory = config.gateway.memory_mib as usize * 1024 * 1024;
    settings.tls = config.gateway.tls.as_ref().map(server_tls).transpose()?;
    Ok(settings)
}

fn server_tls(files: &TlsFiles) -> Result<Arc<ServerConfig>, FileError> {
    const CERTIFICATE: &str = "gateway.tls.certificate";
    const KEY: &str = "gateway.tls.key";
    let unsuitable = |key, path: &Path, what: &str| FileError::Unsuitable {
        key,
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_reader_iter(open(CERTIFICATE, &files.certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|_| unsuitable(CERTIFICATE, &files.certificate, "is not PEM"))?;
    if chain.is_empty() {
        return Err(unsuitable(
            CERTIFICATE,
            &files.certificate,
            "holds no certificate",
        ));
    }
    let key = PrivateKeyDer::from_pem_reader(open(KEY, &files.key)?)
        .map_err(|_| unsuitable(KEY, &files.key, "holds no private key in PEM"))?;
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map(Arc::new)
        .map_err(|error| unsuitable(KEY, &files.key, &error.to_string()))
}

fn open(key: &'static str, path: &Path) -> Result<BufReader<File>, FileError> {
    let unreadable = |source| FileError::Unreadable {
        key,
        path: path.to_owned(),
        source,
    };
    File::open(path).map(BufReader::new).map_err(unreadable)
}

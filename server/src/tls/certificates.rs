//! The certificate of a listener: read at the start, read again when its files change, so that a
//! renewal needs no restart.
//!
//! A new pair that does not serve is told once and the old one stays in use: whoever writes two
//! files leaves a moment in which they do not fit.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use tracing::{error, info};

use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The keys of the configuration that name the files, for errors.
#[derive(Debug, Clone, Copy)]
pub struct TlsKeys {
    /// Of the chain.
    pub certificate: &'static str,
    /// Of the private key.
    pub key: &'static str,
}

/// A file that does not serve its purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
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
}

/// What tells that a file is another one than before; none for a file that cannot be looked at.
type Mark = Option<(u64, u64, (i64, i64), (i64, i64))>;

/// A chain with its key, whatever the client asks for.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    keys: TlsKeys,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<[Mark; 2]>,
}

impl Certificates {
    /// Reads the files.
    pub fn open(files: &TlsFiles, keys: TlsKeys) -> Result<Self, CertificateError> {
        let seen = marks(files);
        Ok(Self {
            files: files.clone(),
            keys,
            current: RwLock::new(Arc::new(read(files, keys)?)),
            seen: Mutex::new(seen),
        })
    }

    /// Reads the files again if they changed since they were read last, and says whether they did.
    pub fn refresh(&self) -> Result<bool, CertificateError> {
        let now = marks(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        // Before reading: what changes while it is read is then seen the next time.
        *seen = now;
        let fresh = Arc::new(read(&self.files, self.keys)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// The pair in use.
    pub fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Keeps certificates fresh until a stop is asked for.
pub async fn keep_fresh(all: Vec<Arc<Certificates>>, stopping: watch::Receiver<bool>) {
    look_every(LOOK_EVERY, all, stopping).await;
}

async fn look_every(
    pause: Duration,
    all: Vec<Arc<Certificates>>,
    mut stopping: watch::Receiver<bool>,
) {
    while !*stopping.borrow() {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.changed() => continue,
        }
        for certificates in &all {
            let (key, looked_at) = (certificates.keys.certificate, Arc::clone(certificates));
            match tokio::task::spawn_blocking(move || looked_at.refresh()).await {
                Ok(Ok(true)) => info!(key, "read a new certificate"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    error!(error = %error, "a new certificate cannot be used; the old one stays");
                }
                Err(error) => error!(error = %error, "certificates cannot be looked at"),
            }
        }
    }
}

fn read(files: &TlsFiles, keys: TlsKeys) -> Result<CertifiedKey, CertificateError> {
    let unsuitable = |key, path: &Path, what: &str| CertificateError::Unsuitable {
        key,
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_reader_iter(open(keys.certificate, &files.certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|_| unsuitable(keys.certificate, &files.certificate, "is not PEM"))?;
    if chain.is_empty() {
        let what = "holds no certificate";
        return Err(unsuitable(keys.certificate, &files.certificate, what));
    }
    let key = PrivateKeyDer::from_pem_reader(open(keys.key, &files.key)?)
        .map_err(|_| unsuitable(keys.key, &files.key, "holds no private key in PEM"))?;
    CertifiedKey::from_der(chain, key, &super::provider())
        .map_err(|error| unsuitable(keys.key, &files.key, &error.to_string()))
}

fn open(key: &'static str, path: &Path) -> Result<BufReader<File>, CertificateError> {
    let unreadable = |source| CertificateError::Unreadable {
        key,
        path: path.to_owned(),
        source,
    };
    File::open(path).map(BufReader::new).map_err(unreadable)
}

fn marks(files: &TlsFiles) -> [Mark; 2] {
    [&files.certificate, &files.key].map(|path| {
        let file = std::fs::metadata(path).ok()?;
        // The last: rights that were repaired make it readable.
        let changed = (file.ctime(), file.ctime_nsec());
        Some((
            file.ino(),
            file.len(),
            (file.mtime(), file.mtime_nsec()),
            changed,
        ))
    })
}

#[cfg(test)]
mod tests;

//! Why a keystore does not open. Each error is one line that names the file and the remedy.

use std::io;
use std::path::PathBuf;

use crate::epoch::Epoch;
use crate::purpose::Purpose;

/// An error of the keystore; `sealpost` ends with exit code 78.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// A file or folder is not there.
    #[error("{} is missing; restore it from the key backup, or run `sealpost init` for a new installation", .0.display())]
    Missing(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Group or others have rights.
    #[error("{} is open to other users (mode {mode:04o}); run `chmod {wanted:04o}` on it, and replace the key if others could have read it", path.display())]
    Permissions {
        /// Which file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What it should be.
        wanted: u32,
    },
    /// Owned by neither this process's user nor root.
    #[error("{} belongs to user {owner}, not to the user this program runs as; run `chown` on it", path.display())]
    Owner {
        /// Which file.
        path: PathBuf,
        /// The numeric user id.
        owner: u32,
    },
    /// The file is not what its name says.
    #[error("{} is not a whole key file: {why}; restore it from the key backup", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Sealed under another root secret, or changed.
    #[error("{} was sealed under another root secret, or was changed; use the root secret that belongs to this keystore", .0.display())]
    WrongRoot(PathBuf),
    /// Two files hold one key.
    #[error("{} holds the same key as another file; remove one of the copies from the folder", .0.display())]
    Duplicate(PathBuf),
    /// A purpose has no key that may seal.
    #[error("{} has no active {purpose} key; restore the key files from the key backup", folder.display())]
    NoActiveKey {
        /// The keystore's folder.
        folder: PathBuf,
        /// Which purpose.
        purpose: Purpose,
    },
    /// The gateway has not cut the share keys of a month.
    #[error(
        "there is no share key for grants that end in {0}; the gateway cuts them ahead, check that it runs and can write the keystore"
    )]
    NoShareKey(Epoch),
    /// The share key of a month is gone while a later one is there.
    #[error("{} has lost the share key of {epoch}; restore it from the key backup, or every message that can be opened until then is lost", folder.display())]
    LostShareKey {
        /// The keystore's folder.
        folder: PathBuf,
        /// The month.
        epoch: Epoch,
    },
    /// `init` found keys or a root secret.
    #[error("{} exists already; nothing was changed", .0.display())]
    Exists(PathBuf),
}

impl KeystoreError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::Missing(path),
            io::ErrorKind::AlreadyExists => Self::Exists(path),
            _ => Self::Io { path, source },
        }
    }
}

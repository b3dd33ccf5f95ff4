//! Why a keystore does not open. Each error is one line that names the file and the remedy.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::epoch::Epoch;
use crate::keyring::Unlawful;
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
    /// A purpose has no key that may seal.
    #[error("{} has no active {purpose} key; restore it from the key backup", path.display())]
    NoActiveKey {
        /// The ring's file.
        path: PathBuf,
        /// Which purpose.
        purpose: Purpose,
    },
    /// The share key of a month is gone while a later one is there.
    #[error("{} has lost the share key of {epoch}; restore it from the key backup, or every message that can be opened until then is lost", path.display())]
    LostShareKey {
        /// The ring's file.
        path: PathBuf,
        /// The month.
        epoch: Epoch,
    },
    /// The clock says that a key is yet to be made.
    #[error("{} holds a key of {made_at}, and the clock says {now}; set the clock, keys and messages end by it", path.display())]
    ClockBehind {
        /// The ring's file.
        path: PathBuf,
        /// When the key was made or changed.
        made_at: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// A ring that is older than the one a process holds, or than the record of key acts.
    #[error("{} is older (generation {found}) than the ring that was in use (generation {known}): keys that records need may be missing; put the newer one back, or restore `acts.jsonl` from the same backup if it is lost", path.display())]
    OlderRing {
        /// The ring's file.
        path: PathBuf,
        /// Its generation.
        found: u64,
        /// The one in memory.
        known: u64,
    },
    /// The viewer's credential where the root secret is needed.
    #[error(
        "{0} holds the viewer's credential, which opens the viewer's keys only; this needs the root secret"
    )]
    ViewerCredential(String),
    /// systemd has not handed over the credential.
    #[error(
        "the systemd credential {0} is not there; the unit needs `LoadCredentialEncrypted={0}:…`, and the program must be started by systemd"
    )]
    NoCredential(String),
    /// The passphrase cannot be had.
    #[error("{} needs a passphrase: {source}", path.display())]
    NoPassphrase {
        /// The file it opens.
        path: PathBuf,
        /// Why there is none.
        source: io::Error,
    },
    /// The passphrase is another one.
    #[error("{} does not open with this passphrase; try again, or bring the root secret back from its parts", .0.display())]
    WrongPassphrase(PathBuf),
    /// A new passphrase is too short.
    #[error(
        "the passphrase is too short: it needs {} characters, six random words are a good one",
        crate::custody::MIN_PASSPHRASE
    )]
    WeakPassphrase,
    /// The record of key acts is not whole.
    #[error("{}: {why}; it was changed after it was written, keep it as evidence", path.display())]
    BrokenRecord {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A reason that the record of key acts does not take.
    #[error(
        "the reason is too long: {} octets are the most; shorten it",
        crate::acts::LONGEST_REASON
    )]
    LongReason,
    /// The record of key acts is gone.
    #[error("{} is missing: without the record of key acts nobody can say whether the ring is the newest; restore it from the key backup", .0.display())]
    NoRecord(PathBuf),
    /// The ring has not changed since it could not be read.
    #[error("{0}")]
    StillUnreadable(String),
    /// A change that no state allows.
    #[error(transparent)]
    Unlawful(Unlawful),
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

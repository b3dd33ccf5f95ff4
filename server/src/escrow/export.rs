//! The gateway side: one message as a folder that opens elsewhere. No key of ours is needed, and
//! nothing in the folder opens without an offline one.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use seal::{ContentId, MessageId, Profile};
use store::{ContentKind, Store, StoreError};

use super::{GRANT_FILE, MESSAGE_FILE, README_FILE, VIEW_FILE};

/// Octets that are read from the store at once.
const READ_AT_ONCE: usize = 1 << 20;
const README: &str = include_str!("../../templates/escrow/README.txt");

/// Why a message is not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// No such record.
    #[error("there is no such message")]
    Unknown,
    /// Relayed only.
    #[error("this message was relayed, not held; there is nothing sealed of it here")]
    NotHeld,
    /// Its files are destroyed.
    #[error(
        "the time of this message is over, or it was withdrawn; its sealed files are destroyed"
    )]
    Over,
    /// Sealed without escrow.
    #[error(
        "this message has no escrow grant: escrow.recipients named no key when it came, so nobody but its recipients can open it"
    )]
    NoGrant,
    /// A file is there already, or cannot be written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message that has all that a bundle needs.
#[derive(Debug)]
pub struct Exportable {
    message: MessageId,
    profile: Profile,
    files: [(&'static str, ContentId, u64); 3],
}

impl Exportable {
    /// Looks the message up, and refuses one that has no bundle.
    pub async fn find(store: &impl Store, message: MessageId) -> Result<Self, ExportError> {
        let record = store.message(message).await?.ok_or(ExportError::Unknown)?;
        let profile = record.profile.ok_or(ExportError::NotHeld)?;
        let file = |name, kind| record.content(kind).map(|(id, size)| (name, id, size));
        let sealed = file(MESSAGE_FILE, ContentKind::Message).ok_or(ExportError::Over)?;
        let view = file(VIEW_FILE, ContentKind::View).ok_or(ExportError::Over)?;
        let grant = file(GRANT_FILE, ContentKind::Escrow).ok_or(ExportError::NoGrant)?;
        Ok(Self {
            message,
            profile,
            files: [sealed, view, grant],
        })
    }

    /// Octets of all sealed files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|(_, _, size)| size).sum()
    }

    /// Writes the bundle into a new folder, of this user alone. What is half written when it fails
    /// is removed again.
    pub async fn write(&self, store: &impl Store, folder: &Path) -> Result<(), ExportError> {
        let made = DirBuilder::new().mode(0o700).create(folder);
        made.map_err(failed(folder))?;
        let written = self.fill(store, folder).await;
        if written.is_err() {
            // The cause is what the operator needs to hear.
            let _ = std::fs::remove_dir_all(folder);
        }
        written
    }

    async fn fill(&self, store: &impl Store, folder: &Path) -> Result<(), ExportError> {
        for (name, id, size) in self.files {
            let path = folder.join(name);
            let mut file = new_file(&path)?;
            let mut done = 0;
            while done < size {
                let octets = store.read(id, done, READ_AT_ONCE).await;
                let octets = octets.map_err(|error| match error {
                    // Its time ran out between two reads.
                    StoreError::NotFound => ExportError::Over,
                    error => error.into(),
                })?;
                if octets.is_empty() {
                    return Err(StoreError::Damaged(format!("content {id}")).into());
                }
                file.write_all(&octets).map_err(failed(&path))?;
                done += octets.len() as u64;
            }
            file.sync_all().map_err(failed(&path))?;
        }
        let path = folder.join(README_FILE);
        let age = match self.profile {
            Profile::Hybrid => "1.3 or newer",
            Profile::X25519 => "1.0 or newer",
        };
        let text = README
            .replace("{message}", &self.message.to_string())
            .replace("{age}", age);
        new_file(&path)?
            .write_all(text.as_bytes())
            .map_err(failed(&path))
    }
}

fn new_file(path: &Path) -> Result<std::fs::File, ExportError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ExportError {
    let path = path.to_owned();
    |source| ExportError::File { path, source }
}

//! What can go wrong with a store, and whose fault it is.

use std::io;

/// An error of the store. Its text names records by id only.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No room on the disk, or no free inode: worth another try later.
    #[error("the store has no room")]
    NoRoom,
    /// Another process holds the store, or it is shutting down.
    #[error("the store cannot be reached now")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A commit or fsync failed; the process must stop (promise D7).
    #[error("a commit failed; the store stops")]
    Fatal(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A record cannot be read as what it should be.
    #[error("a stored record is damaged: {0}")]
    Damaged(String),
    /// The store on disk was written by a newer program.
    #[error("the store has format {found}; this program reads up to {known}")]
    TooNew {
        /// The format on disk.
        found: u32,
        /// The newest format this program reads.
        known: u32,
    },
    /// What was named is not there (any more).
    #[error("not found")]
    NotFound,
    /// A task's payload is longer than [`crate::PAYLOAD_OCTETS`].
    #[error("a task's payload is too long")]
    PayloadTooLong,
    /// A record with this id is there already.
    #[error("a record with this id is there already")]
    Exists,
    /// Nothing may be written under this key any more: it is about to be destroyed.
    #[error("key {0} is closed; read the keystore again and use its newest key")]
    KeyClosed(seal::KeyId),
}

impl From<io::Error> for StoreError {
    /// For whoever streams into a [`crate::ContentWriter`]: a full disk is told from other faults.
    fn from(error: io::Error) -> Self {
        match is_no_room(&error) {
            true => Self::NoRoom,
            false => Self::Unavailable(Some(Box::new(error))),
        }
    }
}

/// Whether a disk or a quota is full.
pub(crate) fn is_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

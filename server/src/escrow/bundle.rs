//! The offline side: a folder that was exported, opened with the organisation's identity.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use seal::{EscrowGrant, Identity, MAX_GRANT, MessageId};

use super::{GRANT_FILE, MESSAGE_FILE, VIEW_FILE};
use crate::open::{Letter, OpenFailure};

/// The three sealed files of a bundle.
pub struct Bundle {
    grant: Vec<u8>,
    view: Vec<u8>,
    message: Vec<u8>,
}

/// Why a bundle is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file is missing or cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Wrong key or damage: who cannot open the grant cannot tell them apart (promise K2).
    #[error(
        "{GRANT_FILE} does not open: it is for another key than those in the identity file, or it is damaged; nothing was written"
    )]
    Grant,
    /// The grant is whole, and the other files are not what it is for.
    #[error(
        "the bundle is damaged, changed, or put together of two messages; nothing was written. Export the message again"
    )]
    Damaged,
}

impl Bundle {
    /// Reads the files of a folder.
    pub fn read(folder: &Path) -> Result<Self, BundleError> {
        let read = |name: &str, most: u64| {
            let path = folder.join(name);
            let mut octets = Vec::new();
            let read = File::open(&path).and_then(|file| file.take(most).read_to_end(&mut octets));
            match read {
                Ok(_) => Ok(octets),
                Err(source) => Err(BundleError::File { path, source }),
            }
        };
        Ok(Self {
            // One octet more than a grant has, so that a longer one is seen to be one.
            grant: read(GRANT_FILE, MAX_GRANT as u64 + 1)?,
            view: read(VIEW_FILE, u64::MAX)?,
            message: read(MESSAGE_FILE, u64::MAX)?,
        })
    }

    /// Opens the grant, and with it view and content, which must agree with it and each other.
    pub fn open(&self, offline: &[Identity]) -> Result<(MessageId, Letter), BundleError> {
        let grant = EscrowGrant::open(offline, &self.grant).map_err(|_| BundleError::Grant)?;
        let letter = Letter::open(
            &grant.identity,
            &grant.message.to_string(),
            grant.profile.as_str(),
            &self.view,
            &self.message,
        );
        match letter {
            Ok(letter) => Ok((grant.message, letter)),
            Err(OpenFailure::File { path, source }) => Err(BundleError::File { path, source }),
            Err(_) => Err(BundleError::Damaged),
        }
    }
}

//! Keys with a purpose, a version and an end; and the root secret that seals them on disk.
//!
//! The keystore knows nothing of mail. A key of one purpose cannot be used for another: purposes
//! are types. Key files lie in one folder, sealed by a root secret that lies elsewhere; whoever
//! has only the folder has nothing (DESIGN §4).
//!
//! At start everything is read and checked once. A missing, wrong, short, readable-by-others or
//! duplicate key stops the program with one line that names file and remedy; no key is ever made
//! silently (promise K7). The one routine creation is [`cut_share_keys`], which cuts the `share`
//! keys of coming months ahead of time and says so.

mod epoch;
mod error;
mod folder;
mod identities;
mod key_file;
mod purpose;
mod ring;
mod root;
mod share;

use std::path::Path;

pub use epoch::Epoch;
pub use error::KeystoreError;
pub use folder::{KeyFacts, cut_share_keys, init, inventory};
pub use identities::{OpeningIdentities, Reply, Spool};
pub use key_file::KeyState;
pub use purpose::{AeadPurpose, Lookup, MacPurpose, Metadata, Outbox, Passcode, Purpose, Session};
pub use ring::{KeyError, MacRing, Ring};
pub use root::RootSecret;
pub use seal::Place;
pub use share::ShareRing;

/// What the viewer's process holds. It cannot name spool, outbox or reply keys.
pub struct ViewerKeys {
    /// Opens and seals server shares.
    pub share: ShareRing,
    /// Opens and seals what is personal in records.
    pub metadata: Ring<Metadata>,
    /// Indexes addresses and tokens.
    pub lookup: MacRing<Lookup>,
    /// Checks passcodes.
    pub passcode: MacRing<Passcode>,
    /// Authenticates sessions and form tokens.
    pub session: MacRing<Session>,
}

/// What the gateway's process holds.
pub struct GatewayKeys {
    /// Opens and seals server shares.
    pub share: ShareRing,
    /// Opens and seals what is personal in records.
    pub metadata: Ring<Metadata>,
    /// Indexes addresses and tokens.
    pub lookup: MacRing<Lookup>,
    /// Makes verifiers of passcodes.
    pub passcode: MacRing<Passcode>,
    /// Authenticates sessions and form tokens.
    pub session: MacRing<Session>,
    /// Link secrets that wait for their notice.
    pub outbox: Ring<Outbox>,
    /// Relay copies.
    pub spool: OpeningIdentities<Spool>,
    /// Secure replies; the public half goes into views.
    pub reply: OpeningIdentities<Reply>,
}

impl ViewerKeys {
    /// Opens the five purposes of the viewer.
    pub fn open(folder: &Path, root: RootSecret) -> Result<Self, KeystoreError> {
        let keys = folder::read(folder, &root)?;
        Ok(Self {
            metadata: Ring::collect(folder, &keys)?,
            lookup: MacRing::collect(folder, &keys)?,
            passcode: MacRing::collect(folder, &keys)?,
            session: MacRing::collect(folder, &keys)?,
            share: ShareRing::collect(folder, root, &keys)?,
        })
    }
}

impl GatewayKeys {
    /// Opens every purpose.
    pub fn open(folder: &Path, root: RootSecret) -> Result<Self, KeystoreError> {
        let keys = folder::read(folder, &root)?;
        // Nothing signs with it yet; that it is lost must be told at the start all the same (K7).
        ring::of_purpose(folder, &keys, Purpose::Audit)?;
        Ok(Self {
            metadata: Ring::collect(folder, &keys)?,
            lookup: MacRing::collect(folder, &keys)?,
            passcode: MacRing::collect(folder, &keys)?,
            session: MacRing::collect(folder, &keys)?,
            outbox: Ring::collect(folder, &keys)?,
            spool: OpeningIdentities::collect(folder, &keys)?,
            reply: OpeningIdentities::collect(folder, &keys)?,
            share: ShareRing::collect(folder, root, &keys)?,
        })
    }
}

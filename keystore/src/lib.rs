//! Keys with a purpose, an age and an end; and the root secret that seals them on disk.
//!
//! The keystore knows nothing of mail. A key of one purpose cannot be used for another: purposes
//! are types. All keys lie in one file, sealed by a root secret that lies elsewhere; whoever has
//! only the file has nothing (DESIGN §4). What a state of a key allows, and which step may follow
//! which, is in [`lifecycle`].
//!
//! At start everything is read and checked. A missing, cut, changed, foreign or readable ring or
//! root secret stops the program with one line that names file and remedy; no key is ever made
//! silently (promise K7). The one routine creation is [`Folder::cut_share_keys`], which cuts the
//! `share` keys of coming months ahead of time and says so.

mod acts;
mod custody;
mod epoch;
mod error;
mod files;
mod folder;
mod identities;
mod in_hand;
mod keyring;
mod labels;
pub mod lifecycle;
mod live;
mod nodes;
mod purpose;
mod ring;
mod ring_file;
mod schedule;
mod secret;
mod share;
mod split;
mod vault;

use std::sync::Arc;

pub use acts::{Act, ActLine, Actor};
pub use custody::{
    AskPassphrase, Credential, Custody, FileCustody, MIN_PASSPHRASE, Passphrase, PassphraseCustody,
    RootSecret, SystemdCustody, ViewerSecret,
};
pub use epoch::Epoch;
pub use error::KeystoreError;
pub use folder::{Folder, KeyFacts, facts};
pub use identities::{OpeningIdentities, Published, Reply, Spool};
pub use in_hand::KeysInHand;
pub use keyring::{Keyring, Rotation, Unlawful};
pub use lifecycle::{KeyState, StillNeeded, Unneeded};
pub use live::{LiveKeys, Presence};
pub use nodes::{Node, SAYS_EVERY, SILENT_AFTER};
pub use purpose::{
    AeadPurpose, Holder, Lookup, MacPurpose, Metadata, Outbox, Passcode, Purpose, Session,
};
pub use ring::{KeyError, MacRing, Ring};
pub use ring_file::{OwnsRing, RingSecrets};
pub use schedule::{Due, Periods, due};
pub use seal::Place;
pub use share::ShareRing;
pub use split::{FEWEST, MOST, SplitError, combine, split};
pub use vault::Memory;

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
    /// Link secrets that wait for their notice.
    pub outbox: Ring<Outbox>,
    /// Relay copies.
    pub spool: OpeningIdentities<Spool>,
    /// Secure replies; the public half goes into views.
    pub reply: OpeningIdentities<Reply>,
}

impl ViewerKeys {
    /// The five purposes of the viewer.
    pub fn of(live: &Arc<LiveKeys>) -> Self {
        Self {
            share: ShareRing::new(live),
            metadata: Ring::new(live),
            lookup: MacRing::new(live),
            passcode: MacRing::new(live),
            session: MacRing::new(live),
        }
    }
}

impl GatewayKeys {
    /// Every purpose that the gateway works with; `None` when the process was given the viewer's
    /// credential only.
    pub fn of(live: &Arc<LiveKeys>) -> Option<Self> {
        live.is_gateway().then(|| Self {
            share: ShareRing::new(live),
            metadata: Ring::new(live),
            lookup: MacRing::new(live),
            passcode: MacRing::new(live),
            outbox: Ring::new(live),
            spool: OpeningIdentities::new(live),
            reply: OpeningIdentities::new(live),
        })
    }
}

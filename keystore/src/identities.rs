//! age identities that the gateway opens with: relay copies and secure replies.

use std::marker::PhantomData;
use std::sync::Arc;

use seal::{Identity, KeyId, Recipient};

use crate::live::LiveKeys;
use crate::purpose::{Purpose, Sealed};

/// [`Purpose::Spool`] as a type.
pub enum Spool {}
/// [`Purpose::Reply`] as a type.
pub enum Reply {}

/// A public half, and as it is written down: making that text takes longer than wrapping a share.
pub struct Published {
    /// To seal to.
    pub recipient: Recipient,
    /// `age1pq1…`
    pub text: String,
}

impl Published {
    pub(crate) fn of(recipient: Recipient) -> Self {
        Self {
            text: recipient.to_string(),
            recipient,
        }
    }
}

impl Sealed for Spool {
    const PURPOSE: Purpose = Purpose::Spool;
}
impl Sealed for Reply {
    const PURPOSE: Purpose = Purpose::Reply;
}

/// The identities of one purpose: the newest active one is published, every one that is kept
/// opens.
pub struct OpeningIdentities<P> {
    live: Arc<LiveKeys>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: Sealed> OpeningIdentities<P> {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            purpose: PhantomData,
        }
    }

    /// The public half to seal to now, with its key id.
    pub fn recipient(&self) -> (KeyId, Arc<Published>) {
        let loaded = self.live.loaded();
        let key = loaded
            .sealing(P::PURPOSE, None)
            .expect("a ring without an active key is not loaded");
        let recipient = key.recipient.clone();
        (
            key.id,
            recipient.expect("an active identity has its public half"),
        )
    }

    /// The identity of a key id, if it is kept. To be dropped after use: it is not in the vault.
    pub fn identity(&self, id: KeyId) -> Option<Identity> {
        self.live.find(|loaded| {
            let key = loaded.find(P::PURPOSE, id)?;
            Some(loaded.identity(key))
        })
    }

    /// Every identity that is kept, the newest first. To be dropped after use.
    pub fn all(&self) -> Vec<Identity> {
        let loaded = self.live.loaded();
        loaded
            .of_purpose(P::PURPOSE)
            .map(|key| loaded.identity(key))
            .collect()
    }
}

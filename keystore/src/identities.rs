//! age identities that the gateway opens with: relay copies and secure replies.

use std::marker::PhantomData;
use std::path::Path;

use seal::{Identity, KeyId, Recipient};

use crate::error::KeystoreError;
use crate::key_file::Key;
use crate::purpose::{Purpose, Sealed};
use crate::ring::of_purpose;

/// [`Purpose::Spool`] as a type.
pub enum Spool {}
/// [`Purpose::Reply`] as a type.
pub enum Reply {}

impl Sealed for Spool {
    const PURPOSE: Purpose = Purpose::Spool;
}
impl Sealed for Reply {
    const PURPOSE: Purpose = Purpose::Reply;
}

/// The identities of one purpose: the newest active one is published, every one that is kept
/// opens.
pub struct OpeningIdentities<P> {
    identities: Vec<(KeyId, Identity)>,
    recipient: Recipient,
    purpose: PhantomData<fn() -> P>,
}

impl<P: Sealed> OpeningIdentities<P> {
    pub(crate) fn collect(folder: &Path, keys: &[Key]) -> Result<Self, KeystoreError> {
        let identities: Vec<(KeyId, Identity)> = of_purpose(folder, keys, P::PURPOSE)?
            .into_iter()
            .map(|key| (key.id, key.identity()))
            .collect();
        let recipient = identities[0].1.to_public();
        Ok(Self {
            identities,
            recipient,
            purpose: PhantomData,
        })
    }

    /// The public half to seal to now, with its key id.
    pub fn recipient(&self) -> (KeyId, &Recipient) {
        (self.identities[0].0, &self.recipient)
    }

    /// The identity of a key id, if it is kept.
    pub fn identity(&self, id: KeyId) -> Option<&Identity> {
        self.identities
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, identity)| identity)
    }

    /// Every identity that is kept, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter().map(|(_, identity)| identity)
    }
}

//! Keyrings by purpose: the newest active key seals, every key that is kept opens.

use std::marker::PhantomData;
use std::sync::Arc;

use ring::hmac;
use seal::{KeyId, Place, Random, push_length_prefixed};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::live::{LiveKeys, Loaded};
use crate::purpose::{AeadPurpose, MacPurpose};

/// Why a wrapped value was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It was sealed under a key that this process does not hold (any more).
    #[error("key {0} is not in the keystore")]
    Unknown(KeyId),
    /// It was changed, cut, moved, or is no wrapped value.
    #[error("the wrapped value does not open")]
    Refused,
    /// There is no key to seal with.
    #[error("there is no share key for grants that end in {0}")]
    NoEpoch(Epoch),
}

/// AEAD keys of one purpose.
pub struct Ring<P> {
    live: Arc<LiveKeys>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: AeadPurpose> Ring<P> {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            purpose: PhantomData,
        }
    }

    /// Wraps a value for its place, under the newest active key.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        let loaded = self.live.loaded();
        let key = loaded
            .sealing(P::PURPOSE, None)
            .expect("a ring without an active key is not loaded");
        let wrapped = loaded.wrap_key(key).seal(place, plaintext, random);
        seal::wipe_stack();
        wrapped
    }

    /// Opens a wrapped value in its place.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.live.open_wrapped(P::PURPOSE, place, wrapped)
    }
}

/// HMAC-SHA-256 keys of one purpose.
pub struct MacRing<P> {
    live: Arc<LiveKeys>,
    /// One generation of the keys, for what must be under one key.
    pinned: Option<Arc<Loaded>>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: MacPurpose> MacRing<P> {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            pinned: None,
            purpose: PhantomData,
        }
    }

    /// The same ring as it is now, whatever becomes of it: all tags of one record are then under
    /// one key. To be dropped with the record.
    pub fn pinned(&self) -> Self {
        self.live.look_again();
        Self {
            live: Arc::clone(&self.live),
            pinned: Some(self.loaded()),
            purpose: PhantomData,
        }
    }

    /// Whether this process works with the newest keys: what is not found under them is not there.
    pub fn is_up_to_date(&self) -> bool {
        self.live.look_again()
    }

    fn loaded(&self) -> Arc<Loaded> {
        self.pinned.clone().unwrap_or_else(|| self.live.loaded())
    }

    /// `HMAC(key, lp(purpose) ‖ lp(part) ‖ …)` under the newest active key.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.tag_with_key(parts).1
    }

    /// The same with the id of the key, for records that outlive a rotation.
    pub fn tag_with_key(&self, parts: &[&[u8]]) -> (KeyId, [u8; 32]) {
        let loaded = self.loaded();
        let key = loaded
            .sealing(P::PURPOSE, None)
            .expect("a ring without an active key is not loaded");
        let tag = sign(&loaded.mac_key(key), &Self::input(parts));
        (key.id, tag)
    }

    /// The tags under every key that is kept, the newest active one first: what was indexed under
    /// any of them is found.
    pub fn tags(&self, parts: &[&[u8]]) -> Vec<(KeyId, [u8; 32])> {
        let input = Self::input(parts);
        // What is looked up is not found under a key that this process has yet to read, and nothing
        // would tell it so.
        if self.pinned.is_none() {
            self.live.look_again();
        }
        let loaded = self.loaded();
        loaded
            .of_purpose(P::PURPOSE)
            .map(|key| (key.id, sign(&loaded.mac_key(key), &input)))
            .collect()
    }

    /// Whether a tag was made over these parts by any key that is kept; in constant time per key.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8; 32]) -> bool {
        let input = Self::input(parts);
        let fits = |loaded: &Loaded| {
            loaded
                .of_purpose(P::PURPOSE)
                .any(|key| hmac::verify(&loaded.mac_key(key), &input, tag).is_ok())
                .then_some(())
        };
        let verified = self.live.find(fits).is_some();
        seal::wipe_stack();
        verified
    }

    fn input(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        let mut input = Zeroizing::new(Vec::with_capacity(256));
        push_length_prefixed(&mut input, P::PURPOSE.as_str().as_bytes());
        parts
            .iter()
            .for_each(|part| push_length_prefixed(&mut input, part));
        input
    }
}

fn sign(key: &hmac::Key, input: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(key, input).as_ref());
    seal::wipe_stack();
    out
}

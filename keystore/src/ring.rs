//! Keyrings by purpose: the newest active key seals, every key that is kept opens.

use std::marker::PhantomData;
use std::sync::Arc;

use ring::hmac;
use seal::{KeyId, Place, Random, WrapKey, push_length_prefixed};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::live::{LiveKeys, Loaded, LoadedKey, mac_key_of};
use crate::purpose::{AeadPurpose, MacPurpose, Purpose};

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
    /// The key to seal with, out of its vault for as long as one piece of work lasts. On the heap,
    /// which is wiped.
    pinned: Option<Box<WrapKey>>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: AeadPurpose> Ring<P> {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            pinned: None,
            purpose: PhantomData,
        }
    }

    /// The same ring with its newest active key in hand.
    pub(crate) fn with(&self, key: Box<WrapKey>) -> Self {
        Self {
            live: Arc::clone(&self.live),
            pinned: Some(key),
            purpose: PhantomData,
        }
    }

    fn newest(&self) -> WrapKey {
        let loaded = self.live.loaded();
        loaded.wrap_key(sealing(&loaded, P::PURPOSE))
    }

    /// Wraps a value for its place, under the newest active key.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        if let Some(key) = &self.pinned {
            return key.seal(place, plaintext, random);
        }
        let wrapped = self.newest().seal(place, plaintext, random);
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
    /// All keys as they were at one moment, out of their vault, for work whose tags must be under
    /// one key.
    pinned: Option<Pinned>,
    purpose: PhantomData<fn() -> P>,
}

pub(crate) struct Pinned {
    /// On the heap, which is wiped. In the order in which they are asked.
    keys: Vec<(KeyId, hmac::Key)>,
    /// The place of the one that makes tags.
    newest: usize,
}

/// The newest active key of a purpose that has one at any time.
pub(crate) fn sealing(loaded: &Loaded, purpose: Purpose) -> &LoadedKey {
    let key = loaded.sealing(purpose, None);
    key.expect("a ring without an active key is not loaded")
}

impl Pinned {
    fn of<P: MacPurpose>(loaded: &Loaded) -> Self {
        let about: Vec<_> = loaded.of_purpose(P::PURPOSE).collect();
        let keys = loaded.each(&about, |key, secret| (key.id, mac_key_of(secret)));
        Self::new(keys, sealing(loaded, P::PURPOSE).id)
    }

    pub(crate) fn new(keys: Vec<(KeyId, hmac::Key)>, newest: KeyId) -> Self {
        let newest = keys.iter().position(|(id, _)| *id == newest);
        Self {
            keys,
            newest: newest.expect("the key that seals is one of those that are kept"),
        }
    }

    fn tags(&self, input: &[u8]) -> Vec<(KeyId, [u8; 32])> {
        let tags = self.keys.iter();
        tags.map(|(id, key)| (*id, sign(key, input))).collect()
    }
}

impl<P: MacPurpose> MacRing<P> {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            pinned: None,
            purpose: PhantomData,
        }
    }

    /// The same ring as it is in hand, whatever becomes of it: all tags of one record are then under
    /// one key.
    pub(crate) fn with(&self, keys: Pinned) -> Self {
        Self {
            live: Arc::clone(&self.live),
            pinned: Some(keys),
            purpose: PhantomData,
        }
    }

    pub(crate) fn live(&self) -> &Arc<LiveKeys> {
        &self.live
    }

    /// Whether this process works with the newest keys: what is not found under them is not there.
    pub fn is_up_to_date(&self) -> bool {
        self.live.look_again()
    }

    /// `HMAC(key, lp(purpose) ‖ lp(part) ‖ …)` under the newest active key.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.tag_with_key(parts).1
    }

    /// The same with the id of the key, for records that outlive a rotation.
    pub fn tag_with_key(&self, parts: &[&[u8]]) -> (KeyId, [u8; 32]) {
        let input = Self::input(parts);
        if let Some(Pinned { keys, newest }) = &self.pinned {
            let (id, key) = &keys[*newest];
            return (*id, sign(key, &input));
        }
        let loaded = self.live.loaded();
        let key = sealing(&loaded, P::PURPOSE);
        let tag = sign(&loaded.mac_key(key), &input);
        seal::wipe_stack();
        (key.id, tag)
    }

    /// The tags under every key that is kept, the newest active one first: what was indexed under
    /// any of them is found.
    pub fn tags(&self, parts: &[&[u8]]) -> Vec<(KeyId, [u8; 32])> {
        let input = Self::input(parts);
        if let Some(pinned) = &self.pinned {
            return pinned.tags(&input);
        }
        // What is looked up is not found under a key that this process has yet to read, and nothing
        // would tell it so.
        self.live.look_again();
        let tags = Pinned::of::<P>(&self.live.loaded()).tags(&input);
        seal::wipe_stack();
        tags
    }

    /// Whether a tag was made over these parts by any key that is kept; in constant time per key.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8; 32]) -> bool {
        let input = Self::input(parts);
        let fits = |loaded: &Loaded| {
            let mut keys = Pinned::of::<P>(loaded).keys.into_iter();
            keys.any(|(_, key)| hmac::verify(&key, &input, tag).is_ok())
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
    out
}

//! Keyrings: the newest active key seals, every key that is kept opens.

use std::marker::PhantomData;
use std::path::Path;

use ring::hmac;
use seal::{KeyId, Place, Random, WrapKey, push_length_prefixed, wrapped_key_id};
use zeroize::Zeroizing;

use crate::error::KeystoreError;
use crate::key_file::{Key, KeyState};
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
    NoEpoch(crate::epoch::Epoch),
}

/// Keys of one purpose, the one to seal with first.
pub(crate) fn of_purpose<'a>(
    folder: &Path,
    keys: &'a [Key],
    purpose: Purpose,
) -> Result<Vec<&'a Key>, KeystoreError> {
    let mut found: Vec<&'a Key> = keys.iter().filter(|key| key.purpose == purpose).collect();
    found.sort_by_key(|key| {
        (
            key.state != KeyState::Active,
            std::cmp::Reverse((key.created_at, key.id)),
        )
    });
    match found.first() {
        Some(first) if first.state == KeyState::Active => Ok(found),
        _ => Err(KeystoreError::NoActiveKey {
            folder: folder.into(),
            purpose,
        }),
    }
}

/// AEAD keys of one purpose.
pub struct Ring<P> {
    keys: Vec<WrapKey>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: AeadPurpose> Ring<P> {
    pub(crate) fn collect(folder: &Path, keys: &[Key]) -> Result<Self, KeystoreError> {
        let keys = of_purpose(folder, keys, P::PURPOSE)?
            .into_iter()
            .map(|key| WrapKey::new(key.id, P::PURPOSE.as_str(), &key.secret))
            .collect();
        Ok(Self {
            keys,
            purpose: PhantomData,
        })
    }

    /// Wraps a value for its place, under the newest active key.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        self.keys[0].seal(place, plaintext, random)
    }

    /// Opens a wrapped value in its place.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let id = wrapped_key_id(wrapped).ok_or(KeyError::Refused)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.id() == id)
            .ok_or(KeyError::Unknown(id))?;
        key.open(place, wrapped).map_err(|_| KeyError::Refused)
    }
}

/// HMAC-SHA-256 keys of one purpose.
pub struct MacRing<P> {
    keys: Vec<hmac::Key>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: MacPurpose> MacRing<P> {
    pub(crate) fn collect(folder: &Path, keys: &[Key]) -> Result<Self, KeystoreError> {
        let keys = of_purpose(folder, keys, P::PURPOSE)?
            .into_iter()
            .map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key.secret[..]))
            .collect();
        Ok(Self {
            keys,
            purpose: PhantomData,
        })
    }

    /// `HMAC(key, lp(purpose) ‖ lp(part) ‖ …)` under the newest active key.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(hmac::sign(&self.keys[0], &Self::input(parts)).as_ref());
        seal::wipe_stack();
        out
    }

    /// Whether a tag was made over these parts by any key that is kept; in constant time per key.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8; 32]) -> bool {
        let input = Self::input(parts);
        let verified = self
            .keys
            .iter()
            .any(|key| hmac::verify(key, &input, tag).is_ok());
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

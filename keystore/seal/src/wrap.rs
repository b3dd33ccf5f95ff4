//! Wraps at rest: ChaCha20-Poly1305 (RFC 8439) bound to a purpose and a place.
//!
//! `version ‖ key id ‖ nonce ‖ ciphertext and tag`; the associated data is in `FORMAT.md` §8
//! (promise K3). Nonces are random: one key may seal 2^32 values before the chance that two share
//! a nonce reaches 2^-33 (NIST SP 800-38D §8.3's bound); keys are rotated far earlier.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::digest::push_length_prefixed;
use crate::id::KeyId;
use crate::labels::WRAP;
use crate::random::Random;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 16 + NONCE_LEN;

/// Where a wrapped value stands. What was wrapped for one place opens in no other.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Record kind and field, such as `recipients.address`.
    pub field: &'a str,
    /// The record's id.
    pub record: &'a [u8; 16],
    /// Further associated data, may be empty.
    pub context: &'a [u8],
}

/// The one answer to whatever is wrong with a wrapped value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wrapped value does not open")]
pub struct WrapError;

/// One AEAD key with its id and purpose.
pub struct WrapKey {
    id: KeyId,
    purpose: &'static str,
    key: LessSafeKey,
}

impl WrapKey {
    /// A key of 32 octets, which the caller wipes.
    pub fn new(id: KeyId, purpose: &'static str, octets: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, octets).expect("the key has 32 octets");
        Self {
            id,
            purpose,
            key: LessSafeKey::new(key),
        }
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Wraps `plaintext` for `place`.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut out = Vec::with_capacity(HEADER + plaintext.len() + CHACHA20_POLY1305.tag_len());
        out.push(VERSION);
        out.extend_from_slice(self.id.as_bytes());
        out.extend_from_slice(&nonce);
        let mut body = plaintext.to_vec();
        let aad = Aad::from(self.associated_data(place));
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .expect("values at rest are far below the cipher's limit of 256 GiB");
        out.extend_from_slice(&body);
        out
    }

    /// Opens what [`WrapKey::seal`] made with this key for this place.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrapError> {
        if wrapped_key_id(wrapped) != Some(self.id) {
            return Err(WrapError);
        }
        let nonce = wrapped[HEADER - NONCE_LEN..HEADER]
            .try_into()
            .map_err(|_| WrapError)?;
        let aad = Aad::from(self.associated_data(place));
        let mut body = Zeroizing::new(wrapped[HEADER..].to_vec());
        let opened = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| WrapError)?
            .len();
        body.truncate(opened);
        Ok(body)
    }

    fn associated_data(&self, place: &Place<'_>) -> Vec<u8> {
        let mut data = Vec::new();
        push_length_prefixed(&mut data, WRAP);
        push_length_prefixed(&mut data, self.purpose.as_bytes());
        push_length_prefixed(&mut data, place.field.as_bytes());
        push_length_prefixed(&mut data, place.record);
        push_length_prefixed(&mut data, self.id.as_bytes());
        push_length_prefixed(&mut data, place.context);
        data.push(VERSION);
        data
    }
}

/// The id of the key that a value was wrapped with; `None` when it is no wrapped value.
pub fn wrapped_key_id(wrapped: &[u8]) -> Option<KeyId> {
    if wrapped.first() != Some(&VERSION) || wrapped.len() < HEADER + CHACHA20_POLY1305.tag_len() {
        return None;
    }
    wrapped[1..17].try_into().ok().map(KeyId::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn key(n: u8, purpose: &'static str) -> WrapKey {
        WrapKey::new(KeyId::from_bytes([n; 16]), purpose, &[n; 32])
    }

    const PLACE: Place<'_> = Place {
        field: "recipients.address",
        record: &[1; 16],
        context: b"",
    };

    /// Promise K3.
    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let random = SystemRandom::new();
        let wrapped = key(1, "metadata").seal(&PLACE, b"value", &random);
        assert_eq!(
            key(1, "metadata")
                .open(&PLACE, &wrapped)
                .as_ref()
                .map(|v| v.as_slice()),
            Ok(&b"value"[..])
        );
        for place in [
            Place {
                field: "messages.sender",
                ..PLACE
            },
            Place {
                record: &[2; 16],
                ..PLACE
            },
            Place {
                context: b"x",
                ..PLACE
            },
        ] {
            assert_eq!(key(1, "metadata").open(&place, &wrapped), Err(WrapError));
        }
        assert_eq!(
            key(1, "outbox").open(&PLACE, &wrapped),
            Err(WrapError),
            "another purpose"
        );
        assert_eq!(
            key(2, "metadata").open(&PLACE, &wrapped),
            Err(WrapError),
            "another key"
        );
    }

    /// Promise K2.
    #[test]
    fn no_flipped_bit_and_no_truncation_opens() {
        let wrapped = key(1, "metadata").seal(&PLACE, b"value", &SystemRandom::new());
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert_eq!(
                key(1, "metadata").open(&PLACE, &changed),
                Err(WrapError),
                "octet {at}"
            );
            assert_eq!(
                key(1, "metadata").open(&PLACE, &wrapped[..at]),
                Err(WrapError),
                "cut {at}"
            );
        }
    }
}

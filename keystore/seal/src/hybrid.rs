//! age's native post-quantum hybrid: the `mlkem768x25519` recipient and identity.
//!
//! Source: [C2SP age](https://c2sp.org/age), "The mlkem768x25519 recipient type": HPKE (RFC 9180,
//! draft-ietf-hpke-pq) in base mode with KEM MLKEM768-X25519 (X-Wing, 0x647a), KDF HKDF-SHA-256,
//! AEAD ChaCha20-Poly1305, info `age-encryption.org/mlkem768x25519`, no associated data. The
//! stanza is `-> mlkem768x25519 base64(enc)` with the sealed file key as its body. The identity is
//! the 32-octet seed.
//!
//! Sealed here (`xwing`, `base_mode`), opened by the hpke crate: two implementations that have to
//! agree on every file (decision 0029). The age crate has no such type yet; when it has, this goes.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use age::{DecryptError, EncryptError};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable, OpModeR};
use ring::agreement;
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use crate::labels::{AGE_HYBRID_INFO, AGE_HYBRID_TAG, AGE_POST_QUANTUM};
use crate::xwing::{
    self, Encapsulated, MLKEM_CIPHERTEXT, MLKEM_PUBLIC, NoRandomness, X25519_SHARE,
};
use crate::{base_mode, bech};

const PUBLIC_PREFIX: &str = "age1pq";
const SECRET_PREFIX: &str = "age-secret-key-pq-";
/// Octets of a sealed file key.
const BODY: usize = FILE_KEY_BYTES + 16;

/// A text that is no hybrid recipient or identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an age mlkem768x25519 key")]
pub struct HybridKeyError;

/// The public half of a hybrid identity, `age1pq1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct HybridRecipient(xwing::PublicKey);

/// The public half in the hands of who has just made the identity, and what makes sealing to it
/// cheaper. As secret as the identity: to be dropped when the files are sealed.
pub struct OwnHybridRecipient(xwing::OwnKey);

/// A hybrid identity, `AGE-SECRET-KEY-PQ-1…`.
pub struct HybridIdentity {
    seed: Zeroizing<[u8; 32]>,
}

impl HybridIdentity {
    /// From its 32-octet seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            seed: Zeroizing::new(*seed),
        }
    }

    /// The public half.
    pub fn to_public(&self) -> HybridRecipient {
        HybridRecipient(xwing::public_of(&self.seed))
    }

    /// The public half for sealing by the one who has the identity.
    pub fn to_own(&self) -> OwnHybridRecipient {
        OwnHybridRecipient(xwing::OwnKey::of(&self.seed))
    }

    /// The text that stock age reads from an identity file.
    pub fn to_secret_string(&self) -> SecretString {
        bech::encode_secret(SECRET_PREFIX, &self.seed[..])
    }

    fn private(&self) -> <XWing as Kem>::PrivateKey {
        Deserializable::from_bytes(&self.seed[..]).expect("a seed of 32 octets is a private key")
    }
}

impl FromStr for HybridIdentity {
    type Err = HybridKeyError;

    fn from_str(text: &str) -> Result<Self, HybridKeyError> {
        let mut octets = bech::decode(SECRET_PREFIX, text).ok_or(HybridKeyError)?;
        let seed = octets.as_slice().try_into().map(Zeroizing::new);
        octets.zeroize();
        Ok(Self {
            seed: seed.map_err(|_| HybridKeyError)?,
        })
    }
}

impl age::Identity for HybridIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != AGE_HYBRID_TAG {
            return None;
        }
        let [argument] = stanza.args.as_slice() else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        let Some(encapsulated) = encapsulated_key(argument) else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        if stanza.body.len() != BODY {
            return Some(Err(DecryptError::InvalidHeader));
        }
        // A stanza that does not open is one for somebody else, not an error (C2SP age).
        let mut opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.private(),
            &encapsulated,
            AGE_HYBRID_INFO,
            &stanza.body,
            &[],
        )
        .ok()?;
        let file_key = FileKey::try_init_with_mut(|key| {
            key.copy_from_slice(&opened);
            Ok::<(), DecryptError>(())
        });
        opened.zeroize();
        Some(file_key)
    }
}

fn encapsulated_key(argument: &str) -> Option<<XWing as Kem>::EncappedKey> {
    let octets = BASE64_STANDARD_NO_PAD.decode(argument).ok()?;
    if octets.len() != MLKEM_CIPHERTEXT + X25519_SHARE || is_low_order(&octets[MLKEM_CIPHERTEXT..])
    {
        return None;
    }
    Deserializable::from_bytes(&octets).ok()
}

/// Whether an X25519 share is a point of small order: ring refuses an agreement whose outcome is
/// all zero (RFC 7748 §6.1), and that is so for these points with whatever private key. X-Wing
/// itself does not look; age requires it.
fn is_low_order(share: &[u8]) -> bool {
    let random = ring::rand::SystemRandom::new();
    let Ok(ours) = agreement::EphemeralPrivateKey::generate(&agreement::X25519, &random) else {
        return true;
    };
    let theirs = agreement::UnparsedPublicKey::new(&agreement::X25519, share);
    agreement::agree_ephemeral(ours, &theirs, |_| ()).is_err()
}

impl age::Recipient for HybridRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        wrap(file_key, self.0.encapsulate())
    }
}

impl age::Recipient for OwnHybridRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        wrap(file_key, self.0.encapsulate())
    }
}

fn wrap(
    file_key: &FileKey,
    encapsulated: Result<Encapsulated, NoRandomness>,
) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
    let encapsulated =
        encapsulated.map_err(|error| EncryptError::Io(std::io::Error::other(error)))?;
    let stanza = Stanza {
        tag: AGE_HYBRID_TAG.to_owned(),
        args: vec![BASE64_STANDARD_NO_PAD.encode(encapsulated.ciphertext)],
        body: base_mode::seal_once(
            &encapsulated.shared,
            AGE_HYBRID_INFO,
            file_key.expose_secret(),
        ),
    };
    Ok((vec![stanza], HashSet::from([AGE_POST_QUANTUM.to_owned()])))
}

impl FromStr for HybridRecipient {
    type Err = HybridKeyError;

    fn from_str(text: &str) -> Result<Self, HybridKeyError> {
        let octets = bech::decode(PUBLIC_PREFIX, text).ok_or(HybridKeyError)?;
        if octets.len() != MLKEM_PUBLIC + X25519_SHARE || is_low_order(&octets[MLKEM_PUBLIC..]) {
            return Err(HybridKeyError);
        }
        let public = xwing::PublicKey::from_bytes(&octets);
        public.map(Self).ok_or(HybridKeyError)
    }
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech::encode(PUBLIC_PREFIX, &self.0.to_bytes()))
    }
}

impl fmt::Debug for HybridRecipient {
    /// A message identity's public half is not to be logged: it would link copies of one message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HybridRecipient(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let identity = HybridIdentity::from_seed(&[7; 32]);
        let text = identity.to_secret_string();
        let again: HybridIdentity = text.expose_secret().parse().expect("identity");
        assert_eq!(again.to_public(), identity.to_public());
        let public = identity.to_public().to_string();
        assert!(public.starts_with("age1pq1"));
        assert_eq!(public.parse::<HybridRecipient>(), Ok(identity.to_public()));
    }

    #[test]
    fn a_recipient_with_a_low_order_share_is_refused() {
        let mut octets = HybridIdentity::from_seed(&[7; 32]).to_public().0.to_bytes();
        octets[MLKEM_PUBLIC..].fill(0);
        let text = bech::encode(PUBLIC_PREFIX, &octets);
        assert_eq!(text.parse::<HybridRecipient>(), Err(HybridKeyError));
    }

    #[test]
    fn what_is_sealed_here_by_either_way_the_other_implementation_opens() {
        use age::Identity;
        let file_key = || FileKey::init_with_mut(|key| key.fill(9));
        for n in 0..20 {
            let identity = HybridIdentity::from_seed(&[n; 32]);
            let ways: [&dyn age::Recipient; 2] = [&identity.to_public(), &identity.to_own()];
            for way in ways {
                let (stanzas, labels) = way.wrap_file_key(&file_key()).expect("randomness");
                assert!(labels.contains(AGE_POST_QUANTUM));
                let opened = identity
                    .unwrap_stanza(&stanzas[0])
                    .expect("it is for this one");
                let opened = opened.expect("a whole stanza");
                assert_eq!(opened.expose_secret(), file_key().expose_secret());
                let other = HybridIdentity::from_seed(&[n + 100; 32]);
                assert!(other.unwrap_stanza(&stanzas[0]).is_none());
            }
        }
    }

    #[test]
    fn truncated_foreign_and_mixed_case_texts_are_refused() {
        let public = HybridIdentity::from_seed(&[7; 32]).to_public().to_string();
        for text in [
            "",
            "age1pq1",
            &public[..public.len() - 1],
            &public.replacen('a', "A", 1),
        ] {
            assert_eq!(
                text.parse::<HybridRecipient>(),
                Err(HybridKeyError),
                "{text}"
            );
        }
        assert!(public.parse::<HybridIdentity>().is_err());
    }
}

//! HPKE in base mode, the sealing half: one message under one shared secret.
//!
//! Source: RFC 9180 §5.1 (key schedule) and §6.1, for the one suite of age's hybrid recipient: KEM
//! 0x647a (MLKEM768-X25519), KDF 0x0001 (HKDF-SHA-256), AEAD 0x0003 (ChaCha20-Poly1305), no PSK.
//! The KEM's shared secret comes in, from `xwing`.
//!
//! ```text
//! Extract(salt, label, ikm) = HMAC(salt, "HPKE-v1" ‖ suite ‖ label ‖ ikm)
//! Expand(prk, label, info, n) = first n of HMAC(prk, n as u16 ‖ "HPKE-v1" ‖ suite ‖ label ‖ info ‖ 0x01)
//! context = 0x00 ‖ Extract("", "psk_id_hash", "") ‖ Extract("", "info_hash", info)
//! secret  = Extract(shared, "secret", "")
//! sealed  = AEAD(Expand(secret, "key", context, 32), Expand(secret, "base_nonce", context, 12))
//! ```

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

const SUITE: &[u8; 10] = b"HPKE\x64\x7a\x00\x01\x00\x03";
const VERSION: &[u8; 7] = b"HPKE-v1";
/// No pre-shared key.
const MODE_BASE: [u8; 1] = [0];

/// Octets that a derivation gives: one block of HKDF, cut by who needs fewer.
type Block = Zeroizing<[u8; 32]>;

/// Seals the first and only message of a context; nothing is associated with it.
pub(crate) fn seal_once(shared: &[u8; 32], info: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let psk_id_hash = extract(&[], b"psk_id_hash", &[]);
    let info_hash = extract(&[], b"info_hash", info);
    let context = [&MODE_BASE[..], &psk_id_hash[..], &info_hash[..]].concat();
    let secret = extract(shared, b"secret", &[]);
    let key = expand(&secret, b"key", &context, 32);
    let base_nonce = expand(&secret, b"base_nonce", &context, NONCE_LEN as u16);
    // The sequence number is 0, so the base nonce is the nonce.
    let nonce = Nonce::try_assume_unique_for_key(&base_nonce[..NONCE_LEN]);
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key[..]).expect("the key has 32 octets");
    // Room for the tag: a buffer that grows leaves a copy behind.
    let mut sealed = Vec::with_capacity(plaintext.len() + CHACHA20_POLY1305.tag_len());
    sealed.extend_from_slice(plaintext);
    LessSafeKey::new(key)
        .seal_in_place_append_tag(
            nonce.expect("the nonce has its length"),
            Aad::empty(),
            &mut sealed,
        )
        .expect("far below the cipher's limit");
    sealed
}

fn extract(salt: &[u8], label: &[u8], ikm: &[u8]) -> Block {
    mac(salt, &[VERSION, SUITE, label, ikm])
}

fn expand(prk: &Block, label: &[u8], info: &[u8], length: u16) -> Block {
    let length = length.to_be_bytes();
    mac(&prk[..], &[&length, VERSION, SUITE, label, info, &[1]])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Block {
    let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    let mut block = Zeroizing::new([0; 32]);
    block.copy_from_slice(context.sign().as_ref());
    block
}

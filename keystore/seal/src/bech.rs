//! Bech32 texts of age keys (BIP 173, without its limit of 90 symbols, as C2SP age has it).

use bech32::{FromBase32, ToBase32, Variant};
use secrecy::SecretString;
use zeroize::Zeroize;

/// Lower-case text of a public key.
pub(crate) fn encode(prefix: &str, octets: &[u8]) -> String {
    bech32::encode(prefix, octets.to_base32(), Variant::Bech32).expect("our prefixes are valid")
}

/// Upper-case text of a secret key. The library's own intermediate symbols are not wiped.
pub(crate) fn encode_secret(prefix: &str, octets: &[u8]) -> SecretString {
    let mut text = encode(prefix, octets);
    let upper = SecretString::from(text.to_ascii_uppercase());
    text.zeroize();
    upper
}

/// The octets behind a text with this prefix, in one case.
pub(crate) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    match bech32::decode(text) {
        Ok((found, symbols, Variant::Bech32)) if found == prefix => Vec::from_base32(&symbols).ok(),
        _ => None,
    }
}

//! The address that seals whatever is sent to it: `reply+TOKEN@` our domain.
//!
//! A secure reply carries it as Reply-To, so that the sender's answer is sealed even when the tag
//! was deleted. The token is 128 random bits; the store keeps a keyed hash to find it by, and the
//! token itself only sealed.

use keystore::{Lookup, MacRing};
use mail::{Address, Domain};
use seal::{Handle, Random};

const PREFIX: &str = "reply+";
const INDEX: &[u8] = b"reply token";

/// A fresh token, as text.
pub fn generate(random: &dyn Random) -> String {
    Handle::generate(random).to_string()
}

/// The local part of a token's address.
pub fn local_part(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// The token in an address, if it is one of our reply addresses. Mail systems may change the case
/// of a local part, and tokens do not depend on it.
pub fn of_address(address: &Address, own_domain: &Domain) -> Option<String> {
    if address.domain() != own_domain {
        return None;
    }
    let local = address.local().to_ascii_lowercase();
    let handle: Handle = local.strip_prefix(PREFIX)?.parse().ok()?;
    Some(handle.to_string())
}

/// What the store finds the token by.
pub fn index(keys: &MacRing<Lookup>, token: &str) -> [u8; 32] {
    keys.tag(&[INDEX, token.as_bytes()])
}

/// The same under every key that is kept, the newest first: a token in an old mail is still found.
pub fn indexes(keys: &MacRing<Lookup>, token: &str) -> Vec<[u8; 32]> {
    let tags = keys.tags(&[INDEX, token.as_bytes()]);
    tags.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use seal::SystemRandom;

    use super::*;

    #[test]
    fn a_token_comes_back_from_its_address_in_any_case() {
        let domain: Domain = "secure.example.org".parse().expect("domain");
        let token = generate(&SystemRandom::new());
        let text = format!(
            "{}@Secure.Example.ORG",
            local_part(&token).to_ascii_uppercase()
        );
        let address: Address = text.parse().expect("address");
        assert_eq!(of_address(&address, &domain), Some(token.clone()));
        for other in [
            format!("{token}@secure.example.org"),
            format!("reply+{token}x@secure.example.org"),
            format!("reply+{token}@example.org"),
            "reply+@secure.example.org".to_owned(),
        ] {
            let address: Address = other.parse().expect("address");
            assert_eq!(of_address(&address, &domain), None, "{other}");
        }
    }
}

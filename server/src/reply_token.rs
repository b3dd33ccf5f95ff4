//! The address that seals whatever is sent to it, `reply+TOKEN@` our domain, and the one that
//! notices come back to, `bounce+TOKEN@`.
//!
//! A secure reply carries the first as Reply-To, so that the sender's answer is sealed even when the
//! tag was deleted. The token is 128 random bits; the store keeps a keyed hash to find it by, and
//! the token itself only sealed.
//!
//! The bounce token is a hash of the reply token, so that one keyed hash finds both: whoever sees
//! notices cannot make the address out of it that mail is sealed for (decision 0016).

use keystore::{Lookup, MacRing};
use mail::{Address, Domain};
use seal::{Handle, Random};

const PREFIX: &str = "reply+";
const BOUNCE_PREFIX: &str = "bounce+";
const BOUNCE: &[u8] = b"sealpost/v1 bounce token";
const INDEX: &[u8] = b"reply token";

/// A fresh token, as text.
pub fn generate(random: &dyn Random) -> String {
    Handle::generate(random).to_string()
}

/// The local part of a token's address.
pub fn local_part(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// The bounce token that belongs to a reply token.
pub fn bounce_token(token: &str) -> String {
    let digest = seal::sha256_of(&[BOUNCE, token.as_bytes()]);
    let mut octets = [0; 16];
    octets.copy_from_slice(&digest[..16]);
    Handle::from_bytes(octets).to_string()
}

/// The local part of the address that a recipient's notices come back to.
pub fn bounce_local_part(token: &str) -> String {
    format!("{BOUNCE_PREFIX}{}", bounce_token(token))
}

/// The bounce token in an address, if it is one of our bounce addresses.
pub fn bounce_of_address(address: &Address, own_domain: &Domain) -> Option<String> {
    token_of(address, own_domain, BOUNCE_PREFIX)
}

/// The token in an address, if it is one of our reply addresses. Mail systems may change the case
/// of a local part, and tokens do not depend on it.
pub fn of_address(address: &Address, own_domain: &Domain) -> Option<String> {
    token_of(address, own_domain, PREFIX)
}

fn token_of(address: &Address, own_domain: &Domain, prefix: &str) -> Option<String> {
    if address.domain() != own_domain {
        return None;
    }
    let local = address.local().to_ascii_lowercase();
    let handle: Handle = local.strip_prefix(prefix)?.parse().ok()?;
    Some(handle.to_string())
}

/// What the store finds the token by, and its bounce token.
pub fn index(keys: &MacRing<Lookup>, token: &str) -> [u8; 32] {
    keys.tag(&[INDEX, bounce_token(token).as_bytes()])
}

/// What the store finds a bounce token by, under every key that is kept.
pub fn bounce_indexes(keys: &MacRing<Lookup>, bounce_token: &str) -> Vec<[u8; 32]> {
    let tags = keys.tags(&[INDEX, bounce_token.as_bytes()]);
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// The same under every key that is kept, the newest first: a token in an old mail is still found.
pub fn indexes(keys: &MacRing<Lookup>, token: &str) -> Vec<[u8; 32]> {
    let mut indexes = bounce_indexes(keys, &bounce_token(token));
    // Before there were bounce tokens the hash was of the token itself.
    let tags = keys.tags(&[INDEX, token.as_bytes()]);
    indexes.extend(tags.into_iter().map(|(_, tag)| tag));
    indexes
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

    #[test]
    fn a_bounce_address_is_not_a_reply_address_and_does_not_tell_it() {
        let domain: Domain = "secure.example.org".parse().expect("domain");
        let token = generate(&SystemRandom::new());
        let text = format!("{}@secure.example.org", bounce_local_part(&token));
        let address: Address = text.parse().expect("address");
        assert_eq!(of_address(&address, &domain), None);
        assert_eq!(
            bounce_of_address(&address, &domain),
            Some(bounce_token(&token))
        );
        assert_ne!(bounce_token(&token), token);
        let reply: Address = format!("{}@secure.example.org", local_part(&token))
            .parse()
            .expect("address");
        assert_eq!(bounce_of_address(&reply, &domain), None);
    }
}

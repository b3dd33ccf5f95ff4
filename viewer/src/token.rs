//! The secret in a browser's cookie, the cookie, and the CSRF value that belongs to it.
//!
//! The store knows a token by its SHA-256 only, so a stolen database opens no session. There is one
//! cookie per handle: who reads two messages in one browser has two sessions that do not touch.

use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use keystore::{MacRing, Session};
use seal::{Handle, Random, sha256_of};
use zeroize::Zeroizing;

/// First part of what the CSRF value is computed over; the session key has no other use.
const CSRF: &[u8] = b"csrf";

/// 32 random octets.
pub(crate) struct Token(Zeroizing<[u8; 32]>);

impl Token {
    /// A fresh one.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut octets = Zeroizing::new([0; 32]);
        random.fill(&mut octets[..]);
        Self(octets)
    }

    /// From a cookie's value; `None` for anything that we never wrote.
    pub(crate) fn from_cookie(value: &str) -> Option<Self> {
        let octets = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(value).ok()?);
        octets
            .as_slice()
            .try_into()
            .ok()
            .map(|octets| Self(Zeroizing::new(octets)))
    }

    /// What the store knows it by.
    pub(crate) fn digest(&self) -> [u8; 32] {
        sha256_of(&[&self.0[..]])
    }

    /// What a page must send back to change anything in this session.
    pub(crate) fn csrf(&self, ring: &MacRing<Session>) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(ring.tag(&[CSRF, &self.0[..]]))
    }

    /// Whether `claimed` is this session's CSRF value; in constant time.
    pub(crate) fn csrf_fits(&self, ring: &MacRing<Session>, claimed: &str) -> bool {
        let octets = BASE64_URL_SAFE_NO_PAD.decode(claimed).ok();
        let tag = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok());
        tag.is_some_and(|tag| ring.verify(&[CSRF, &self.0[..]], &tag))
    }

    /// The cookie that hands it to the browser of `handle`.
    ///
    /// It has no lifetime of its own: it goes when the browser does, and the store ends the session
    /// however long a browser keeps it (promise A7).
    pub(crate) fn into_cookie(self, handle: &Handle) -> Cookie<'static> {
        cookie(handle, BASE64_URL_SAFE_NO_PAD.encode(&self.0[..]))
    }
}

/// The cookie that makes a browser forget its token for `handle`.
pub(crate) fn removal(handle: &Handle) -> Cookie<'static> {
    let mut cookie = cookie(handle, String::new());
    cookie.make_removal();
    cookie
}

/// `__Host-` keeps other hosts of the same domain from planting one; the suffix tells the handles
/// apart without showing them.
pub(crate) fn cookie_name(handle: &Handle) -> String {
    let digest = sha256_of(&[b"sealpost cookie", handle.as_bytes()]);
    let mut front = [0; 16];
    front.copy_from_slice(&digest[..16]);
    // A handle's text is the Crockford text of its octets: eight symbols are the digest's first 40
    // bits.
    let symbols = Handle::from_bytes(front).to_string();
    format!("__Host-sealpost-{}", &symbols[..8])
}

fn cookie(handle: &Handle, value: String) -> Cookie<'static> {
    Cookie::build(cookie_name(handle), value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn a_cookie_is_host_bound_secure_http_only_and_strict() {
        let handle = Handle::from_bytes([7; 16]);
        let cookie = Token::generate(&Fixed(1)).into_cookie(&handle);
        let expected = format!(
            "{}=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE; HttpOnly; SameSite=Strict; Secure; Path=/",
            cookie_name(&handle)
        );
        assert_eq!(cookie.to_string(), expected);
        assert!(cookie_name(&handle).starts_with("__Host-sealpost-"));
        assert_eq!(cookie_name(&handle).len(), "__Host-sealpost-".len() + 8);
    }

    #[test]
    fn every_handle_has_its_own_cookie() {
        let names: std::collections::HashSet<_> = (0..=255)
            .map(|n| cookie_name(&Handle::from_bytes([n; 16])))
            .collect();
        assert_eq!(names.len(), 256);
    }

    #[test]
    fn a_removal_carries_the_attributes_without_which_browsers_ignore_it() {
        let text = removal(&Handle::from_bytes([7; 16])).to_string();
        for part in ["; Secure", "; Path=/", "; Max-Age=0", "=;"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn only_values_that_we_could_have_written_are_tokens() {
        let good = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        assert!(Token::from_cookie(good).is_some());
        for bad in [
            "",
            "AQ",
            "AQEB AQEB",
            &format!("{good}="),
            &format!("{good}AA"),
            &good[1..],
        ] {
            assert!(Token::from_cookie(bad).is_none(), "{bad}");
        }
    }
}

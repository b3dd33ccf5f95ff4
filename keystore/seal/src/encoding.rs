//! Base64url of 32-octet secrets, strict.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// RFC 4648 §5 without padding.
pub(crate) fn base64url(octets: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}

/// Exactly `N` octets, no padding, no stray bits.
pub(crate) fn from_base64url<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let octets = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?);
    octets.as_slice().try_into().map(Zeroizing::new).ok()
}

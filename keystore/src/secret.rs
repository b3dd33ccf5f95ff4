//! 32 secret octets on their way between a file and the vault.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hkdf::{HKDF_SHA256, Salt};
use seal::Random;
use zeroize::Zeroizing;

/// A secret that cannot be printed and is wiped when dropped.
pub(crate) struct Octets(Box<Zeroizing<[u8; 32]>>);

impl Octets {
    /// Fresh ones.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut octets = Box::new(Zeroizing::new([0; 32]));
        random.fill(&mut octets[..]);
        Self(octets)
    }

    /// A copy, which the caller wipes on its side.
    pub(crate) fn copy_of(octets: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*octets)))
    }

    /// From a slice, when it has 32 octets.
    pub(crate) fn from_slice(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self::copy_of)
    }

    /// The octets.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HKDF-SHA-256 (RFC 5869) with an empty salt; `info` says what for.
    pub(crate) fn derive(&self, info: &[u8]) -> Self {
        let key = Salt::new(HKDF_SHA256, &[]).extract(&self.0[..]);
        let mut out = Box::new(Zeroizing::new([0; 32]));
        key.expand(&[info], HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut out[..]))
            .expect("32 octets are one block of HKDF-SHA-256");
        seal::wipe_stack();
        Self(out)
    }

    /// `PREFIX base64url`, one line.
    pub(crate) fn to_text(&self, prefix: &str) -> Zeroizing<String> {
        let encoded = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(&self.0[..]));
        Zeroizing::new(format!("{prefix} {}\n", encoded.as_str()))
    }

    /// Reads what [`Octets::to_text`] wrote; says in words what is wrong with it.
    pub(crate) fn from_text(prefix: &str, text: &str) -> Result<Self, String> {
        let encoded = text
            .trim_end_matches(['\n', '\r'])
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or_else(|| format!("it does not begin with {prefix}"))?;
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(encoded).map(Zeroizing::new);
        let octets = decoded.map_err(|_| "the secret is not base64url".to_owned())?;
        Self::from_slice(&octets).ok_or_else(|| "the secret does not have 32 octets".to_owned())
    }
}

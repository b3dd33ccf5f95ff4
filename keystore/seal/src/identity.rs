//! Message identities: made, used once, forgotten.

use std::fmt;
use std::str::FromStr;

use age_core::format::{FileKey, Stanza};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::bech;
use crate::hybrid::{HybridIdentity, HybridRecipient, OwnHybridRecipient};
use crate::profile::Profile;
use crate::random::Random;

/// The 32 octets behind a message identity. They live for the milliseconds of sealing.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Fresh octets.
    pub fn generate(random: &dyn Random) -> Self {
        let mut octets = Zeroizing::new([0; 32]);
        random.fill(&mut octets[..]);
        Self(octets)
    }

    /// From its octets, which the caller wipes.
    pub fn from_bytes(octets: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*octets))
    }

    /// The octets.
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An age identity of either profile.
pub enum Identity {
    /// `AGE-SECRET-KEY-PQ-1…`
    Hybrid(HybridIdentity),
    /// `AGE-SECRET-KEY-1…`
    X25519(Box<age::x25519::Identity>),
}

/// An age recipient of either profile.
#[derive(Clone)]
pub enum Recipient {
    /// `age1pq1…`
    Hybrid(Box<HybridRecipient>),
    /// `age1…`
    X25519(age::x25519::Recipient),
}

/// The public half of an identity in the hands of who has made it, for sealing at once. As secret
/// as the identity.
pub enum OwnRecipient {
    /// Costs less than the public half alone.
    Hybrid(Box<OwnHybridRecipient>),
    /// The public half.
    X25519(age::x25519::Recipient),
}

/// A text that is no age key of the two kinds known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an age key of a known kind")]
pub struct KeyTextError;

impl Identity {
    /// The identity of a seed.
    pub fn from_seed(profile: Profile, seed: &Seed) -> Self {
        match profile {
            Profile::Hybrid => Self::Hybrid(HybridIdentity::from_seed(&seed.0)),
            Profile::X25519 => {
                let text = bech::encode_secret("age-secret-key-", &seed.0[..]);
                let identity = text.expose_secret().parse();
                Self::X25519(Box::new(
                    identity.expect("32 octets are an X25519 identity"),
                ))
            }
        }
    }

    /// The public half.
    pub fn to_public(&self) -> Recipient {
        match self {
            Self::Hybrid(identity) => Recipient::Hybrid(Box::new(identity.to_public())),
            Self::X25519(identity) => Recipient::X25519(identity.to_public()),
        }
    }

    /// The public half for sealing by the one who has the identity.
    pub fn to_own(&self) -> OwnRecipient {
        match self {
            Self::Hybrid(identity) => OwnRecipient::Hybrid(Box::new(identity.to_own())),
            Self::X25519(identity) => OwnRecipient::X25519(identity.to_public()),
        }
    }

    /// Its kind.
    pub fn profile(&self) -> Profile {
        match self {
            Self::Hybrid(_) => Profile::Hybrid,
            Self::X25519(_) => Profile::X25519,
        }
    }

    /// The text that stock age reads from an identity file.
    pub fn to_secret_string(&self) -> SecretString {
        match self {
            Self::Hybrid(identity) => identity.to_secret_string(),
            Self::X25519(identity) => {
                let text = identity.to_string();
                SecretString::from(text.expose_secret().to_owned())
            }
        }
    }
}

impl Recipient {
    /// Whether it is of the post-quantum kind.
    pub fn is_hybrid(&self) -> bool {
        matches!(self, Self::Hybrid(_))
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        match self {
            Self::Hybrid(identity) => identity.unwrap_stanza(stanza),
            Self::X25519(identity) => identity.unwrap_stanza(stanza),
        }
    }
}

impl FromStr for Identity {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        if let Ok(identity) = text.parse() {
            return Ok(Self::Hybrid(identity));
        }
        text.parse()
            .map(|identity| Self::X25519(Box::new(identity)))
            .map_err(|_| KeyTextError)
    }
}

impl age::Recipient for Recipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), age::EncryptError> {
        match self {
            Self::Hybrid(recipient) => recipient.wrap_file_key(file_key),
            Self::X25519(recipient) => recipient.wrap_file_key(file_key),
        }
    }
}

impl age::Recipient for OwnRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), age::EncryptError> {
        match self {
            Self::Hybrid(recipient) => recipient.wrap_file_key(file_key),
            Self::X25519(recipient) => recipient.wrap_file_key(file_key),
        }
    }
}

impl FromStr for Recipient {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        if let Ok(recipient) = text.parse() {
            return Ok(Self::Hybrid(Box::new(recipient)));
        }
        text.parse().map(Self::X25519).map_err(|_| KeyTextError)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hybrid(recipient) => recipient.fmt(f),
            Self::X25519(recipient) => recipient.fmt(f),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

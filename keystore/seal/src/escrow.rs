//! The escrow grant: a message identity sealed to an organisation's offline keys.
//!
//! It is an ordinary age file whose plaintext is an ordinary identity file, so that stock age opens
//! a message with it and without us (`FORMAT.md` §9, promise K5). Whoever holds one of the offline
//! identities opens every message whose grant was sealed to it: that is its purpose.

use std::fmt::Write as _;
use std::io::Write;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::file::{OpenError, SealError, SealedFile, Sealer, open_with};
use crate::id::MessageId;
use crate::identity::{Identity, Recipient, Seed};
use crate::profile::Profile;

/// More keys than anybody keeps in safes, and a grant that still fits into [`MAX_GRANT`].
pub const MAX_ESCROW_RECIPIENTS: usize = 20;
/// No escrow grant has more octets.
pub const MAX_GRANT: usize = 64 * 1024;

const TITLE: &str = "# Sealpost escrow grant 1";
const MESSAGE: &str = "# message: ";
const SECRET_PREFIX: &str = "age-secret-key-";

/// The public keys that every escrow grant is sealed to; none when escrow is off.
#[derive(Debug, Clone, Default)]
pub struct EscrowKeys(Vec<Recipient>);

/// Why a list of public keys does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EscrowKeysError {
    /// Beyond [`MAX_ESCROW_RECIPIENTS`].
    #[error("names more than {MAX_ESCROW_RECIPIENTS} keys")]
    TooMany,
    /// The same key again.
    #[error("names a key twice")]
    Twice,
    /// age refuses this too: the weakest key would decide for all.
    #[error(
        "mixes post-quantum keys (age1pq1…) with classic ones (age1…); the weaker kind would decide for every message, so use one kind"
    )]
    Mixed,
}

impl EscrowKeys {
    /// From all keys of the configuration.
    pub fn new(recipients: Vec<Recipient>) -> Result<Self, EscrowKeysError> {
        if recipients.len() > MAX_ESCROW_RECIPIENTS {
            return Err(EscrowKeysError::TooMany);
        }
        let mut texts: Vec<String> = recipients.iter().map(ToString::to_string).collect();
        texts.sort();
        texts.dedup();
        if texts.len() < recipients.len() {
            return Err(EscrowKeysError::Twice);
        }
        let hybrid = recipients.iter().filter(|key| key.is_hybrid()).count();
        if hybrid != 0 && hybrid != recipients.len() {
            return Err(EscrowKeysError::Mixed);
        }
        Ok(Self(recipients))
    }

    /// Whether messages get an escrow grant.
    pub fn is_on(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the keys are of the classic kind.
    pub fn is_classic(&self) -> bool {
        self.0.iter().any(|key| !key.is_hybrid())
    }

    /// Seals the grant of one message. With no key it is an error, and nothing is written.
    pub fn seal<W: Write>(
        &self,
        message: MessageId,
        profile: Profile,
        seed: &Seed,
        output: W,
    ) -> Result<(W, SealedFile), SealError> {
        let identity = Identity::from_seed(profile, seed).to_secret_string();
        let mut text = Zeroizing::new(String::with_capacity(256));
        writeln!(
            text,
            "{TITLE}\n{MESSAGE}{message}\n{}",
            identity.expose_secret()
        )
        .expect("memory takes all");
        let mut sealer = Sealer::to_all(&self.0, output)?;
        sealer
            .write_all(text.as_bytes())
            .map_err(SealError::from_io)?;
        sealer.finish()
    }
}

/// What an opened escrow grant says.
pub struct EscrowGrant {
    /// The message it is for.
    pub message: MessageId,
    /// The kind of the identity.
    pub profile: Profile,
    /// Opens that message.
    pub identity: Identity,
}

impl EscrowGrant {
    /// Opens a grant with whichever of the offline identities fits.
    pub fn open(offline: &[Identity], sealed: &[u8]) -> Result<Self, OpenError> {
        if sealed.len() > MAX_GRANT {
            return Err(OpenError);
        }
        let text = Zeroizing::new(open_with(offline, sealed)?);
        let text = std::str::from_utf8(&text).map_err(|_| OpenError)?;
        Self::parse(text).ok_or(OpenError)
    }

    /// Exactly what [`EscrowKeys::seal`] writes, and nothing beside it.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let message = lines.next()?.strip_prefix(MESSAGE)?.parse().ok()?;
        let identity: Identity = lines.next()?.parse().ok()?;
        lines.next().is_none().then(|| Self {
            message,
            profile: identity.profile(),
            identity,
        })
    }
}

/// A fresh offline identity as the text of a file that stock age reads, and its public half. `made`
/// stands in a comment.
pub fn offline_identity(profile: Profile, seed: &Seed, made: &str) -> (SecretString, Recipient) {
    let identity = Identity::from_seed(profile, seed);
    let public = identity.to_public();
    let secret = identity.to_secret_string();
    let text = format!(
        "# created: {made}\n# public key: {public}\n{}\n",
        secret.expose_secret()
    );
    (SecretString::from(text), public)
}

/// Why a text is no identity file that opens a grant. It never has the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityFileError {
    /// Sealed itself.
    #[error("is sealed itself; open it first: age -d -o KEY.txt FILE")]
    Sealed,
    /// No identity of ours.
    #[error("line {0} is neither a comment nor an identity (AGE-SECRET-KEY-…)")]
    Line(usize),
    /// A public key.
    #[error("line {0} is a public key; the identity (AGE-SECRET-KEY-…) is needed here")]
    Public(usize),
    /// Comments only.
    #[error("holds no identity (AGE-SECRET-KEY-…)")]
    Empty,
}

/// The identities in a file of age's form: one a line, comments and empty lines between.
pub fn parse_identities(text: &str) -> Result<Vec<Identity>, IdentityFileError> {
    if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE ENCRYPTED") {
        return Err(IdentityFileError::Sealed);
    }
    let mut identities = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        identities.push(line.parse().map_err(|_| match Recipient::from_str(line) {
            Ok(_) => IdentityFileError::Public(n + 1),
            Err(_) => IdentityFileError::Line(n + 1),
        })?);
    }
    if identities.is_empty() {
        return Err(IdentityFileError::Empty);
    }
    Ok(identities)
}

/// Whether a text looks like an age identity, well-formed or not: nobody shall print it then.
pub fn looks_secret(text: &str) -> bool {
    let text = text.trim_start();
    text.get(..SECRET_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SECRET_PREFIX))
}

#[cfg(test)]
#[path = "escrow_tests.rs"]
mod tests;

//! Who holds the root secret, and what is made of it.
//!
//! The root secret is 32 random octets. From it are derived, by HKDF, what opens the viewer's
//! purposes and what opens the gateway's own. The viewer's process is given the former only
//! ([`ViewerSecret`]): with it outbox, spool, reply and audit keys cannot be opened, whatever else
//! that process can read (DESIGN §4).
//!
//! A custody is where a secret rests: a file, a file behind a passphrase, a systemd credential.
//! Hardware and cloud custodies come as further implementations of [`Custody`].

mod file;
mod passphrase;
mod systemd;

use seal::Random;
use zeroize::Zeroizing;

use crate::error::KeystoreError;
use crate::labels;
use crate::secret::Octets;

pub use file::FileCustody;
pub use passphrase::{AskPassphrase, MIN_PASSPHRASE, Passphrase, PassphraseCustody};
pub use systemd::SystemdCustody;

const ROOT_PREFIX: &str = "SEALPOST-ROOT-1";
const VIEWER_PREFIX: &str = "SEALPOST-VIEWER-1";

/// Where a secret rests.
pub trait Custody {
    /// Fetches it.
    fn unlock(&self) -> Result<Credential, KeystoreError>;

    /// Where it rests, in words for an operator; no secret.
    fn describe(&self) -> String;
}

/// What opens every key.
pub struct RootSecret(Octets);

/// What opens the viewer's purposes only.
pub struct ViewerSecret(Octets);

/// One of the two.
pub enum Credential {
    /// Opens every key.
    Root(RootSecret),
    /// Opens the viewer's purposes only.
    Viewer(ViewerSecret),
}

impl RootSecret {
    /// A fresh one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Octets::generate(random))
    }

    pub(crate) fn from_octets(octets: &[u8; 32]) -> Self {
        Self(Octets::copy_of(octets))
    }

    /// The text that custodies keep.
    pub fn expose_text(&self) -> Zeroizing<String> {
        self.0.to_text(ROOT_PREFIX)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// A public name: tells root secrets apart without showing them.
    pub fn id(&self) -> String {
        public_id(&self.0)
    }

    /// What the viewer's process is given.
    pub fn viewer(&self) -> ViewerSecret {
        ViewerSecret(self.0.derive(labels::VIEWER))
    }

    pub(crate) fn gateway(&self) -> RoleSecret {
        RoleSecret(self.0.derive(labels::GATEWAY))
    }
}

impl ViewerSecret {
    /// The text that custodies keep.
    pub fn expose_text(&self) -> Zeroizing<String> {
        self.0.to_text(VIEWER_PREFIX)
    }

    pub(crate) fn role(&self) -> RoleSecret {
        RoleSecret(Octets::copy_of(self.0.expose()))
    }
}

impl Credential {
    /// Reads the text of either.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        if text.starts_with(VIEWER_PREFIX) {
            let secret = Octets::from_text(VIEWER_PREFIX, text)?;
            return Ok(Self::Viewer(ViewerSecret(secret)));
        }
        Octets::from_text(ROOT_PREFIX, text).map(|secret| Self::Root(RootSecret(secret)))
    }

    /// The root secret, for what needs all of it.
    pub fn into_root(self, custody: &dyn Custody) -> Result<RootSecret, KeystoreError> {
        match self {
            Self::Root(root) => Ok(root),
            Self::Viewer(_) => Err(KeystoreError::ViewerCredential(custody.describe())),
        }
    }

    /// What opens the viewer's purposes.
    pub fn viewer(&self) -> ViewerSecret {
        match self {
            Self::Root(root) => root.viewer(),
            Self::Viewer(viewer) => ViewerSecret(Octets::copy_of(viewer.0.expose())),
        }
    }
}

/// What one role's section of the ring file is sealed and authenticated with.
pub(crate) struct RoleSecret(Octets);

impl RoleSecret {
    pub(crate) fn from_octets(octets: &[u8; 32]) -> Self {
        Self(Octets::copy_of(octets))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    pub(crate) fn wrap_key(&self) -> seal::WrapKey {
        let digest = seal::sha256_of(&[labels::ID, self.0.expose()]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        let secret = self.0.derive(labels::WRAP);
        seal::WrapKey::new(
            seal::KeyId::from_bytes(id),
            labels::WRAP_PURPOSE,
            secret.expose(),
        )
    }

    pub(crate) fn mac(&self, content: &[u8]) -> [u8; 32] {
        let tag = ring::hmac::sign(&self.mac_key(), content);
        let mut out = [0; 32];
        out.copy_from_slice(tag.as_ref());
        seal::wipe_stack();
        out
    }

    pub(crate) fn mac_fits(&self, content: &[u8], tag: &[u8]) -> bool {
        let fits = ring::hmac::verify(&self.mac_key(), content, tag).is_ok();
        seal::wipe_stack();
        fits
    }

    fn mac_key(&self) -> ring::hmac::Key {
        let secret = self.0.derive(labels::MAC);
        ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.expose())
    }
}

fn public_id(octets: &Octets) -> String {
    let digest = seal::sha256_of(&[labels::ID, octets.expose()]);
    seal::hex(&digest[..8])
}

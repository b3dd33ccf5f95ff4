//! One key on disk: a small TOML file whose secret is sealed by the root secret.
//!
//! Everything that stands beside the secret is associated data of its seal, so that a file cannot
//! be given another purpose, state or date by hand.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use seal::{KeyId, Place, Random, push_length_prefixed};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::purpose::{Kind, Purpose};
use crate::root::RootSecret;

const FORMAT: u32 = 1;
const FIELD: &str = "keystore.key";

/// Where a key stands in its life. The newest active key seals; active and retired keys open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Made, not yet known to every process: opens, does not seal.
    Pending,
    /// Seals and opens.
    Active,
    /// Opens only.
    Retired,
}

/// A key in memory.
pub(crate) struct Key {
    pub(crate) id: KeyId,
    pub(crate) purpose: Purpose,
    pub(crate) state: KeyState,
    pub(crate) created_at: Timestamp,
    /// The expiry epoch, of share keys only.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) secret: Zeroizing<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: u32,
    purpose: String,
    id: String,
    state: KeyState,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
    /// The public half of an age identity, for people who look.
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<String>,
    secret: String,
}

impl Key {
    /// A fresh, active key.
    pub(crate) fn generate(
        purpose: Purpose,
        epoch: Option<Epoch>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(&mut secret[..]);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self {
            id: KeyId::generate(millis, random),
            purpose,
            state: KeyState::Active,
            created_at: now,
            epoch,
            secret,
        }
    }

    /// `PURPOSE-ID.key`
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}.key", self.purpose, self.id)
    }

    /// The file's text, with the secret sealed.
    pub(crate) fn to_text(&self, root: &RootSecret, random: &dyn Random) -> String {
        let file = KeyFile {
            format: FORMAT,
            purpose: self.purpose.as_str().to_owned(),
            id: self.id.to_string(),
            state: self.state,
            created_at: self.created_at,
            epoch: self.epoch.map(|epoch| epoch.to_string()),
            public: self.public_text(),
            secret: String::new(),
        };
        let context = file.context();
        let place = Place {
            field: FIELD,
            record: self.id.as_bytes(),
            context: &context,
        };
        let sealed = root.wrap_key().seal(&place, &self.secret[..], random);
        let file = KeyFile {
            secret: BASE64_STANDARD.encode(sealed),
            ..file
        };
        toml::to_string(&file).expect("a flat table of texts is TOML")
    }

    /// Reads a file's text. `path` is for the errors, and its name must fit the content.
    pub(crate) fn from_text(
        path: &Path,
        text: &str,
        root: &RootSecret,
    ) -> Result<Self, KeystoreError> {
        let malformed = |why: &str| KeystoreError::Malformed {
            path: path.into(),
            why: why.into(),
        };
        let file: KeyFile = toml::from_str(text).map_err(|error| malformed(error.message()))?;
        if file.format != FORMAT {
            return Err(malformed("this program does not know its format"));
        }
        let purpose: Purpose = file
            .purpose
            .parse()
            .map_err(|()| malformed("its purpose is unknown"))?;
        let id: KeyId = file
            .id
            .parse()
            .map_err(|_| malformed("its id is no UUID"))?;
        let epoch = match (&file.epoch, purpose) {
            (Some(text), Purpose::Share) => Some(
                text.parse()
                    .map_err(|()| malformed("its epoch is no month"))?,
            ),
            (None, Purpose::Share) => return Err(malformed("a share key needs an epoch")),
            (None, _) => None,
            (Some(_), _) => return Err(malformed("only share keys have an epoch")),
        };
        let sealed = BASE64_STANDARD
            .decode(&file.secret)
            .map_err(|_| malformed("its secret is cut"))?;
        let context = file.context();
        let place = Place {
            field: FIELD,
            record: id.as_bytes(),
            context: &context,
        };
        let secret = root
            .wrap_key()
            .open(&place, &sealed)
            .map_err(|_| KeystoreError::WrongRoot(path.into()))?;
        let secret = secret
            .as_slice()
            .try_into()
            .map_err(|_| malformed("its secret has a wrong length"))?;
        let key = Self {
            id,
            purpose,
            state: file.state,
            created_at: file.created_at,
            epoch,
            secret: Zeroizing::new(secret),
        };
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name != key.file_name() {
            return Err(malformed("its name does not fit its purpose and id"));
        }
        Ok(key)
    }

    pub(crate) fn identity(&self) -> seal::Identity {
        let seed = seal::Seed::from_bytes(&self.secret);
        seal::Identity::from_seed(seal::Profile::Hybrid, &seed)
    }

    fn public_text(&self) -> Option<String> {
        (self.purpose.kind() == Kind::AgeIdentity).then(|| self.identity().to_public().to_string())
    }
}

impl KeyFile {
    fn context(&self) -> Vec<u8> {
        let state = match self.state {
            KeyState::Pending => "pending",
            KeyState::Active => "active",
            KeyState::Retired => "retired",
        };
        let mut context = Vec::new();
        push_length_prefixed(&mut context, self.purpose.as_bytes());
        push_length_prefixed(&mut context, state.as_bytes());
        push_length_prefixed(&mut context, self.created_at.to_string().as_bytes());
        push_length_prefixed(
            &mut context,
            self.epoch.as_deref().unwrap_or_default().as_bytes(),
        );
        push_length_prefixed(
            &mut context,
            self.public.as_deref().unwrap_or_default().as_bytes(),
        );
        context
    }
}

//! The ring on disk: one TOML file, replaced as a whole.
//!
//! Each secret is sealed for the role that holds its purpose, with everything that stands beside it
//! as associated data, so that a key cannot be given another purpose, state or date by hand. Two
//! authenticators cover the file: the viewer's covers what the viewer opens, the gateway's all of
//! it; so no key can be taken out, put in twice or brought from elsewhere (promise K7).

use std::collections::HashSet;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use seal::{KeyId, Place, Random, push_length_prefixed};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::custody::{Credential, RoleSecret, RootSecret};
use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::keyring::{Keyring, Rotation};
use crate::labels;
use crate::lifecycle::{About, AnyKey, KeyState, Sealed};
use crate::purpose::{Holder, Kind, Purpose};
use crate::secret::Octets;

const FORMAT: u32 = 1;
/// Longer than every text of ours, and short enough for the lengths in what is authenticated.
const LONGEST_FIELD: usize = 8 * 1024;
/// The longest quotation in an error.
const LONGEST_WHY: usize = 200;

/// What opens the sections of a ring file: derived from a root secret, or the viewer's part of that.
pub struct RingSecrets {
    viewer: RoleSecret,
    gateway: Option<RoleSecret>,
}

impl RingSecrets {
    /// What a credential opens.
    pub fn of(credential: &Credential) -> Self {
        Self {
            viewer: credential.viewer().role(),
            gateway: match credential {
                Credential::Root(root) => Some(root.gateway()),
                Credential::Viewer(_) => None,
            },
        }
    }

    fn of_root(root: &RootSecret) -> Self {
        Self {
            viewer: root.viewer().role(),
            gateway: Some(root.gateway()),
        }
    }

    pub(crate) fn from_octets(viewer: &[u8; 32], gateway: Option<&[u8; 32]>) -> Self {
        Self {
            viewer: RoleSecret::from_octets(viewer),
            gateway: gateway.map(RoleSecret::from_octets),
        }
    }

    /// The secrets, to be put into a vault: the viewer's first.
    pub(crate) fn expose(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.viewer)
            .chain(&self.gateway)
            .map(RoleSecret::expose)
    }

    /// The secret of the role that holds a purpose, when this process has it.
    fn role(&self, purpose: Purpose) -> Option<&RoleSecret> {
        match purpose.holder() {
            Holder::ViewerAndGateway => Some(&self.viewer),
            Holder::Gateway => self.gateway.as_ref(),
        }
    }
}

/// Who can change a ring: a root secret, or a process that was started with one.
pub trait OwnsRing {
    /// What it opens and seals the ring with.
    fn ring_secrets(&self) -> RingSecrets;
}

impl OwnsRing for RootSecret {
    fn ring_secrets(&self) -> RingSecrets {
        RingSecrets::of_root(self)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RingFile {
    format: u32,
    generation: u64,
    viewer_mac: String,
    gateway_mac: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rotation: Vec<RotationRow>,
    key: Vec<KeyRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RotationRow {
    purpose: String,
    begun_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRow {
    purpose: String,
    id: String,
    state: KeyState,
    created_at: Timestamp,
    changed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
    /// The public half, for people who look.
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The text of a ring; `None` for who has the viewer's part only and cannot write one.
pub(crate) fn to_text(
    ring: &Keyring,
    secrets: &RingSecrets,
    random: &dyn Random,
) -> Option<Zeroizing<String>> {
    let gateway = secrets.gateway.as_ref()?;
    let mut rows = Vec::with_capacity(ring.keys.len());
    for key in &ring.keys {
        rows.push(row(key, secrets, random));
    }
    let rotation = |known: &Rotation| RotationRow {
        purpose: known.purpose.as_str().to_owned(),
        begun_at: known.begun_at,
    };
    let mut file = RingFile {
        format: FORMAT,
        generation: ring.generation,
        viewer_mac: String::new(),
        gateway_mac: String::new(),
        rotation: ring.rotations.iter().map(rotation).collect(),
        key: rows,
    };
    file.viewer_mac = BASE64_STANDARD.encode(secrets.viewer.mac(&file.content(true)));
    file.gateway_mac = BASE64_STANDARD.encode(gateway.mac(&file.content(false)));
    let text = toml::to_string(&file).expect("tables of texts are TOML");
    Some(Zeroizing::new(text))
}

fn row(key: &AnyKey, secrets: &RingSecrets, random: &dyn Random) -> KeyRow {
    let about = key.about();
    let mut row = KeyRow {
        purpose: about.purpose.as_str().to_owned(),
        id: about.id.to_string(),
        state: key.state(),
        created_at: about.created_at,
        changed_at: key.changed_at(),
        epoch: about.epoch.map(|epoch| epoch.to_string()),
        public: key
            .secret()
            .and_then(|secret| public_text(about.purpose, secret)),
        secret: None,
    };
    if let (Some(secret), Some(role)) = (key.secret(), secrets.role(about.purpose)) {
        let context = row.context();
        let place = place(&about.id, &context);
        let sealed = role.wrap_key().seal(&place, &secret.expose()[..], random);
        row.secret = Some(BASE64_STANDARD.encode(sealed));
    }
    row
}

/// Reads a ring. `path` is for the errors.
pub(crate) fn from_text(
    path: &Path,
    text: &str,
    secrets: &RingSecrets,
) -> Result<Keyring, KeystoreError> {
    let malformed = |why: &str| KeystoreError::Malformed {
        path: path.into(),
        // The words may quote the file.
        why: why
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_WHY)
            .collect(),
    };
    let file: RingFile = toml::from_str(text).map_err(|error| malformed(error.message()))?;
    if file.format != FORMAT {
        return Err(malformed("this program does not know its format"));
    }
    if file.key.iter().any(KeyRow::is_too_long)
        || file
            .rotation
            .iter()
            .any(|row| row.purpose.len() > LONGEST_FIELD)
    {
        return Err(malformed("it holds a text that is too long"));
    }
    let mac = |text: &str| BASE64_STANDARD.decode(text).unwrap_or_default();
    let mut ids = HashSet::new();
    if let Some(twice) = file.key.iter().find(|row| !ids.insert(&row.id)) {
        return Err(malformed(&format!("it holds key {} twice", twice.id)));
    }
    let fits = secrets
        .viewer
        .mac_fits(&file.content(true), &mac(&file.viewer_mac));
    if !fits {
        return Err(KeystoreError::WrongRoot(path.into()));
    }
    if let Some(gateway) = &secrets.gateway
        && !gateway.mac_fits(&file.content(false), &mac(&file.gateway_mac))
    {
        return Err(malformed("a key was taken out of it, added or changed"));
    }
    let mut keys = Vec::with_capacity(file.key.len());
    for row in &file.key {
        let opened = row.open(secrets);
        let opened = opened.map_err(|why| malformed(&format!("key {}: {why}", row.id)))?;
        keys.push(opened);
    }
    let rotation = |row: &RotationRow| {
        let purpose = row.purpose.parse();
        purpose.map(|purpose| Rotation {
            purpose,
            begun_at: row.begun_at,
        })
    };
    let rotations = file
        .rotation
        .iter()
        .map(rotation)
        .collect::<Result<_, ()>>();
    Ok(Keyring {
        generation: file.generation,
        keys,
        rotations: rotations.map_err(|()| malformed("a rotation has no purpose"))?,
    })
}

impl RingFile {
    /// What an authenticator is over: everything, or what the viewer opens.
    fn content(&self, of_viewer: bool) -> Zeroizing<Vec<u8>> {
        let mut content = Zeroizing::new(Vec::new());
        let mut put = |part: &[u8]| push_length_prefixed(&mut content, part);
        put(&self.format.to_be_bytes());
        put(&self.generation.to_be_bytes());
        for row in &self.key {
            let purpose = row.purpose.parse::<Purpose>().map(Purpose::holder);
            if of_viewer && purpose != Ok(Holder::ViewerAndGateway) {
                continue;
            }
            put(row.id.as_bytes());
            put(&row.context());
            put(row.secret.as_deref().unwrap_or_default().as_bytes());
        }
        if !of_viewer {
            for row in &self.rotation {
                put(row.purpose.as_bytes());
                put(row.begun_at.to_string().as_bytes());
            }
        }
        content
    }
}

impl KeyRow {
    /// Everything that stands beside the secret.
    fn context(&self) -> Vec<u8> {
        let mut context = Vec::new();
        for part in [
            self.purpose.as_str(),
            self.state.as_str(),
            &self.created_at.to_string(),
            &self.changed_at.to_string(),
            self.epoch.as_deref().unwrap_or_default(),
            self.public.as_deref().unwrap_or_default(),
        ] {
            push_length_prefixed(&mut context, part.as_bytes());
        }
        context
    }

    fn is_too_long(&self) -> bool {
        let texts = [Some(&self.purpose), Some(&self.id), self.epoch.as_ref()];
        let more = [self.public.as_ref(), self.secret.as_ref()];
        let mut texts = texts.into_iter().chain(more).flatten();
        texts.any(|text| text.len() > LONGEST_FIELD)
    }

    fn open(&self, secrets: &RingSecrets) -> Result<AnyKey, String> {
        let words = |text: &str| text.to_owned();
        let purpose: Purpose = self
            .purpose
            .parse()
            .map_err(|()| words("its purpose is unknown"))?;
        let id: KeyId = self.id.parse().map_err(|_| words("its id is no UUID"))?;
        let epoch: Option<Epoch> = match (&self.epoch, purpose) {
            (Some(text), Purpose::Share) => {
                Some(text.parse().map_err(|()| words("its epoch is no month"))?)
            }
            (None, Purpose::Share) => return Err(words("a share key needs an epoch")),
            (None, _) => None,
            (Some(_), _) => return Err(words("only share keys have an epoch")),
        };
        let about = About {
            id,
            purpose,
            epoch,
            created_at: self.created_at,
        };
        let secret = match &self.secret {
            None => None,
            Some(text) => Some(match secrets.role(purpose) {
                None => Sealed::Shut,
                Some(role) => Sealed::Open(self.unseal(&id, text, role)?),
            }),
        };
        AnyKey::of(about, self.changed_at, self.state, secret)
            .ok_or_else(|| words("its state does not fit its secret"))
    }

    fn unseal(&self, id: &KeyId, text: &str, role: &RoleSecret) -> Result<Octets, String> {
        let sealed = BASE64_STANDARD
            .decode(text)
            .map_err(|_| "its secret is cut".to_owned())?;
        let context = self.context();
        let opened = role
            .wrap_key()
            .open(&place(id, &context), &sealed)
            .map_err(|_| "its secret does not open".to_owned())?;
        seal::wipe_stack();
        Octets::from_slice(&opened).ok_or_else(|| "its secret has a wrong length".to_owned())
    }
}

fn place<'a>(id: &'a KeyId, context: &'a [u8]) -> Place<'a> {
    Place {
        field: labels::WRAP_FIELD,
        record: id.as_bytes(),
        context,
    }
}

/// The public half of a purpose that has one.
pub(crate) fn public_text(purpose: Purpose, secret: &Octets) -> Option<String> {
    match purpose.kind() {
        Kind::AgeIdentity => {
            let seed = seal::Seed::from_bytes(secret.expose());
            let identity = seal::Identity::from_seed(seal::Profile::Hybrid, &seed);
            Some(identity.to_public().to_string())
        }
        Kind::Ed25519 => Some(seal::hex(&crate::acts::public_of(secret))),
        Kind::Aead | Kind::Mac => None,
    }
}

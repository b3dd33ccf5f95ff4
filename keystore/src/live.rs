//! The keys of a running process: in a vault, read anew when the ring changes.

use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use seal::{Identity, KeyId, Place, Profile, Random, Seed, WrapKey, wrapped_key_id};
use zeroize::Zeroizing;

use crate::custody::Credential;
use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::files;
use crate::folder::Folder;
use crate::identities::Published;
use crate::keyring::Keyring;
use crate::lifecycle::KeyState;
use crate::nodes::OwnNode;
use crate::purpose::{Kind, Purpose};
use crate::ring::KeyError;
use crate::ring_file::{OwnsRing, RingSecrets};
use crate::secret::Octets;
use crate::vault::{Memory, Vault};

/// The keys that one process works with.
pub struct LiveKeys {
    folder: Folder,
    /// What opens the ring file: the viewer's secret, then the gateway's if this process has it.
    credential: Vault,
    is_gateway: bool,
    loaded: RwLock<Arc<Loaded>>,
    seen: Mutex<Seen>,
    node: Option<OwnNode>,
    clock: fn() -> Timestamp,
}

/// What tells one version of the file from another without reading it: also other rights.
type Stamp = (u64, u64, (i64, i64), (i64, i64), u64);

/// Which version of the file was looked at last.
struct Seen {
    stamp: Option<Stamp>,
    /// Why it was not taken.
    wrong: Option<String>,
}

/// One generation of the ring, as far as this process holds it.
pub(crate) struct Loaded {
    pub(crate) generation: u64,
    vault: Vault,
    /// In the order in which they are asked: the newest active key of a purpose first.
    keys: Vec<LoadedKey>,
}

pub(crate) struct LoadedKey {
    pub(crate) id: KeyId,
    pub(crate) purpose: Purpose,
    pub(crate) state: KeyState,
    pub(crate) epoch: Option<Epoch>,
    number: usize,
    /// The public half of an age identity that seals.
    pub(crate) recipient: Option<Arc<Published>>,
}

/// How a process takes part in sharing the keystore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It runs for long and says what it has seen: new keys wait for it. The name of its role.
    Node(&'static str),
    /// A command that ends soon.
    Visitor,
}

impl LiveKeys {
    /// Opens the keystore with what a credential opens.
    pub fn open(
        folder: Folder,
        credential: &Credential,
        presence: Presence,
        clock: fn() -> Timestamp,
        random: &dyn Random,
    ) -> Result<Arc<Self>, KeystoreError> {
        let now = clock();
        let secrets = RingSecrets::of(credential);
        // The stamp first: a change between the two is then seen as one.
        let stamp = stamp(&folder);
        let loaded = Loaded::of(&folder.read_with(&secrets, now)?);
        if matches!(presence, Presence::Node(_)) && !folder.nodes_path().exists() {
            // A backup may have lost a folder that is empty most of the time.
            files::make_folder(&folder.nodes_path())?;
        }
        let node = match presence {
            Presence::Node(role) => Some(OwnNode::new(&folder.nodes_path(), role, now, random)),
            Presence::Visitor => None,
        };
        let live = Self {
            credential: Vault::of(secrets.expose()),
            is_gateway: matches!(credential, Credential::Root(_)),
            loaded: RwLock::new(Arc::new(loaded)),
            seen: Mutex::new(Seen { stamp, wrong: None }),
            node,
            folder,
            clock,
        };
        live.say()?;
        // A key may have been promoted after the ring was read and before this node was there to
        // be waited for; then it was pending by now.
        if live.refresh()? {
            live.say()?;
        }
        Ok(Arc::new(live))
    }

    /// Whether this process opens the gateway's purposes too.
    pub fn is_gateway(&self) -> bool {
        self.is_gateway
    }

    /// What the keys lie in.
    pub fn memory(&self) -> Memory {
        match self.loaded().vault.memory() {
            Memory::Locked => self.credential.memory(),
            other => other,
        }
    }

    /// The generation this process works with.
    pub fn generation(&self) -> u64 {
        self.loaded().generation
    }

    /// Tells the others what this process has seen. To be called every few seconds by a node.
    pub fn say(&self) -> Result<(), KeystoreError> {
        match &self.node {
            Some(node) => node.say(self.generation(), (self.clock)()),
            None => Ok(()),
        }
    }

    /// Reads the ring again if its file has changed; `true` when there is a new one. A file that
    /// does not read leaves the keys in memory as they are.
    pub fn refresh(&self) -> Result<bool, KeystoreError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.folder);
        if stamp.is_some() && seen.stamp == stamp {
            return match &seen.wrong {
                None => Ok(false),
                Some(wrong) => Err(KeystoreError::StillUnreadable(wrong.clone())),
            };
        }
        let taken = self.take();
        *seen = Seen {
            stamp,
            wrong: taken.as_ref().err().map(ToString::to_string),
        };
        taken
    }

    fn take(&self) -> Result<bool, KeystoreError> {
        let fresh = Loaded::of(&self.folder.read_with(&self.secrets(), (self.clock)())?);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        // An older ring was put back over a newer one: what it does not know would be lost.
        if fresh.generation < loaded.generation {
            return Err(KeystoreError::OlderRing {
                path: self.folder.ring_path(),
                found: fresh.generation,
                known: loaded.generation,
            });
        }
        let newer = fresh.generation > loaded.generation;
        *loaded = Arc::new(fresh);
        Ok(newer)
    }

    /// The same for who goes on either way; told once for each version of the file. `false` when
    /// the keys in memory may not be the newest.
    pub(crate) fn look_again(&self) -> bool {
        match self.refresh() {
            Ok(_) => true,
            Err(KeystoreError::StillUnreadable(_)) => false,
            Err(error) => {
                tracing::error!(error = %error, "the keystore cannot be read again");
                false
            }
        }
    }

    fn secrets(&self) -> RingSecrets {
        // One after the other: a vault's page is locked while a key is out.
        let viewer = self.credential.with(0, Octets::copy_of);
        let gateway = self
            .is_gateway
            .then(|| self.credential.with(1, Octets::copy_of));
        RingSecrets::from_octets(viewer.expose(), gateway.as_ref().map(Octets::expose))
    }

    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&loaded)
    }

    /// Opens a wrapped value of a purpose in its place, with the key that it names.
    pub(crate) fn open_wrapped(
        &self,
        purpose: Purpose,
        place: &Place<'_>,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let id = wrapped_key_id(wrapped).ok_or(KeyError::Refused)?;
        seal::wiping(|| {
            let key = self.find(|loaded| {
                let key = loaded.find(purpose, id)?;
                Some(loaded.wrap_key(key))
            });
            let key = key.ok_or(KeyError::Unknown(id))?;
            key.open(place, wrapped).map_err(|_| KeyError::Refused)
        })
    }

    /// Asks the keys in memory, then, after a miss, the file, if it has changed.
    pub(crate) fn find<T>(&self, look: impl Fn(&Loaded) -> Option<T>) -> Option<T> {
        if let Some(found) = look(&self.loaded()) {
            return Some(found);
        }
        self.look_again();
        look(&self.loaded())
    }
}

impl OwnsRing for LiveKeys {
    fn ring_secrets(&self) -> RingSecrets {
        self.secrets()
    }
}

impl Loaded {
    fn of(ring: &Keyring) -> Self {
        let mut held: Vec<_> = ring
            .keys
            .iter()
            .filter_map(|key| Some((key, key.secret()?)))
            .collect();
        held.sort_by_key(|(key, _)| {
            let about = key.about();
            let rank = key.state() != KeyState::Active;
            (rank, std::cmp::Reverse((about.created_at, about.id)))
        });
        let vault = Vault::of(held.iter().map(|(_, secret)| secret.expose()));
        let keys = held.iter().enumerate().map(|(number, (key, secret))| {
            let about = key.about();
            let seals = key.state() == KeyState::Active;
            let publishes = seals && about.purpose.kind() == Kind::AgeIdentity;
            LoadedKey {
                id: about.id,
                purpose: about.purpose,
                state: key.state(),
                epoch: about.epoch,
                number,
                recipient: publishes
                    .then(|| Arc::new(Published::of(identity_of(secret.expose()).to_public()))),
            }
        });
        Self {
            generation: ring.generation,
            keys: keys.collect(),
            vault,
        }
    }

    /// The keys of a purpose, the one to seal with first.
    pub(crate) fn of_purpose(&self, purpose: Purpose) -> impl Iterator<Item = &LoadedKey> {
        self.keys.iter().filter(move |key| key.purpose == purpose)
    }

    /// The key that seals for a purpose (and month).
    pub(crate) fn sealing(&self, purpose: Purpose, epoch: Option<Epoch>) -> Option<&LoadedKey> {
        self.of_purpose(purpose)
            .find(|key| key.state == KeyState::Active && key.epoch == epoch)
    }

    pub(crate) fn find(&self, purpose: Purpose, id: KeyId) -> Option<&LoadedKey> {
        self.of_purpose(purpose).find(|key| key.id == id)
    }

    pub(crate) fn wrap_key(&self, key: &LoadedKey) -> WrapKey {
        self.vault
            .with(key.number, |secret| key.to_wrap_key(secret))
    }

    pub(crate) fn mac_key(&self, key: &LoadedKey) -> ring::hmac::Key {
        self.vault.with(key.number, mac_key_of)
    }

    /// Makes something of each of several keys, in their order. The vault is opened once.
    pub(crate) fn each<T>(
        &self,
        keys: &[&LoadedKey],
        make: impl Fn(&LoadedKey, &[u8; 32]) -> T,
    ) -> Vec<T> {
        let numbers: Vec<usize> = keys.iter().map(|key| key.number).collect();
        let mut made = Vec::with_capacity(keys.len());
        made.resize_with(keys.len(), || None);
        self.vault.with_each(&numbers, |place, secret| {
            made[place] = Some(make(keys[place], secret));
        });
        made.into_iter().flatten().collect()
    }

    pub(crate) fn identity(&self, key: &LoadedKey) -> Identity {
        self.vault.with(key.number, identity_of)
    }
}

impl LoadedKey {
    pub(crate) fn to_wrap_key(&self, secret: &[u8; 32]) -> WrapKey {
        WrapKey::new(self.id, self.purpose.as_str(), secret)
    }
}

pub(crate) fn mac_key_of(secret: &[u8; 32]) -> ring::hmac::Key {
    ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret)
}

fn identity_of(secret: &[u8; 32]) -> Identity {
    Identity::from_seed(Profile::Hybrid, &Seed::from_bytes(secret))
}

fn stamp(folder: &Folder) -> Option<Stamp> {
    let about = std::fs::metadata(folder.ring_path()).ok()?;
    Some((
        about.dev(),
        about.ino(),
        (about.mtime(), about.mtime_nsec()),
        (about.ctime(), about.ctime_nsec()),
        about.len(),
    ))
}

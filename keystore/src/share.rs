//! The `share` keys: one a month, by the month in which a grant ends.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;
use seal::{Place, Random, WrapKey, wrapped_key_id};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::folder;
use crate::key_file::{Key, KeyState};
use crate::purpose::Purpose;
use crate::ring::KeyError;
use crate::root::RootSecret;

/// Seals a server share under the key of its epoch. When the gateway has cut a new month's key,
/// other processes find it by reading the folder again, once per miss.
pub struct ShareRing {
    folder: PathBuf,
    root: RootSecret,
    keys: RwLock<Vec<ShareKey>>,
}

struct ShareKey {
    epoch: Epoch,
    state: KeyState,
    created_at: Timestamp,
    wrap: WrapKey,
}

impl ShareKey {
    fn all(keys: &[Key]) -> Vec<Self> {
        keys.iter()
            .filter(|key| key.purpose == Purpose::Share)
            .filter_map(|key| {
                Some(Self {
                    epoch: key.epoch?,
                    state: key.state,
                    created_at: key.created_at,
                    wrap: WrapKey::new(key.id, Purpose::Share.as_str(), &key.secret),
                })
            })
            .collect()
    }
}

impl ShareRing {
    pub(crate) fn collect(
        folder: &Path,
        root: RootSecret,
        keys: &[Key],
    ) -> Result<Self, KeystoreError> {
        let keys = ShareKey::all(keys);
        if keys.is_empty() {
            let purpose = Purpose::Share;
            return Err(KeystoreError::NoActiveKey {
                folder: folder.into(),
                purpose,
            });
        }
        Ok(Self {
            folder: folder.into(),
            root,
            keys: RwLock::new(keys),
        })
    }

    /// Wraps a server share whose grant ends at `expires_at`.
    pub fn seal(
        &self,
        place: &Place<'_>,
        expires_at: Timestamp,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, KeyError> {
        let epoch = Epoch::of(expires_at);
        let seal = |keys: &[ShareKey]| {
            keys.iter()
                .filter(|key| key.epoch == epoch && key.state == KeyState::Active)
                .max_by_key(|key| (key.created_at, key.wrap.id()))
                .map(|key| key.wrap.seal(place, plaintext, random))
        };
        self.find(seal).ok_or(KeyError::NoEpoch(epoch))
    }

    /// Opens a wrapped server share.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let id = wrapped_key_id(wrapped).ok_or(KeyError::Refused)?;
        let open = |keys: &[ShareKey]| {
            keys.iter()
                .find(|key| key.wrap.id() == id)
                .map(|key| key.wrap.open(place, wrapped).map_err(|_| KeyError::Refused))
        };
        self.find(open).unwrap_or(Err(KeyError::Unknown(id)))
    }

    /// Asks the keys in memory, then, after a miss, those on disk.
    fn find<T>(&self, look: impl Fn(&[ShareKey]) -> Option<T>) -> Option<T> {
        if let Some(found) = look(&self.keys.read().unwrap_or_else(PoisonError::into_inner)) {
            return Some(found);
        }
        // A folder that does not read as a whole leaves the keys in memory as they are.
        let fresh = ShareKey::all(&folder::read(&self.folder, &self.root).ok()?);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = fresh;
        look(&keys)
    }
}

//! The folder of key files: made once, read whole, added to by rule.

use std::collections::HashSet;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use jiff::Timestamp;
use seal::{KeyId, Random};

use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::key_file::{Key, KeyState};
use crate::purpose::Purpose;
use crate::root::{RootSecret, check_private, write_private};

/// What can be shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: KeyId,
    /// Its purpose.
    pub purpose: Purpose,
    /// Its state.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// The month of a share key.
    pub epoch: Option<Epoch>,
}

/// Makes the folder with one active key for each purpose, and share keys for the months of
/// `now ..= horizon`. Refuses a folder that exists with anything in it.
pub fn init(
    folder: &Path,
    root: &RootSecret,
    now: Timestamp,
    horizon: Timestamp,
    random: &dyn Random,
) -> Result<(), KeystoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(KeystoreError::io(folder))?;
    let mut entries = std::fs::read_dir(folder).map_err(KeystoreError::io(folder))?;
    if entries.next().is_some() {
        return Err(KeystoreError::Exists(folder.into()));
    }
    for purpose in Purpose::ALL
        .into_iter()
        .filter(|purpose| *purpose != Purpose::Share)
    {
        write(
            folder,
            root,
            &Key::generate(purpose, None, now, random),
            random,
        )?;
    }
    cut_missing(folder, root, &[], now, horizon, random).map(|_| ())
}

/// Cuts the share keys that are missing for grants ending in the months of `now ..= horizon`.
/// Returns those months. A month that is missing below a later one was there and is lost; that is
/// an error, and no key is made in its place.
pub fn cut_share_keys(
    folder: &Path,
    root: &RootSecret,
    now: Timestamp,
    horizon: Timestamp,
    random: &dyn Random,
) -> Result<Vec<Epoch>, KeystoreError> {
    let keys = read(folder, root)?;
    // `init` has cut the first ones: where there is none they are lost, and new ones would hide it.
    if !keys.iter().any(|key| key.purpose == Purpose::Share) {
        return Err(KeystoreError::NoActiveKey {
            folder: folder.into(),
            purpose: Purpose::Share,
        });
    }
    cut_missing(folder, root, &keys, now, horizon, random)
}

/// What is in a folder, sorted by purpose and age.
pub fn inventory(folder: &Path, root: &RootSecret) -> Result<Vec<KeyFacts>, KeystoreError> {
    let mut facts: Vec<KeyFacts> = read(folder, root)?
        .into_iter()
        .map(|key| KeyFacts {
            id: key.id,
            purpose: key.purpose,
            state: key.state,
            created_at: key.created_at,
            epoch: key.epoch,
        })
        .collect();
    facts.sort_by_key(|key| (key.purpose, key.epoch, key.created_at, key.id));
    Ok(facts)
}

/// Reads every key file. One that is damaged, foreign, open to others or there twice fails all.
pub(crate) fn read(folder: &Path, root: &RootSecret) -> Result<Vec<Key>, KeystoreError> {
    let handle = std::fs::File::open(folder).map_err(KeystoreError::io(folder))?;
    check_private(folder, &handle, 0o700)?;
    let mut keys: Vec<Key> = Vec::new();
    let mut ids = HashSet::new();
    for entry in std::fs::read_dir(folder).map_err(KeystoreError::io(folder))? {
        let path = entry.map_err(KeystoreError::io(folder))?.path();
        if path.extension().is_none_or(|extension| extension != "key") {
            continue;
        }
        let file = std::fs::File::open(&path).map_err(KeystoreError::io(&path))?;
        check_private(&path, &file, 0o600)?;
        let text = std::io::read_to_string(file).map_err(|_| KeystoreError::Malformed {
            path: path.clone(),
            why: "it is not text".into(),
        })?;
        let key = Key::from_text(&path, &text, root);
        // A copy under another name is told as what it is.
        if let Some(id) = claimed_id(&text)
            && !ids.insert(id)
        {
            return Err(KeystoreError::Duplicate(path));
        }
        keys.push(match key {
            Err(KeystoreError::Malformed { .. }) if is_copy(folder, &path, &text) => {
                return Err(KeystoreError::Duplicate(path));
            }
            other => other?,
        });
    }
    Ok(keys)
}

fn claimed_id(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    Some(table.get("id")?.as_str()?.to_owned())
}

/// Whether the file that should have this content's name is there as well.
fn is_copy(folder: &Path, path: &Path, text: &str) -> bool {
    let Ok(table) = toml::from_str::<toml::Table>(text) else {
        return false;
    };
    let text_of = |name| table.get(name).and_then(toml::Value::as_str);
    let (Some(purpose), Some(id)) = (text_of("purpose"), text_of("id")) else {
        return false;
    };
    let original = folder.join(format!("{purpose}-{id}.key"));
    original != path && original.exists()
}

fn cut_missing(
    folder: &Path,
    root: &RootSecret,
    keys: &[Key],
    now: Timestamp,
    horizon: Timestamp,
    random: &dyn Random,
) -> Result<Vec<Epoch>, KeystoreError> {
    let active = |epoch| {
        keys.iter()
            .any(|key| key.epoch == Some(epoch) && key.state == KeyState::Active)
    };
    let newest = keys.iter().filter_map(|key| key.epoch).max();
    let last = Epoch::of(horizon);
    let wanted = std::iter::successors(Some(Epoch::of(now)), |epoch| Some(epoch.next()))
        .take_while(|epoch| *epoch <= last);
    let missing: Vec<Epoch> = wanted.filter(|epoch| !active(*epoch)).collect();
    // Months are cut in order, so a gap below the newest one is a key that was there and is lost.
    if let Some(lost) = missing
        .iter()
        .find(|epoch| newest.is_some_and(|newest| **epoch < newest))
    {
        return Err(KeystoreError::LostShareKey {
            folder: folder.into(),
            epoch: *lost,
        });
    }
    for epoch in &missing {
        write(
            folder,
            root,
            &Key::generate(Purpose::Share, Some(*epoch), now, random),
            random,
        )?;
    }
    Ok(missing)
}

fn write(
    folder: &Path,
    root: &RootSecret,
    key: &Key,
    random: &dyn Random,
) -> Result<(), KeystoreError> {
    write_private(
        &folder.join(key.file_name()),
        key.to_text(root, random).as_bytes(),
    )
}

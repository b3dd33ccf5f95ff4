//! What one write sees: the connection inside its savepoint, and what has to happen to files and
//! waiting workers if its group commits.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use seal::{ContentId, KeyId, MessageId};

use super::fault::Result;
use super::folder::{Folder, StagedFile};
use super::key_uses::{self, Standing};
use super::rows::{self, FORMAT_VERSION};
use crate::content::Place;
use crate::{ContentKind, StagedContent, StoreError, StoredContent};

/// One write inside a group.
pub(super) struct Unit<'a> {
    /// The connection, inside this write's savepoint.
    pub(super) sql: &'a Connection,
    folder: &'a Folder,
    effects: Effects,
    /// Keys that were looked up and may be used.
    open_keys: BTreeSet<KeyId>,
    /// Those of them whose uses are being counted, of which this write will be one.
    counted_keys: Vec<KeyId>,
}

/// What COMMIT brings about beside rows.
#[derive(Default)]
pub(super) struct Effects {
    /// Files with their final names. Dropped before the commit, they are removed.
    published: Vec<StagedFile>,
    /// Directories to be synced before COMMIT.
    pub(super) shards: BTreeSet<u8>,
    /// Contents whose files go once their records are gone.
    doomed: Vec<ContentId>,
    /// Something secret or sealed was destroyed, and the log has octets of it until it is emptied.
    pub(super) destroys: bool,
    tasks_added: usize,
}

impl<'a> Unit<'a> {
    pub(super) fn new(sql: &'a Connection, folder: &'a Folder) -> Self {
        Self {
            sql,
            folder,
            effects: Effects::default(),
            open_keys: BTreeSet::new(),
            counted_keys: Vec::new(),
        }
    }

    pub(super) fn into_effects(self) -> Effects {
        self.effects
    }

    /// Runs a statement; says how many rows it changed.
    pub(super) fn change(&self, statement: &str, params: impl rusqlite::Params) -> Result<usize> {
        rows::change(self.sql, statement, params)
    }

    /// Notes that a waiting worker should look.
    pub(super) fn task_added(&mut self) {
        self.effects.tasks_added += 1;
    }

    /// Notes that the log must be emptied of what this write destroys: overwritten in the database,
    /// it would stand in the log's frames for as long as nothing is written over them.
    pub(super) fn destroys(&mut self) {
        self.effects.destroys = true;
    }

    /// Refuses a record under a key that was closed. Asks once for each key.
    pub(super) fn check_open(&mut self, key: KeyId) -> Result<()> {
        if self.open_keys.contains(&key) {
            return Ok(());
        }
        match key_uses::standing(self.sql, key)? {
            Standing::Open => {}
            Standing::Closing => self.counted_keys.push(key),
            Standing::Closed => return Err(StoreError::KeyClosed(key).into()),
        }
        self.open_keys.insert(key);
        Ok(())
    }

    /// The last step of a write that refuses nothing: keeps keys from being closed that it made use
    /// of while their uses were counted.
    pub(super) fn disturb_counts(&mut self) -> Result<()> {
        for key in std::mem::take(&mut self.counted_keys) {
            self.change(
                "DELETE FROM closing_keys WHERE key_id = ?",
                [key.as_bytes()],
            )?;
        }
        Ok(())
    }

    /// Refuses a value that is wrapped under a key that was closed.
    pub(super) fn check_wrapped(&mut self, value: &[u8]) -> Result<()> {
        seal::wrapped_key_id(value).map_or(Ok(()), |key| self.check_open(key))
    }

    /// Writes a staged content's record with the id of the key it is under, as far as that is to be
    /// known, and gives its file, if it has one, its final name.
    pub(super) fn put_content(
        &mut self,
        content: StagedContent,
        kind: ContentKind,
        message: MessageId,
        key: Option<KeyId>,
    ) -> Result<StoredContent> {
        let StagedContent {
            id, size, place, ..
        } = content;
        let inline = match &place {
            Place::Inline(octets) => Some(octets),
            Place::File(_) => None,
        };
        // The record first: an id that exists is refused before a file could be overwritten.
        self.change(
            "INSERT INTO contents (id, format_version, message_id, kind, size, octets, key_id)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                id.as_bytes(),
                FORMAT_VERSION,
                message.as_bytes(),
                rows::kind_name(kind),
                size.cast_signed(),
                inline,
                key.as_ref().map(KeyId::as_bytes),
            ],
        )?;
        if let Place::File(staged) = place {
            self.effects
                .published
                .push(self.folder.publish(&id, staged)?);
            self.effects.shards.insert(Folder::shard(&id));
        }
        Ok(StoredContent { id, size })
    }

    /// Destroys the record of a content, and its file once that is committed.
    pub(super) fn drop_content(&mut self, id: ContentId) -> Result<()> {
        let in_file = rows::first(
            self.sql,
            "DELETE FROM contents WHERE id = ? RETURNING octets IS NULL",
            [id.as_bytes()],
            |row| row.get::<_, bool>(0),
        )?;
        match in_file {
            Some(true) => self.effects.doomed.push(id),
            Some(false) => self.destroys(),
            None => {}
        }
        Ok(())
    }
}

impl Effects {
    /// Adds those of another write of the same group.
    pub(super) fn join(&mut self, mut other: Self) {
        self.published.append(&mut other.published);
        self.shards.append(&mut other.shards);
        self.doomed.append(&mut other.doomed);
        self.destroys |= other.destroys;
        self.tasks_added += other.tasks_added;
    }

    /// The group is on stable storage. Returns how many tasks it added.
    pub(super) fn committed(self, folder: &Folder) -> usize {
        for file in self.published {
            file.keep();
        }
        for id in &self.doomed {
            folder.remove(id);
        }
        self.tasks_added
    }

    /// Nobody knows whether the group is on stable storage: a record may name these files after a
    /// restart, so they stay.
    pub(super) fn unknown(self) {
        for file in self.published {
            file.keep();
        }
    }
}

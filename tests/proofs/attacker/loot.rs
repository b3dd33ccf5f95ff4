//! What was seized: files as octets, and the records of the stores among them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use seal::{Handle, MessageId, Profile, RecipientId};

/// A file.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) octets: Vec<u8>,
}

/// One held recipient, with everything that any store says about it.
pub(crate) struct Victim {
    pub(crate) recipient: RecipientId,
    pub(crate) message: MessageId,
    pub(crate) handle: Handle,
    pub(crate) profile: Profile,
    pub(crate) expires_at: i64,
    pub(crate) proof_digest: [u8; 32],
    pub(crate) view: Vec<u8>,
    pub(crate) content: Vec<u8>,
    /// Wrapped shares, one of each store that differs.
    pub(crate) shares: BTreeSet<Vec<u8>>,
    pub(crate) addresses: BTreeSet<Vec<u8>>,
    pub(crate) senders: BTreeSet<Vec<u8>>,
    /// Values of 32 octets in its own records.
    pub(crate) own: Vec<[u8; 32]>,
}

/// A wrapped value of a task.
pub(crate) struct Payload {
    pub(crate) task: [u8; 16],
    pub(crate) wrapped: Vec<u8>,
}

/// The records of all stores.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) victims: BTreeMap<[u8; 16], Victim>,
    pub(crate) payloads: Vec<Payload>,
    /// Every other value of 32 octets.
    pub(crate) values: BTreeSet<[u8; 32]>,
}

/// Every file under a path.
pub(crate) fn files(path: &Path, into: &mut Vec<Found>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder") {
            files(&entry.expect("an entry").path(), into);
        }
    } else if path.is_file() {
        into.push(Found {
            path: path.to_owned(),
            octets: std::fs::read(path).expect("a file"),
        });
    }
}

/// Reads a copy of a store's folder. Its log is replayed into the copy of the copy that is read, so
/// what is searched octet by octet stays as it was found.
pub(crate) fn read(folder: &Path, scratch: &Path, records: &mut Records) {
    std::fs::create_dir_all(scratch).expect("a scratch folder");
    let mut database = None;
    for entry in std::fs::read_dir(folder).expect("a store") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        let copy = scratch.join(&name);
        if path.is_file() {
            std::fs::copy(&path, &copy).expect("a copy");
            if name.to_string_lossy().ends_with(".sqlite3") {
                database = Some(copy);
            }
        }
    }
    let database = database.expect("a store has a database");
    let sql = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let sql = sql.expect("a database");
    victims(&sql, folder, records);
    payloads(&sql, records);
    values(&sql, records);
}

fn victims(sql: &Connection, folder: &Path, records: &mut Records) {
    let mut query = sql
        .prepare(
            "SELECT r.id, m.id, g.handle, m.profile, g.expires_at, g.proof_digest, g.share,
                 r.address, m.sender, g.reply_public, g.reply_token_index, r.address_index,
                 m.content_index, m.message_id_index
             FROM recipients r JOIN messages m ON m.id = r.message_id
                 JOIN grants g ON g.recipient_id = r.id",
        )
        .expect("the schema is known");
    let mut rows = query.query([]).expect("rows");
    while let Some(row) = rows.next().expect("a row") {
        let id: [u8; 16] = row.get(0).expect("an id");
        let message: [u8; 16] = row.get(1).expect("an id");
        let profile: String = row.get(3).expect("a profile");
        let micros: i64 = row.get(4).expect("an instant");
        let victim = records.victims.entry(id).or_insert_with(|| Victim {
            recipient: RecipientId::from_bytes(id),
            message: MessageId::from_bytes(message),
            handle: Handle::from_bytes(row.get(2).expect("a handle")),
            profile: profile.parse().expect("a profile"),
            expires_at: micros.div_euclid(1_000_000),
            proof_digest: row.get(5).expect("a digest"),
            view: content(sql, folder, &message, "view"),
            content: content(sql, folder, &message, "message"),
            shares: BTreeSet::new(),
            addresses: BTreeSet::new(),
            senders: BTreeSet::new(),
            own: Vec::new(),
        });
        victim
            .shares
            .extend(row.get::<_, Option<Vec<u8>>>(6).expect("a share"));
        victim.addresses.insert(row.get(7).expect("an address"));
        victim.senders.insert(row.get(8).expect("a sender"));
        for column in [5, 9, 10, 11, 12, 13] {
            if let Some(value) = row.get::<_, Option<[u8; 32]>>(column).expect("octets")
                && !victim.own.contains(&value)
            {
                victim.own.push(value);
            }
        }
    }
}

fn content(sql: &Connection, folder: &Path, message: &[u8; 16], kind: &str) -> Vec<u8> {
    let found = sql.query_row(
        "SELECT id, octets FROM contents WHERE message_id = ?1 AND kind = ?2",
        (message, kind),
        |row| {
            Ok((
                row.get::<_, [u8; 16]>(0)?,
                row.get::<_, Option<Vec<u8>>>(1)?,
            ))
        },
    );
    match found {
        Ok((_, Some(octets))) => octets,
        Ok((id, None)) => {
            let name = seal::ContentId::from_bytes(id).to_string();
            let path = folder.join(format!("content/{:02x}/{name}", id[3]));
            std::fs::read(path).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    }
}

/// A wrapped link secret: version, key id, nonce, 32 octets and tag (`FORMAT.md` §8).
const WRAPPED_SECRET: usize = 1 + 16 + 12 + 32 + 16;

fn payloads(sql: &Connection, records: &mut Records) {
    let mut query = sql
        .prepare("SELECT id, octets FROM tasks JOIN payloads USING (slot)")
        .expect("the schema is known");
    let rows = query.query_map([], |row| {
        // Its length stands before it, and zeros behind.
        let written: Vec<u8> = row.get(1)?;
        Ok(Payload {
            task: row.get(0)?,
            wrapped: written[1..=WRAPPED_SECRET].to_vec(),
        })
    });
    records
        .payloads
        .extend(rows.expect("rows").map(|row| row.expect("a row")));
}

/// Every value of 32 octets in any column of any table, and both halves of those of 64.
fn values(sql: &Connection, records: &mut Records) {
    let mut tables = sql
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("a schema");
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("tables")
        .map(|name| name.expect("a name"))
        .collect();
    for table in tables {
        let mut query = sql
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a table");
        let columns = query.column_count();
        let mut rows = query.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                if let Ok(rusqlite::types::ValueRef::Blob(octets)) = row.get_ref(column)
                    && [32, 64].contains(&octets.len())
                {
                    let halves = octets.chunks_exact(32);
                    let halves = halves.map(|half| <[u8; 32]>::try_from(half).expect("32 octets"));
                    records.values.extend(halves);
                }
            }
        }
    }
}

//! The embedded backend: SQLite for records and small content, files for large content.
//!
//! ```text
//! PATH/sealpost.sqlite3   records, tasks, content up to 128 KiB   (WAL, synchronous=FULL)
//! PATH/content/XX/ID      larger content, one file each           (see `folder`)
//! PATH/writer.lock        whose turn it is to write               (see `turn`)
//! ```
//! Several processes of one host may open the same path: the gateway and the viewer do. Each has
//! one writer thread with grouped commits (`writer`) and a few read-only connections. It is made
//! for a local disk; SQLite's log does not work over a network file system.

mod audit;
mod capture;
mod codes;
mod contents;
mod conversation;
mod disowning;
mod divert;
mod emptying;
mod expiry;
mod extending;
mod failed;
mod fault;
mod fetches;
mod folder;
mod gathering;
mod guest;
mod holder;
mod inbox;
mod indexes;
mod key_uses;
mod keyed;
mod kinds;
mod languages;
mod log_file;
mod openings;
mod operator;
mod payloads;
mod probe;
mod purge;
mod readers;
mod records;
mod reminding;
mod replies;
mod reports;
mod revocation;
mod rows;
mod schema;
mod sender_guest;
mod senders;
mod sent_copies;
mod sessions;
mod signals;
mod staging;
mod store;
mod sweep;
mod tasks;
#[cfg(test)]
mod tests;
mod turn;
mod unit;
mod unread;
mod writer;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use seal::ContentId;

use crate::content::ContentWriter;
use crate::{ContentKind, Result, StoreError};
use folder::Folder;
use probe::Probe;
use readers::Readers;
use schema::Origin;
use signals::Signals;
use staging::Staging;
use turn::Turnstile;
use writer::Writer;

pub(crate) use folder::StagedFile;

const DATABASE: &str = "sealpost.sqlite3";
/// What SQLite puts behind the database's name for its write-ahead log.
const LOG_SUFFIX: &str = "-wal";
const CONTENT: &str = "content";
const LOCK: &str = "writer.lock";

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who may read and write its files.
    pub access: Access,
    /// Connections for reading, at least one.
    pub readers: usize,
    /// How long a write waits for another process before it is [`StoreError::Unavailable`].
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::Owner,
            readers: 4,
            patience: Duration::from_secs(10),
        }
    }
}

/// Who may read and write the files of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// This user alone: directories 0700, files 0600.
    #[default]
    Owner,
    /// This user and the group of the store's directory, for a gateway and a viewer that run as
    /// different users: directories 2770, files 0660.
    Group,
}

impl Access {
    fn directory_mode(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Group => 0o2770,
        }
    }

    fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o660,
        }
    }
}

/// A store in one directory. Clones are handles on the same store; the writer ends with the last,
/// and dropping that one waits for it (up to a second longer when others read).
#[derive(Debug, Clone)]
pub struct SqliteStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: Writer,
    readers: Arc<Readers>,
    folder: Arc<Folder>,
    signals: Arc<Signals>,
}

impl SqliteStore {
    /// Opens the store in the directory `path`, making it when it is not there.
    ///
    /// Blocks for as long as it takes to look at the file, to bring an older format up to date and
    /// to sweep what a crash has left. A directory or file that is there and allows more than
    /// `options.access` is tightened; a directory that everybody may write to is refused.
    pub fn open(path: &Path, options: Options) -> Result<Self> {
        Self::open_with(path, &options, Probe::default())
    }

    fn open_with(path: &Path, options: &Options, probe: Probe) -> Result<Self> {
        let Options {
            access,
            readers,
            patience,
        } = *options;
        let place =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        prepare_directory(path, access).map_err(place)?;
        let turnstile = Turnstile::open(&path.join(LOCK), access, patience).map_err(place)?;
        let turn = turnstile.wait().map_err(place)?;
        let database = path.join(DATABASE);
        folder::make_file(&database, access).map_err(place)?;
        let folder = Arc::new(Folder::new(path.join(CONTENT), access));
        if fs::metadata(&database).map_err(place)?.len() == 0 {
            refuse_to_begin_anew(path, &folder)?;
        }
        let (mut sql, origin) =
            schema::open_writer(&database, patience).map_err(StoreError::from)?;
        folder::sync_directory(path).map_err(place)?;
        drop(turn);

        if origin == Origin::Found {
            let now = turnstile.file_time().map_err(place)?;
            sweep::sweep(&mut sql, &folder, now).map_err(StoreError::from)?;
        }
        let signals = Arc::new(Signals::new());
        let readers = Readers::new(database, readers, patience, signals.clone());
        let log = path.join(format!("{DATABASE}{LOG_SUFFIX}"));
        let writer = Writer::start(sql, turnstile, folder.clone(), log, signals.clone(), probe)?;
        Ok(Self(Arc::new(Inner {
            writer,
            readers,
            folder,
            signals,
        })))
    }

    /// How many transactions this handle's writer has committed: over the number of writes, how
    /// well they are grouped.
    pub fn commits(&self) -> u64 {
        self.0.writer.commits()
    }

    fn new_content(&self, id: ContentId, kind: ContentKind) -> ContentWriter {
        let Inner {
            folder, signals, ..
        } = self.0.as_ref();
        ContentWriter::new(Box::new(Staging::new(
            id,
            kind,
            folder.clone(),
            signals.clone(),
        )))
    }
}

/// An empty database is that of a new store, unless something of an older one is there: then it is
/// the database that went missing. Going on would call every sealed file a left-over and sweep it,
/// and SQLite removes a log that has no database.
fn refuse_to_begin_anew(path: &Path, folder: &Folder) -> Result<()> {
    let log = path.join(format!("{DATABASE}{LOG_SUFFIX}"));
    let has_log = fs::metadata(log).is_ok_and(|log| log.len() > 0);
    if has_log || folder.holds_files()? {
        return Err(StoreError::Damaged(format!(
            "{DATABASE} in {} is empty or gone, and its sealed files are there; put it back from \
             the backup, or move the rest away to begin anew",
            path.display()
        )));
    }
    Ok(())
}

/// Makes the store's directory and its content folder durable, for nobody else to read.
fn prepare_directory(path: &Path, access: Access) -> io::Result<()> {
    folder::make_directory(path, access)?;
    // Most likely a path like /tmp: closing that to everybody else would break the host.
    if folder::is_everybodys(path)? {
        let cause = "everybody may write here; the store needs a directory of its own";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, cause));
    }
    folder::tighten(path, access.directory_mode())?;
    folder::make_directory(&path.join(CONTENT), access)?;
    if let Some(parent) = path.canonicalize()?.parent() {
        folder::sync_directory(parent)?;
    }
    Ok(())
}

//! What only this backend promises: its files, its groups, its way to fail.

mod closing;
mod crash;
mod damage;
mod fail_stop;
mod groups;
mod migration;
mod opening;
mod room;
mod sweeping;
mod throttle;
mod wiping;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ffi};
use tempfile::TempDir;

use super::probe::{Probe, Step};
use super::{CONTENT, DATABASE, Options, SqliteStore};

/// A store in a directory of its own.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store")
    }

    fn database(&self) -> PathBuf {
        self.path().join(DATABASE)
    }

    fn open(&self) -> SqliteStore {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> crate::Result<SqliteStore> {
        SqliteStore::open(&self.path(), Options::default())
    }

    /// A store whose commits pass by `hook`.
    fn open_probed(
        &self,
        hook: impl Fn(Step, &mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> SqliteStore {
        let probe = Probe(Some(Arc::new(hook)));
        SqliteStore::open_with(&self.path(), &Options::default(), probe).unwrap()
    }

    /// The write-ahead log.
    fn log(&self) -> PathBuf {
        self.path().join(format!("{DATABASE}-wal"))
    }

    /// The database beside the store, as an operator with a shell would open it.
    fn sql(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }

    /// Moves the whole log into the database, once nobody else is at it.
    fn settle(&self) {
        let sql = self.sql();
        sql.busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        let checkpoint = || sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        while checkpoint().unwrap() {}
    }

    /// The files of the content folder.
    fn content_files(&self) -> Vec<PathBuf> {
        files_below(&self.path().join(CONTENT))
    }
}

fn sqlite_error(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Copies a directory as it is, open or not: what a machine would find after its process died.
fn copy_as_is(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_as_is(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

//! The database file: how it is opened, what its format is, and how an older format becomes this.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::fault::Result;
use super::turn::wait_for_lock;
use crate::StoreError;

/// "SEAL", in the header of the file: tells it from any other program's database.
const APPLICATION_ID: i32 = 0x5345_414c;

/// Step n makes format n out of format n - 1. A released step is never edited.
const STEPS: &[&str] = &[
    include_str!("migrations/1.sql"),
    include_str!("migrations/2.sql"),
    include_str!("migrations/3.sql"),
    include_str!("migrations/4.sql"),
    include_str!("migrations/5.sql"),
    include_str!("migrations/6.sql"),
    include_str!("migrations/7.sql"),
    include_str!("migrations/8.sql"),
    include_str!("migrations/9.sql"),
    include_str!("migrations/10.sql"),
    include_str!("migrations/11.sql"),
    include_str!("migrations/12.sql"),
    include_str!("migrations/13.sql"),
    include_str!("migrations/14.sql"),
    include_str!("migrations/15.sql"),
    include_str!("migrations/16.sql"),
];

/// The newest format that this program reads.
const KNOWN: u32 = STEPS.len() as u32;

/// Up to this size every page is looked at when the file is opened (about 1 GiB a second).
const CHECKED_AT_OPEN: u64 = 256 * 1024 * 1024;

/// Whether the database was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Found,
    Created,
}

/// Opens the connection of the writer, and brings the file to the format of this program.
///
/// Other processes are kept out by the caller, so that two that start together do not both make
/// the tables.
pub(super) fn open_writer(path: &Path, patience: Duration) -> Result<(Connection, Origin)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut sql = Connection::open_with_flags(path, flags)?;
    sql.busy_handler(Some(wait_for_lock(patience)))?;
    harden(&sql)?;
    // Before anything is written to it: is it ours, and of a format that we know?
    let found = check_identity(&sql)?;
    let journal: String =
        sql.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if journal != "wal" {
        return Err(StoreError::Unavailable(Some("no write-ahead log here".into())).into());
    }
    // FULL: each commit is fsynced. NORMAL loses commits that were answered when the power fails.
    sql.pragma_update(None, "synchronous", "FULL")?;
    // Where the system has a stronger fsync (macOS), it is used.
    sql.pragma_update(None, "fullfsync", true)?;
    sql.pragma_update(None, "checkpoint_fullfsync", true)?;
    // What is deleted (shares, payloads) is overwritten with zeros.
    sql.pragma_update(None, "secure_delete", true)?;
    sql.pragma_update(None, "foreign_keys", true)?;
    // The writer checkpoints by itself and looks at the result; closing must not do it in silence.
    sql.pragma_update(None, "wal_autocheckpoint", 0)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Room for a group's pages. Those that do not fit go to the log early, and one that changes
    // again after that has every checksum behind it computed anew.
    sql.pragma_update(None, "cache_size", -32 * 1024)?;
    if std::fs::metadata(path)?.len() <= CHECKED_AT_OPEN {
        check_pages(&sql)?;
    }
    migrate(&mut sql, found)?;
    let origin = match found {
        0 => Origin::Created,
        _ => Origin::Found,
    };
    Ok((sql, origin))
}

/// Opens a connection that can only read.
pub(super) fn open_reader(path: &Path, patience: Duration) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut sql = Connection::open_with_flags(path, flags)?;
    sql.busy_handler(Some(wait_for_lock(patience)))?;
    harden(&sql)?;
    sql.pragma_update(None, "query_only", true)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(sql)
}

/// A file that somebody prepared must not make the connection run what it brings along.
fn harden(sql: &Connection) -> Result<()> {
    sql.pragma_update(None, "trusted_schema", false)?;
    sql.pragma_update(None, "cell_size_check", true)?;
    // Sorting and temporary tables never reach a file elsewhere.
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    // A kept statement is compiled once: SQLite would otherwise look at what is bound to it, and
    // compile it anew for each other value, which costs more than most of our queries.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    sql.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// The format of the file: 0 when it is new.
fn check_identity(sql: &Connection) -> Result<u32> {
    let number = |pragma| sql.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, format) = (number("application_id")?, number("user_version")?);
    let tables: i64 = sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, u32::try_from(format)) {
        (0, Ok(0)) if tables == 0 => Ok(0),
        (APPLICATION_ID, Ok(found)) if found > KNOWN => Err(StoreError::TooNew {
            found,
            known: KNOWN,
        }
        .into()),
        (APPLICATION_ID, Ok(found)) if found > 0 => Ok(found),
        _ => Err(StoreError::Damaged("the database is not one of Sealpost".into()).into()),
    }
}

fn check_pages(sql: &Connection) -> Result<()> {
    let verdict: String = sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    tracing::error!(verdict, "the database is damaged");
    Err(StoreError::Damaged("the database file".into()).into())
}

fn migrate(sql: &mut Connection, found: u32) -> Result<()> {
    let pending = &STEPS[found as usize..];
    if pending.is_empty() {
        return Ok(());
    }
    let transaction = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in pending {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", KNOWN)?;
    transaction.commit()?;
    tracing::info!(from = found, to = KNOWN, "the store has a new format");
    Ok(())
}

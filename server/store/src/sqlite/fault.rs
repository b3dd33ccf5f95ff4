//! What an operation inside SQLite can meet, before it becomes a [`StoreError`].
//!
//! The writer and the readers judge the same SQLite error differently: to a reader an I/O error is
//! a failed read; to the writer it may be a lost write, after which nothing it says can be trusted
//! (promise D7). So operations return a [`Fault`], and who runs them decides.

use std::io;
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::StoreError;

/// An operation's error: its own refusal, or one of SQLite.
#[derive(Debug)]
pub(super) enum Fault {
    Own(StoreError),
    Sql(rusqlite::Error),
}

pub(super) type Result<T, E = Fault> = std::result::Result<T, E>;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Own(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Own(error.into())
    }
}

impl Fault {
    /// A record that does not read as what it should be, named by table and id.
    pub(super) fn damaged(table: &str, id: impl std::fmt::Display) -> Self {
        Self::Own(StoreError::Damaged(format!("{table} {id}")))
    }

    /// Whether the writer must stop: the database file or its log could not be written or synced,
    /// or is damaged.
    pub(super) fn stops_the_writer(&self) -> bool {
        match self {
            Self::Own(error) => matches!(error, StoreError::Fatal(_)),
            Self::Sql(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::SystemIoFailure
                        | ErrorCode::DatabaseCorrupt
                        | ErrorCode::NotADatabase
                )
            ),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        let error = match fault {
            Fault::Own(error) => return error,
            Fault::Sql(error) => error,
        };
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::NoRoom,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    Self::Damaged("the database file".into())
                }
                ErrorCode::ConstraintViolation => match failure.extended_code {
                    // Something named a message or recipient that is not there.
                    ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::NotFound,
                    ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE => {
                        Self::Exists
                    }
                    _ => Self::Unavailable(Some(Box::new(error))),
                },
                _ => Self::Unavailable(Some(Box::new(error))),
            },
            // Tables are STRICT and lengths are checked, so this takes a changed file.
            rusqlite::Error::InvalidColumnType(_, column, _) => {
                Self::Damaged(format!("column {column}"))
            }
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Damaged("a column".into()),
            _ => Self::Unavailable(Some(Box::new(error))),
        }
    }
}

/// Why a whole group of writes failed. It goes to everybody who waits, so it can be cloned.
#[derive(Debug, Clone)]
pub(super) enum GroupFailure {
    NoRoom,
    Unavailable(Arc<str>),
    Fatal(Arc<str>),
}

impl GroupFailure {
    /// Judges an error that cost the group its transaction before COMMIT was tried.
    pub(super) fn before_commit(fault: Fault) -> Self {
        if fault.stops_the_writer() {
            return Self::fatal(fault);
        }
        match StoreError::from(fault) {
            StoreError::NoRoom => Self::NoRoom,
            other => Self::Unavailable(describe(&other).into()),
        }
    }

    /// What the rest of a group fails with when one write fails that has no savepoint.
    pub(super) fn half_way(error: &StoreError) -> Self {
        match error {
            StoreError::NoRoom => Self::NoRoom,
            _ => Self::Unavailable("a write of the same group failed half way".into()),
        }
    }

    /// Judges an error of COMMIT itself.
    ///
    /// SQLITE_FULL alone is harmless: SQLite returns it for a write that the disk had no room for,
    /// never for a failed sync, and the frame that marks the commit is the last one written to the
    /// log. So that frame is not whole on disk, no reader and no recovery takes it for a commit,
    /// and the next write goes over it. After anything else nobody knows.
    pub(super) fn at_commit(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::NoRoom,
            _ => Self::fatal(error.into()),
        }
    }

    pub(super) fn fatal(fault: Fault) -> Self {
        let text = match &fault {
            Fault::Own(error) => describe(error),
            Fault::Sql(error) => explain(error),
        };
        Self::Fatal(text.into())
    }

    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::NoRoom => StoreError::NoRoom,
            Self::Unavailable(cause) => StoreError::Unavailable(Some(cause.as_ref().into())),
            Self::Fatal(cause) => StoreError::Fatal(Some(cause.as_ref().into())),
        }
    }
}

/// An error of SQLite with its extended code, which tells a failed fsync (1034) from a failed
/// write (778).
pub(super) fn explain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            format!("{error} (SQLite code {})", failure.extended_code)
        }
        _ => error.to_string(),
    }
}

/// An error with its causes on one line.
fn describe(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

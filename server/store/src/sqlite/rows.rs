//! Records as rows: instants, ids, names of enums, and the version each record carries.
//!
//! Instants keep microseconds; what is finer is cut off.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::fault::Result;
use crate::{ContentKind, End, StoreError};

/// The version that new records get, and the newest that can be read.
pub(super) const FORMAT_VERSION: u32 = 1;

/// Microseconds since 1970, UTC.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// `at` plus a duration, at most the end of time.
pub(super) fn micros_after(at: Timestamp, duration: Duration) -> i64 {
    micros(at).saturating_add(span(duration))
}

/// A duration in microseconds.
pub(super) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The instant of a column; beyond what can be written down, the last that can.
pub(super) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// Refuses a record of a newer program.
pub(super) fn check_version(found: u32) -> Result<()> {
    if found > FORMAT_VERSION {
        return Err(StoreError::TooNew {
            found,
            known: FORMAT_VERSION,
        }
        .into());
    }
    Ok(())
}

/// The first row of a query, read by `read`.
pub(super) fn first<T>(
    sql: &Connection,
    query: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(sql
        .prepare_cached(query)?
        .query_row(params, read)
        .optional()?)
}

/// The first column of every row of a query.
pub(super) fn column<T: FromSql>(
    sql: &Connection,
    query: &str,
    params: impl Params,
) -> Result<Vec<T>> {
    let mut statement = sql.prepare_cached(query)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a query has a row.
pub(super) fn exists(sql: &Connection, query: &str, params: impl Params) -> Result<bool> {
    Ok(sql.prepare_cached(query)?.exists(params)?)
}

/// Runs a statement; says how many rows it changed.
pub(super) fn change(sql: &Connection, statement: &str, params: impl Params) -> Result<usize> {
    Ok(sql.prepare_cached(statement)?.execute(params)?)
}

pub(super) fn kind_name(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Message => "message",
        ContentKind::View => "view",
        ContentKind::Escrow => "escrow",
        ContentKind::Spool => "spool",
        ContentKind::ReplyPart => "reply-part",
        ContentKind::SentCopy => "sent-copy",
    }
}

pub(super) fn kind_of(name: &str) -> Option<ContentKind> {
    match name {
        "message" => Some(ContentKind::Message),
        "view" => Some(ContentKind::View),
        "escrow" => Some(ContentKind::Escrow),
        "spool" => Some(ContentKind::Spool),
        "reply-part" => Some(ContentKind::ReplyPart),
        "sent-copy" => Some(ContentKind::SentCopy),
        _ => None,
    }
}

pub(super) fn end_name(end: End) -> &'static str {
    match end {
        End::Notified => "notified",
        End::Dsn => "dsn",
        End::Expired => "expired",
        End::Revoked => "revoked",
        End::Held => "held",
    }
}

pub(super) fn end_of(name: &str) -> Option<End> {
    match name {
        "notified" => Some(End::Notified),
        "dsn" => Some(End::Dsn),
        "expired" => Some(End::Expired),
        "revoked" => Some(End::Revoked),
        "held" => Some(End::Held),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_an_end_and_of_a_content_kind_reads_back() {
        for end in [
            End::Notified,
            End::Dsn,
            End::Expired,
            End::Revoked,
            End::Held,
        ] {
            assert_eq!(end_of(end_name(end)), Some(end));
        }
        for kind in [
            ContentKind::Message,
            ContentKind::View,
            ContentKind::Escrow,
            ContentKind::Spool,
            ContentKind::ReplyPart,
            ContentKind::SentCopy,
        ] {
            assert_eq!(kind_of(kind_name(kind)), Some(kind));
        }
    }

    #[test]
    fn instants_beyond_the_calendar_become_its_end() {
        assert_eq!(timestamp(i64::MAX), Timestamp::MAX);
        assert_eq!(micros_after(Timestamp::MAX, Duration::MAX), i64::MAX);
    }

    #[test]
    fn a_record_of_a_newer_version_is_refused_by_name() {
        let refused = check_version(FORMAT_VERSION + 1).map_err(StoreError::from);
        assert!(matches!(
            refused,
            Err(StoreError::TooNew { found: 2, known: 1 })
        ));
    }
}

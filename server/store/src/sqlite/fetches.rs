//! That a session fetched something of `message.age`: more than the view, which is what a page needs
//! to show the text. What it was, nobody here can see: octets of a sealed file.

use jiff::Timestamp;
use rusqlite::Connection;
use seal::RecipientId;

use super::fault::Result;
use super::openings;
use super::rows::{column, exists, first, timestamp};
use super::unit::Unit;

/// Whether the session of this token has not fetched anything yet.
pub(super) fn would_be_first(sql: &Connection, token: &[u8; 32]) -> Result<bool> {
    exists(
        sql,
        "SELECT 1 FROM sessions WHERE token = ? AND has_fetched = 0",
        [token],
    )
}

/// Records it, once in a session.
pub(super) fn note(unit: &Unit<'_>, token: &[u8; 32], now: Timestamp) -> Result<()> {
    let recipient: Option<[u8; 16]> = first(
        unit.sql,
        "UPDATE sessions SET has_fetched = 1 WHERE token = ? AND has_fetched = 0
         RETURNING recipient_id",
        [token],
        |row| row.get(0),
    )?;
    match recipient {
        Some(recipient) => openings::list(unit, "fetches", &recipient, now),
        None => Ok(()),
    }
}

/// The newest, the earliest first.
pub(super) fn of(sql: &Connection, recipient: RecipientId) -> Result<Vec<Timestamp>> {
    let all: Vec<i64> = column(
        sql,
        "SELECT at FROM fetches WHERE recipient_id = ? ORDER BY at, rowid",
        [recipient.as_bytes()],
    )?;
    Ok(all.into_iter().map(timestamp).collect())
}

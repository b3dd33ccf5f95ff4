//! When passcodes opened a message (promise L1): what its sender and its operator are shown.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::RecipientId;

use super::fault::Result;
use super::rows::{column, first, micros, timestamp};
use super::unit::Unit;
use crate::{OPENINGS_KEPT, Openings};

/// Records one, in the commit that makes its session.
pub(super) fn add(unit: &Unit<'_>, recipient: RecipientId, now: Timestamp) -> Result<()> {
    let id = recipient.as_bytes();
    unit.change(
        "UPDATE grants SET opened_at = coalesce(opened_at, ?1), openings = openings + 1
         WHERE recipient_id = ?2",
        params![micros(now), id],
    )?;
    list(unit, "openings", id, now)
}

/// Lists an instant for a recipient and keeps the newest. `table` is a word of this program's.
pub(super) fn list(
    unit: &Unit<'_>,
    table: &'static str,
    recipient: &[u8; 16],
    at: Timestamp,
) -> Result<()> {
    unit.change(
        &format!("INSERT INTO {table} (recipient_id, at) VALUES (?, ?)"),
        params![recipient, micros(at)],
    )?;
    unit.change(
        &format!(
            "DELETE FROM {table} WHERE recipient_id = ?1 AND rowid NOT IN (
                 SELECT rowid FROM {table} WHERE recipient_id = ?1
                 ORDER BY at DESC, rowid DESC LIMIT ?2)"
        ),
        params![recipient, OPENINGS_KEPT],
    )?;
    Ok(())
}

/// See [`crate::Store::openings`].
pub(super) fn of(sql: &Connection, recipient: RecipientId) -> Result<Openings> {
    let id = recipient.as_bytes();
    let found: Option<(u32, Option<i64>)> = first(
        sql,
        "SELECT openings, opened_at FROM grants WHERE recipient_id = ?",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((count, opened_at)) = found else {
        return Ok(Openings::default());
    };
    let newest: Vec<i64> = column(
        sql,
        "SELECT at FROM openings WHERE recipient_id = ? ORDER BY at DESC, rowid DESC",
        [id],
    )?;
    Ok(Openings {
        count,
        first: opened_at.filter(|at| *at > 0).map(timestamp),
        newest: newest.into_iter().map(timestamp).collect(),
        is_unknown: opened_at == Some(0),
    })
}

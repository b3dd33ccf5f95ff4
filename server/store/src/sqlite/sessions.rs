//! Browser sessions: idle time, absolute end, and the life of the grant behind them (promise A7).

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::RecipientId;

use super::fault::{Fault, Result};
use super::records::{grant_is_live, recipient};
use super::rows::{FORMAT_VERSION, check_version, first, micros, span, timestamp};
use super::unit::Unit;
use crate::{NewSession, SessionLimits, SessionRecord};

/// A use is written down when the last one that was is this old: pages ask for many ranges in a
/// second, and each write is an fsync. What is on disk is then older than the truth, so a session
/// ends up to this much early, never late.
const WRITE_AFTER: i64 = 15_000_000;

/// A session that is live, and whether this use of it must be written down.
pub(super) struct Live {
    pub(super) record: SessionRecord,
    pub(super) write: bool,
}

pub(super) fn add(unit: &Unit<'_>, session: &NewSession, now: Timestamp) -> Result<()> {
    // Sessions that nobody closed.
    unit.change("DELETE FROM sessions WHERE ends_at <= ?", [micros(now)])?;
    unit.change(
        "INSERT INTO sessions (token, format_version, recipient_id, ends_at, last_used_at)
         VALUES (?, ?, ?, ?, ?)",
        params![
            session.token,
            FORMAT_VERSION,
            session.recipient.as_bytes(),
            micros(session.ends_at),
            micros(now),
        ],
    )?;
    Ok(())
}

/// The session of a token, if it is live at `now`.
pub(super) fn find(
    sql: &Connection,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<Live>> {
    let found = first(
        sql,
        "SELECT format_version, recipient_id, ends_at, last_used_at FROM sessions
         WHERE token = ?",
        [token],
        |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        },
    )?;
    let Some((version, id, ends_at, last_used_at)) = found else {
        return Ok(None);
    };
    check_version(version)?;
    let id = RecipientId::from_bytes(id);
    let now = micros(now);
    let idle = now.saturating_sub(last_used_at);
    if now >= ends_at || idle >= span(limits.idle) || !grant_is_live(sql, id, now)? {
        return Ok(None);
    }
    let recipient = recipient(sql, id)?.ok_or_else(|| Fault::damaged("session of", id))?;
    let write_after = WRITE_AFTER.min(span(limits.idle) / 4);
    Ok(Some(Live {
        record: SessionRecord {
            recipient,
            ends_at: timestamp(ends_at),
        },
        write: idle >= write_after,
    }))
}

/// Finds a session and writes down that it is used now. It may have ended since it was read.
pub(super) fn mark_used(
    unit: &Unit<'_>,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<SessionRecord>> {
    let Some(live) = find(unit.sql, token, limits, now)? else {
        return Ok(None);
    };
    if live.write {
        unit.change(
            "UPDATE sessions SET last_used_at = ? WHERE token = ?",
            params![micros(now), token],
        )?;
    }
    Ok(Some(live.record))
}

pub(super) fn close(unit: &Unit<'_>, token: &[u8; 32]) -> Result<()> {
    unit.change("DELETE FROM sessions WHERE token = ?", [token])?;
    Ok(())
}

//! Browser sessions: idle time, absolute end, and the life of the grant behind them (promise A7).

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{MessageId, RecipientId};

use super::fault::{Fault, Result};
use super::holder::{RECIPIENTS, SENDERS, Tables};
use super::records::{grant_is_live, recipient};
use super::rows::{FORMAT_VERSION, check_version, first, micros, span, timestamp};
use super::senders;
use super::unit::Unit;
use crate::{NewSenderSession, NewSession, SenderSessionRecord, SessionLimits, SessionRecord};

/// A use is written down when the last one that was is this old: pages ask for many ranges in a
/// second, and each write is an fsync. What is on disk is then older than the truth, so a session
/// ends up to this much early, never late.
const WRITE_AFTER: i64 = 15_000_000;

/// A session that is live, and whether this use of it must be written down.
pub(super) struct Live<R> {
    pub(super) record: R,
    pub(super) write: bool,
}

pub(super) fn add(unit: &Unit<'_>, session: &NewSession, now: Timestamp) -> Result<()> {
    let NewSession {
        token,
        recipient,
        ends_at,
    } = session;
    insert(
        unit,
        &RECIPIENTS,
        token,
        recipient.as_bytes(),
        *ends_at,
        now,
    )
}

pub(super) fn add_sender(
    unit: &Unit<'_>,
    session: &NewSenderSession,
    now: Timestamp,
) -> Result<()> {
    let NewSenderSession {
        token,
        message,
        ends_at,
    } = session;
    insert(unit, &SENDERS, token, message.as_bytes(), *ends_at, now)
}

fn insert(
    unit: &Unit<'_>,
    Tables { sessions, id, .. }: &Tables,
    token: &[u8; 32],
    holder: &[u8; 16],
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    // Sessions that nobody closed.
    unit.change(
        &format!("DELETE FROM {sessions} WHERE ends_at <= ?"),
        [micros(now)],
    )?;
    unit.change(
        &format!(
            "INSERT INTO {sessions} (token, format_version, {id}, ends_at, last_used_at)
             VALUES (?, ?, ?, ?, ?)"
        ),
        params![token, FORMAT_VERSION, holder, micros(ends_at), micros(now)],
    )?;
    Ok(())
}

/// A session as it stands there, used not too long ago and not past its end.
struct Found {
    holder: [u8; 16],
    ends_at: Timestamp,
    write: bool,
}

fn look_up(
    sql: &Connection,
    Tables { sessions, id, .. }: &Tables,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: i64,
) -> Result<Option<Found>> {
    let found = first(
        sql,
        &format!(
            "SELECT format_version, {id}, ends_at, last_used_at FROM {sessions} WHERE token = ?"
        ),
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
    let Some((version, holder, ends_at, last_used_at)) = found else {
        return Ok(None);
    };
    check_version(version)?;
    let idle = now.saturating_sub(last_used_at);
    if now >= ends_at || idle >= span(limits.idle) {
        return Ok(None);
    }
    let write_after = WRITE_AFTER.min(span(limits.idle) / 4);
    Ok(Some(Found {
        holder,
        ends_at: timestamp(ends_at),
        write: idle >= write_after,
    }))
}

/// The session of a token, if it is live at `now`.
pub(super) fn find(
    sql: &Connection,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<Live<SessionRecord>>> {
    let Some(found) = look_up(sql, &RECIPIENTS, token, limits, micros(now))? else {
        return Ok(None);
    };
    let id = RecipientId::from_bytes(found.holder);
    if !grant_is_live(sql, id, micros(now))? {
        return Ok(None);
    }
    let recipient = recipient(sql, id)?.ok_or_else(|| Fault::damaged("session of", id))?;
    Ok(Some(Live {
        record: SessionRecord {
            recipient,
            ends_at: found.ends_at,
        },
        write: found.write,
    }))
}

/// The same for a sender's.
pub(super) fn find_sender(
    sql: &Connection,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<Live<SenderSessionRecord>>> {
    let Some(found) = look_up(sql, &SENDERS, token, limits, micros(now))? else {
        return Ok(None);
    };
    let message = MessageId::from_bytes(found.holder);
    let sender = senders::of_message(sql, message, now)?;
    Ok(sender.map(|sender| Live {
        record: SenderSessionRecord {
            sender,
            ends_at: found.ends_at,
        },
        write: found.write,
    }))
}

/// Finds a session and writes down that it is used now. It may have ended since it was read.
pub(super) fn mark_used(
    unit: &Unit<'_>,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<SessionRecord>> {
    let live = find(unit.sql, token, limits, now)?;
    note_use(unit, &RECIPIENTS, token, live, now)
}

/// The same for a sender's.
pub(super) fn mark_sender_used(
    unit: &Unit<'_>,
    token: &[u8; 32],
    limits: &SessionLimits,
    now: Timestamp,
) -> Result<Option<SenderSessionRecord>> {
    let live = find_sender(unit.sql, token, limits, now)?;
    note_use(unit, &SENDERS, token, live, now)
}

fn note_use<R>(
    unit: &Unit<'_>,
    Tables { sessions, .. }: &Tables,
    token: &[u8; 32],
    live: Option<Live<R>>,
    now: Timestamp,
) -> Result<Option<R>> {
    let Some(live) = live else {
        return Ok(None);
    };
    if live.write {
        unit.change(
            &format!("UPDATE {sessions} SET last_used_at = ? WHERE token = ?"),
            params![micros(now), token],
        )?;
    }
    Ok(Some(live.record))
}

pub(super) fn close(unit: &Unit<'_>, token: &[u8; 32]) -> Result<()> {
    end(unit, &RECIPIENTS, token)
}

pub(super) fn close_sender(unit: &Unit<'_>, token: &[u8; 32]) -> Result<()> {
    end(unit, &SENDERS, token)
}

fn end(unit: &Unit<'_>, Tables { sessions, .. }: &Tables, token: &[u8; 32]) -> Result<()> {
    unit.change(&format!("DELETE FROM {sessions} WHERE token = ?"), [token])?;
    Ok(())
}

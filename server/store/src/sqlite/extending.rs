//! More time for grants: shares wrapped anew for a later end.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{MessageId, RecipientId};

use super::fault::Result;
use super::kinds::Columns;
use super::rows::{exists, first, micros, timestamp};
use super::unit::Unit;
use super::{audit, tasks};
use crate::{Act, Extension, MoreTime, NewTask, OPENINGS_KEPT, StoreError, TaskKind};

/// See [`crate::Store::extend`].
pub(super) fn extend(unit: &mut Unit<'_>, extension: Extension, now: Timestamp) -> Result<bool> {
    extend_by(unit, audit::OPERATOR, extension, now)
}

/// The same for who is told.
pub(super) fn extend_by(
    unit: &mut Unit<'_>,
    who: &str,
    extension: Extension,
    now: Timestamp,
) -> Result<bool> {
    let Extension {
        event,
        shares,
        expiry,
        follow_up,
    } = extension;
    let Act::Extend(message, until) = event.act else {
        return Err(StoreError::NotFound.into());
    };
    let kinds = [TaskKind::Expire(message), TaskKind::FollowUp(message)];
    if [expiry.kind, follow_up.kind] != kinds {
        return Err(StoreError::NotFound.into());
    }
    if shares.is_empty() {
        return Ok(false);
    }
    for share in &shares {
        unit.check_wrapped(&share.new)?;
        let fits = exists(
            unit.sql,
            "SELECT 1 FROM grants g JOIN recipients r ON r.id = g.recipient_id
             WHERE r.id = ?1 AND r.message_id = ?2 AND g.share = ?3
                 AND g.expires_at > ?4 AND g.expires_at < ?5",
            params![
                share.id,
                message.as_bytes(),
                share.old,
                micros(now),
                micros(until)
            ],
        )?;
        if !fits {
            return Ok(false);
        }
    }
    for share in &shares {
        unit.change(
            "UPDATE grants SET share = ?, expires_at = ? WHERE recipient_id = ?",
            params![share.new, micros(until), share.id],
        )?;
        list(unit, &share.id, now, until)?;
    }
    unit.destroys();
    let ends_at = next_end(unit.sql, message, now)?.unwrap_or(until);
    let expiry = NewTask {
        due_at: ends_at,
        ..expiry
    };
    move_to(unit, message, expiry, Since::Then)?;
    // What it waits for moves with the end, and when that is then, it decides itself.
    let follow_up = NewTask {
        due_at: now,
        ..follow_up
    };
    move_to(unit, message, follow_up, Since::First)?;
    audit::record_by(unit, who, event, shares.len() as u64, now)?;
    Ok(true)
}

/// Lists for a recipient what it was given, and keeps the newest.
fn list(unit: &Unit<'_>, recipient: &[u8; 16], at: Timestamp, until: Timestamp) -> Result<()> {
    unit.change(
        "INSERT INTO extensions (recipient_id, at, until) VALUES (?, ?, ?)",
        params![recipient, micros(at), micros(until)],
    )?;
    unit.change(
        "DELETE FROM extensions WHERE recipient_id = ?1 AND rowid NOT IN (
             SELECT rowid FROM extensions WHERE recipient_id = ?1
             ORDER BY at DESC, rowid DESC LIMIT ?2)",
        params![recipient, OPENINGS_KEPT],
    )?;
    Ok(())
}

/// What a recipient was given, the earliest first.
pub(super) fn of(sql: &Connection, recipient: RecipientId) -> Result<Vec<MoreTime>> {
    let mut statement = sql.prepare_cached(
        "SELECT at, until FROM extensions WHERE recipient_id = ? ORDER BY at, rowid",
    )?;
    let all = statement.query_map([recipient.as_bytes()], |row| {
        Ok(MoreTime {
            at: timestamp(row.get(0)?),
            until: timestamp(row.get(1)?),
        })
    })?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

/// When the next grant of a message that has not ended at `now` ends.
pub(super) fn next_end(
    sql: &Connection,
    message: MessageId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let ends: Option<Option<i64>> = first(
        sql,
        "SELECT min(g.expires_at) FROM grants g JOIN recipients r ON r.id = g.recipient_id
         WHERE r.message_id = ? AND g.share IS NOT NULL AND g.expires_at > ?",
        params![message.as_bytes(), micros(now)],
        |row| row.get(0),
    )?;
    Ok(ends.flatten().map(timestamp))
}

/// Since when what a message waits for is due.
enum Since {
    /// The instant that it is moved to.
    Then,
    /// Where that was before, its former instant: what it has not done yet is not passed over.
    First,
}

/// Makes the message's one task of this kind due at `task.due_at`; who has leased it finishes
/// nothing. Adds it where there is none.
fn move_to(unit: &mut Unit<'_>, message: MessageId, task: NewTask, since: Since) -> Result<()> {
    let moved = unit.change(
        "UPDATE tasks SET due_at = ?1,
             first_due_at = CASE WHEN ?2 THEN min(first_due_at, ?1) ELSE ?1 END,
             leased = 0, token = token + 1, failures = 0, put_off = 0
         WHERE message_id = ?3 AND kind = ?4 AND failed_at IS NULL",
        params![
            micros(task.due_at),
            matches!(since, Since::First),
            message.as_bytes(),
            Columns::of(&task.kind).name,
        ],
    )?;
    if moved == 0 {
        return tasks::add(unit, task);
    }
    unit.task_added();
    Ok(())
}

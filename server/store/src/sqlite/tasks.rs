//! The queue: tasks as rows, leases with a fencing token.
//!
//! A lease moves `due_at` to when it runs out and makes the token grow. The token alone fences:
//! a worker that is late but that nobody has followed may still finish, because refusing it could
//! only make the work be done twice (promise D5).

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use seal::TaskId;

use super::contents;
use super::extending::next_end;
use super::fault::{Fault, Result};
use super::kinds::{Columns, RANKS, read_kind};
use super::payloads;
use super::reports;
use super::rows::{
    FORMAT_VERSION, check_version, column, end_name, exists, first, micros, micros_after, span,
    timestamp,
};
use super::unit::Unit;
use crate::{End, HandedTo, Lease, LeasedTask, NewTask, Outcome, StoreError, TaskKind};

/// What is kept of a cause, in octets.
const CAUSE: usize = 500;

/// Adds a task and wakes a worker once it is committed.
pub(super) fn add(unit: &mut Unit<'_>, task: NewTask) -> Result<()> {
    let kind = Columns::of(&task.kind);
    let mut slot = None;
    if let Some(payload) = &task.payload {
        unit.check_wrapped(payload)?;
        slot = Some(payloads::put(unit, payload)?);
    }
    unit.change(
        "INSERT INTO tasks (id, format_version, kind, rank, message_id, recipient_id, code_id,
             reply_id, slot, first_due_at, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        params![
            task.id.as_bytes(),
            FORMAT_VERSION,
            kind.name,
            kind.rank,
            kind.message,
            kind.recipient,
            kind.code,
            kind.reply,
            slot,
            micros(task.due_at),
        ],
    )?;
    unit.task_added();
    Ok(())
}

/// Leases what is due: see [`crate::Store::lease`].
pub(super) fn lease(
    unit: &mut Unit<'_>,
    now: Timestamp,
    hold: Duration,
    most: usize,
) -> Result<Vec<LeasedTask>> {
    let mut leased = Vec::new();
    for rank in RANKS {
        // One index walk per rank, which ends at the first task that is not yet due.
        let due: Vec<[u8; 16]> = column(
            unit.sql,
            "SELECT id FROM tasks WHERE failed_at IS NULL AND rank = ? AND due_at <= ?
             ORDER BY due_at, id LIMIT ?",
            params![rank, micros(now), limit(most - leased.len())],
        )?;
        for task in due.into_iter().map(TaskId::from_bytes) {
            match read_task(unit.sql, task) {
                Ok(found) => leased.push(lease_one(unit, found, micros_after(now, hold))?),
                Err(fault @ Fault::Sql(rusqlite::Error::SqliteFailure(..))) => return Err(fault),
                Err(fault) => put_aside(unit, task, fault, now)?,
            }
        }
    }
    Ok(leased)
}

/// Takes every lease back: see [`crate::Store::release_leases`]. It is counted as a lease that ran out
/// is.
pub(super) fn release(unit: &mut Unit<'_>) -> Result<u64> {
    let released = unit.change(
        "UPDATE tasks SET due_at = first_due_at, leased = 0, put_off = put_off + 1
         WHERE leased = 1 AND failed_at IS NULL",
        [],
    )?;
    if released > 0 {
        unit.task_added();
    }
    Ok(released as u64)
}

/// Makes due what a clock that was ahead has put off: see [`crate::Store::recall`]. Only kinds that
/// begin at once are known to be late before they were tried; others begin at their time.
pub(super) fn recall(unit: &mut Unit<'_>, now: Timestamp, pause: Duration) -> Result<u64> {
    let recalled = unit.change(
        "UPDATE tasks SET due_at = CASE
             WHEN kind NOT IN ('expire', 'follow-up') THEN ?1
             ELSE max(first_due_at, ?1) END
         WHERE failed_at IS NULL AND leased = 0 AND due_at > ?2
             AND (kind NOT IN ('expire', 'follow-up')
                 OR due_at > first_due_at + ?3)",
        params![micros(now), micros_after(now, pause), span(pause)],
    )?;
    if recalled > 0 {
        unit.task_added();
    }
    Ok(recalled as u64)
}

/// A lease that ran out is counted: a task that takes its worker down would otherwise look as if it
/// had never been tried. It is no failure: most of those that a dead worker held it had not begun,
/// and the pauses of one that is put off for the first time must not be those of the tenth.
pub(super) fn lease_one(unit: &Unit<'_>, mut found: LeasedTask, until: i64) -> Result<LeasedTask> {
    let Lease { task, token } = &mut found.lease;
    *token += 1;
    unit.change(
        "UPDATE tasks SET due_at = ?, token = ?, put_off = ?, leased = 1,
             notice = iif(notice = 3, 2, notice)
         WHERE id = ?",
        params![until, token.cast_signed(), found.put_off, task.as_bytes()],
    )?;
    Ok(found)
}

/// A record that cannot be read is named and kept, and does not stand in the way of the others
/// (promise D7).
fn put_aside(unit: &Unit<'_>, task: TaskId, fault: Fault, now: Timestamp) -> Result<()> {
    let cause = StoreError::from(fault).to_string();
    tracing::error!(task.id = %task, cause, "a damaged task was put aside");
    unit.change(
        "UPDATE tasks SET failed_at = ?, cause = ?, leased = 0, held = 1 WHERE id = ?",
        params![micros(now), short(&cause), task.as_bytes()],
    )?;
    Ok(())
}

/// Ends a lease: see [`crate::Store::finish`].
pub(super) fn finish(
    unit: &mut Unit<'_>,
    lease: &Lease,
    outcome: Outcome,
    now: Timestamp,
) -> Result<bool> {
    if !is_valid(unit.sql, lease)? {
        return Ok(false);
    }
    let LeasedTask { kind, payload, .. } = read_task(unit.sql, lease.task)?;
    let mut outcome = outcome;
    let outcome = loop {
        outcome = match outcome {
            // Before any end is put: a recipient with a report reaches its end with that.
            Outcome::Told { outcome, telling } => {
                reports::tell(unit, telling)?;
                *outcome
            }
            Outcome::And { outcome, tasks } => {
                for task in tasks {
                    add_once(unit, task)?;
                }
                *outcome
            }
            Outcome::Handed { outcome, to } => {
                handed(unit, &kind, &to)?;
                *outcome
            }
            plain => break plain,
        };
    };
    if payload.is_some() && !keeps_payload(&outcome) {
        unit.destroys();
    }
    match outcome {
        Outcome::Retry { at, cause } => retry(unit, lease.task, at, &cause, true)?,
        Outcome::PutOff { at, cause } => retry(unit, lease.task, at, &cause, false)?,
        Outcome::Done(end) => {
            put_end(unit, lease.task, &kind, end, now)?;
            // Some of its grants were given more time than others.
            if let TaskKind::Expire(message) = kind
                && let Some(at) = next_end(unit.sql, message, now)?
            {
                again(unit, lease.task, at)?;
                return Ok(true);
            }
            unit.change("DELETE FROM tasks WHERE id = ?", [lease.task.as_bytes()])?;
            match kind {
                TaskKind::DeliverReply(reply) => contents::drop_of_reply(unit, reply)?,
                TaskKind::Relay(message, _) => contents::drop_unneeded(unit, message)?,
                _ => {}
            }
        }
        Outcome::Failed { end, cause } => {
            fail(unit, lease.task, end, &cause, now)?;
            put_end(unit, lease.task, &kind, end, now)?;
            if let TaskKind::Relay(message, _) = kind {
                contents::drop_unneeded(unit, message)?;
            }
        }
        Outcome::Again { at } => again(unit, lease.task, at)?,
        Outcome::Told { .. } | Outcome::And { .. } | Outcome::Handed { .. } => {
            return Err(StoreError::NotFound.into());
        }
    }
    Ok(true)
}

/// See [`Outcome::Handed`]. Before any end is put.
fn handed(unit: &Unit<'_>, kind: &TaskKind, to: &HandedTo) -> Result<()> {
    let (TaskKind::Notify(_, recipient) | TaskKind::Relay(_, recipient)) = kind else {
        return Ok(());
    };
    let tls = to.tls.as_ref();
    unit.change(
        "UPDATE recipients SET handed_host = ?, handed_tls = ?, handed_cipher = ?
         WHERE id = ? AND ended_as IS NULL",
        params![
            to.host,
            tls.map(|tls| &tls.version),
            tls.map(|tls| &tls.cipher),
            recipient.as_bytes()
        ],
    )?;
    Ok(())
}

/// A message has one follow-up: the first notice that was taken has brought it.
fn add_once(unit: &mut Unit<'_>, task: NewTask) -> Result<()> {
    if let TaskKind::FollowUp(message) = task.kind
        && exists(
            unit.sql,
            "SELECT 1 FROM tasks WHERE message_id = ? AND kind = 'follow-up'",
            [message.as_bytes()],
        )?
    {
        return Ok(());
    }
    add(unit, task)
}

/// See [`Outcome::Again`].
fn again(unit: &Unit<'_>, task: TaskId, at: Timestamp) -> Result<()> {
    unit.change(
        "UPDATE tasks SET due_at = ?1, first_due_at = ?1, cause = NULL, leased = 0, failures = 0,
             put_off = 0
         WHERE id = ?2",
        params![micros(at), task.as_bytes()],
    )?;
    Ok(())
}

/// Whether nobody has leased the task since, and it is not over.
pub(super) fn is_valid(sql: &Connection, lease: &Lease) -> Result<bool> {
    exists(
        sql,
        "SELECT 1 FROM tasks WHERE id = ? AND token = ? AND leased = 1",
        params![lease.task.as_bytes(), lease.token.cast_signed()],
    )
}

/// See [`crate::Store::finish_together`].
pub(super) fn finish_together(
    unit: &mut Unit<'_>,
    ended: Vec<(Lease, Outcome)>,
    now: Timestamp,
) -> Result<Vec<bool>> {
    let mut together = Vec::new();
    let mut finished = Vec::new();
    for (lease, outcome) in ended {
        let notice = match (outcome.core(), is_valid(unit.sql, &lease)?) {
            (Outcome::Done(Some(End::Notified)), true) => {
                match read_task(unit.sql, lease.task)?.kind {
                    TaskKind::Notify(_, recipient) => Some(recipient),
                    _ => None,
                }
            }
            _ => None,
        };
        together.extend(notice);
        finished.push(finish(unit, &lease, outcome, now)?);
    }
    if let [first, _, ..] = together[..] {
        for recipient in &together {
            unit.change(
                "UPDATE recipients SET told_with = ? WHERE id = ?",
                [first.as_bytes(), recipient.as_bytes()],
            )?;
        }
    }
    Ok(finished)
}

fn keeps_payload(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Retry { .. } | Outcome::PutOff { .. } | Outcome::Again { .. } => true,
        Outcome::Done(_) => false,
        Outcome::Failed { end, .. } => *end == Some(End::Held),
        Outcome::Told { outcome, .. }
        | Outcome::And { outcome, .. }
        | Outcome::Handed { outcome, .. } => keeps_payload(outcome),
    }
}

fn retry(
    unit: &Unit<'_>,
    task: TaskId,
    at: Timestamp,
    cause: &str,
    has_failed: bool,
) -> Result<()> {
    unit.change(
        "UPDATE tasks SET due_at = ?1, cause = ?2, leased = 0,
             failures = failures + ?3, put_off = put_off + NOT ?3,
             notice = iif(notice = 3, 2, notice)
         WHERE id = ?4",
        params![micros(at), short(cause), has_failed, task.as_bytes()],
    )?;
    Ok(())
}

pub(super) fn fail(
    unit: &Unit<'_>,
    task: TaskId,
    end: Option<End>,
    cause: &str,
    now: Timestamp,
) -> Result<()> {
    unit.change(
        "UPDATE tasks SET failed_at = ?1, cause = ?2, leased = 0, held = ?3,
             slot = iif(?3, slot, NULL)
         WHERE id = ?4",
        params![
            micros(now),
            short(cause),
            end == Some(End::Held),
            task.as_bytes()
        ],
    )?;
    Ok(())
}

/// Gives recipients without an end the one that their task has brought. Passcodes and replies end
/// no recipient: the notice is what promise D3 is about. Nor is anybody ended who has a report
/// that will.
pub(super) fn put_end(
    unit: &Unit<'_>,
    task: TaskId,
    kind: &TaskKind,
    end: Option<End>,
    now: Timestamp,
) -> Result<()> {
    let Some(end) = end else { return Ok(()) };
    match kind {
        TaskKind::Notify(_, recipient) | TaskKind::Relay(_, recipient) => unit.change(
            "UPDATE recipients SET ended_as = ?1, notified_at = iif(?1 = 'notified', ?3, NULL)
             WHERE id = ?2 AND ended_as IS NULL",
            params![end_name(end), recipient.as_bytes(), micros(now)],
        )?,
        TaskKind::Expire(message) => unit.change(
            "UPDATE recipients SET ended_as = ?1
             WHERE message_id = ?2 AND ended_as IS NULL
                 AND id IN (SELECT recipient_id FROM grants WHERE expires_at <= ?3)
                 AND NOT EXISTS (
                     SELECT 1 FROM reports p WHERE p.recipient_id = recipients.id
                         AND p.action IN ('failed', 'bounced', 'expired', 'unopened'))",
            params![end_name(end), message.as_bytes(), micros(now)],
        )?,
        TaskKind::Report(_) => reports::put_ends(unit, task, end)?,
        TaskKind::SendCode(..)
        | TaskKind::SendSenderCode(..)
        | TaskKind::DeliverReply(_)
        | TaskKind::TellReplier(_)
        | TaskKind::Advise(..)
        | TaskKind::FollowUp(_)
        | TaskKind::Remind(..)
        | TaskKind::TellUnread(_)
        | TaskKind::PassOn(..) => 0,
    };
    Ok(())
}

/// When the next task becomes due or a lease runs out.
pub(super) fn next_due(sql: &Connection) -> Result<Option<Timestamp>> {
    let mut next: Option<i64> = None;
    for rank in RANKS {
        let due: Option<i64> = first(
            sql,
            "SELECT min(due_at) FROM tasks WHERE failed_at IS NULL AND rank = ?",
            [rank],
            |row| row.get(0),
        )?
        .flatten();
        next = next.into_iter().chain(due).min();
    }
    Ok(next.map(timestamp))
}

pub(super) fn read_task(sql: &Connection, task: TaskId) -> Result<LeasedTask> {
    let mut statement = sql.prepare_cached(
        "SELECT format_version, kind, message_id, recipient_id, code_id, reply_id, token,
             first_due_at, failures, dropped, put_off + leased, octets
         FROM tasks LEFT JOIN payloads USING (slot) WHERE id = ?",
    )?;
    let mut rows = statement.query([task.as_bytes()])?;
    let row = rows.next()?.ok_or(StoreError::NotFound)?;
    check_version(row.get(0)?)?;
    let token: i64 = row.get(6)?;
    Ok(LeasedTask {
        lease: Lease {
            task,
            token: token.cast_unsigned(),
        },
        kind: read_kind(row)?.ok_or_else(|| Fault::damaged("task", task))?,
        first_due_at: timestamp(row.get(7)?),
        failures: row.get(8)?,
        dropped: row.get(9)?,
        put_off: row.get(10)?,
        payload: match row.get_ref(11)? {
            ValueRef::Blob(octets) => Some(payloads::unpack(octets)),
            _ => None,
        },
    })
}

pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A cause for the operator, cut to what a row should hold.
pub(super) fn short(cause: &str) -> &str {
    &cause[..cause.floor_char_boundary(CAUSE)]
}

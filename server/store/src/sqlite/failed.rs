//! Tasks that have failed for good, and how an operator puts one back.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{MessageId, RecipientId, TaskId};

use super::fault::Result;
use super::kinds::read_kind;
use super::reports;
use super::rows::{FORMAT_VERSION, exists, micros, timestamp};
use super::tasks::read_task;
use super::unit::Unit;
use crate::{FailedTask, LeasedTask, TaskKind};

/// See [`crate::Store::failed_tasks`].
pub(super) fn list(sql: &Connection) -> Result<Vec<FailedTask>> {
    let mut statement = sql.prepare_cached(
        "SELECT format_version, kind, message_id, recipient_id, code_id, reply_id,
             id, failed_at, cause, failures
         FROM tasks WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC",
    )?;
    let tasks = statement.query_map([], |row| {
        let readable = row.get::<_, u32>(0)? <= FORMAT_VERSION;
        Ok(FailedTask {
            id: TaskId::from_bytes(row.get(6)?),
            // One that cannot be read must be seen by the operator above all.
            kind: read_kind(row).ok().flatten().filter(|_| readable),
            failed_at: timestamp(row.get(7)?),
            cause: row.get::<_, Option<_>>(8)?.unwrap_or_default(),
            failures: row.get(9)?,
        })
    })?;
    Ok(tasks.collect::<rusqlite::Result<_>>()?)
}

/// See [`crate::Store::retry_failed`].
pub(super) fn retry(unit: &mut Unit<'_>, task: TaskId, now: Timestamp) -> Result<bool> {
    if !exists(
        unit.sql,
        "SELECT 1 FROM tasks WHERE id = ? AND failed_at IS NOT NULL",
        [task.as_bytes()],
    )? {
        return Ok(false);
    }
    let found = read_task(unit.sql, task)?;
    if !has_what_it_needs(unit.sql, &found, now)? {
        return Ok(false);
    }
    match found.kind {
        TaskKind::Notify(_, recipient) | TaskKind::Relay(_, recipient) => {
            take_back_end(unit, recipient)?;
        }
        TaskKind::Expire(message) => take_back_ends(unit, task, message)?,
        TaskKind::Report(_) => reports::take_back_ends(unit, task)?,
        TaskKind::SendCode(..)
        | TaskKind::SendSenderCode(..)
        | TaskKind::DeliverReply(_)
        | TaskKind::TellReplier(_)
        | TaskKind::Advise(..)
        | TaskKind::FollowUp(_)
        | TaskKind::Remind(..)
        | TaskKind::TellUnread(_)
        | TaskKind::PassOn(..) => {}
    }
    unit.change(
        "UPDATE tasks SET failed_at = NULL, cause = NULL, held = 0, leased = 0, failures = 0, put_off = 0,
             dropped = 0, first_due_at = ?1, due_at = ?1
         WHERE id = ?2",
        params![micros(now), task.as_bytes()],
    )?;
    unit.task_added();
    Ok(true)
}

fn has_what_it_needs(sql: &Connection, task: &LeasedTask, now: Timestamp) -> Result<bool> {
    match &task.kind {
        // A link whose share is gone opens nothing.
        TaskKind::Notify(_, recipient) => Ok(task.payload.is_some()
            && exists(
                sql,
                "SELECT 1 FROM recipients r JOIN grants g ON g.recipient_id = r.id
                 WHERE r.id = ? AND g.share IS NOT NULL
                     AND (r.ended_as IS NULL OR r.ended_as = 'held')",
                [recipient.as_bytes()],
            )?),
        // Another recipient's task may keep the copy, so the end is looked at as well: who was told
        // that this one got nothing must not be wrong afterwards.
        TaskKind::Relay(message, recipient) => exists(
            sql,
            "SELECT 1 FROM recipients r JOIN contents c ON c.message_id = r.message_id
             WHERE r.id = ? AND r.message_id = ? AND c.kind = 'spool'
                 AND (r.ended_as IS NULL OR r.ended_as = 'held')",
            params![recipient.as_bytes(), message.as_bytes()],
        ),
        TaskKind::SendCode(recipient, code) => exists(
            sql,
            "SELECT 1 FROM codes WHERE id = ? AND recipient_id = ?
                 AND (expires_at IS NULL OR expires_at > ?)",
            params![code.as_bytes(), recipient.as_bytes(), micros(now)],
        ),
        TaskKind::SendSenderCode(message, code) => exists(
            sql,
            "SELECT 1 FROM sender_codes WHERE id = ? AND message_id = ?
                 AND (expires_at IS NULL OR expires_at > ?)",
            params![code.as_bytes(), message.as_bytes(), micros(now)],
        ),
        TaskKind::DeliverReply(reply) => exists(
            sql,
            "SELECT 1 FROM replies WHERE id = ?1 AND sent_at IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM reply_parts p WHERE p.reply_id = ?1
                     AND NOT EXISTS (SELECT 1 FROM contents c WHERE c.id = p.content_id))",
            [reply.as_bytes()],
        ),
        TaskKind::Report(_) => exists(
            sql,
            "SELECT 1 FROM reports WHERE task_id = ?",
            [task.lease.task.as_bytes()],
        ),
        TaskKind::TellReplier(reply) => exists(
            sql,
            "SELECT 1 FROM replies WHERE id = ?",
            [reply.as_bytes()],
        ),
        // What became of a recipient since is looked at when they are done.
        TaskKind::Expire(_)
        | TaskKind::Advise(..)
        | TaskKind::FollowUp(_)
        | TaskKind::Remind(..)
        | TaskKind::TellUnread(_)
        | TaskKind::PassOn(..) => Ok(true),
    }
}

pub(super) fn take_back_end(unit: &Unit<'_>, recipient: RecipientId) -> Result<()> {
    unit.change(
        "UPDATE recipients SET ended_as = NULL WHERE id = ? AND ended_as = 'held'",
        [recipient.as_bytes()],
    )?;
    Ok(())
}

/// Takes back the ends that a held expiry has brought: those of recipients whose grant was over
/// then, but for who was held by a task of its own.
fn take_back_ends(unit: &Unit<'_>, expiry: TaskId, message: MessageId) -> Result<()> {
    unit.change(
        "UPDATE recipients SET ended_as = NULL
         WHERE message_id = ?1 AND ended_as = 'held'
             AND id IN (
                 SELECT g.recipient_id FROM grants g JOIN tasks e ON e.id = ?2
                 WHERE e.held AND g.expires_at <= e.failed_at)
             AND NOT EXISTS (
                 SELECT 1 FROM tasks t
                 WHERE t.recipient_id = recipients.id AND t.kind IN ('notify', 'relay') AND t.held)",
        params![message.as_bytes(), expiry.as_bytes()],
    )?;
    Ok(())
}

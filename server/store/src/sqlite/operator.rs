//! The queue as an operator sees it and takes a hand in it.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use seal::TaskId;

use super::failed::take_back_end;
use super::fault::Result;
use super::kinds::read_kind;
use super::rows::{FORMAT_VERSION, first, micros, timestamp};
use super::tasks::{fail, limit, put_end, read_task, short};
use super::unit::Unit;
use crate::{End, QueueFigures, TaskKind, TaskRecord, TaskState};

const TASK: &str = "
    SELECT format_version, kind, message_id, recipient_id, code_id, reply_id,
        id, leased, failed_at IS NOT NULL, held, first_due_at, due_at, failures, cause
    FROM tasks";

/// See [`crate::Store::tasks`].
pub(super) fn list(sql: &Connection, most: usize) -> Result<Vec<TaskRecord>> {
    let query = format!(
        "{TASK} WHERE NOT (kind IN ('expire', 'follow-up') AND failed_at IS NULL AND leased = 0 AND failures = 0)
         ORDER BY first_due_at, id LIMIT ?"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let tasks = statement.query_map([limit(most)], read)?;
    Ok(tasks.collect::<rusqlite::Result<_>>()?)
}

/// See [`crate::Store::task`].
pub(super) fn find(sql: &Connection, task: TaskId) -> Result<Option<TaskRecord>> {
    first(
        sql,
        &format!("{TASK} WHERE id = ?"),
        [task.as_bytes()],
        read,
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<TaskRecord> {
    let readable = row.get::<_, u32>(0)? <= FORMAT_VERSION;
    let (leased, failed, held) = (row.get(7)?, row.get(8)?, row.get(9)?);
    Ok(TaskRecord {
        id: TaskId::from_bytes(row.get(6)?),
        kind: read_kind(row).ok().flatten().filter(|_| readable),
        state: match (leased, failed, held) {
            (_, true, true) => TaskState::Held,
            (_, true, false) => TaskState::Failed,
            (true, false, _) => TaskState::Leased,
            (false, false, _) => TaskState::Waiting,
        },
        first_due_at: timestamp(row.get(10)?),
        due_at: timestamp(row.get(11)?),
        failures: row.get(12)?,
        cause: row.get(13)?,
    })
}

/// See [`crate::Store::park`].
pub(super) fn park(unit: &mut Unit<'_>, task: TaskId, cause: &str, now: Timestamp) -> Result<bool> {
    let Some(TaskRecord {
        kind: Some(kind),
        state: TaskState::Waiting | TaskState::Leased,
        ..
    }) = find(unit.sql, task)?
    else {
        return Ok(false);
    };
    if matches!(
        kind,
        TaskKind::Expire(_)
            | TaskKind::SendCode(..)
            | TaskKind::SendSenderCode(..)
            | TaskKind::FollowUp(_)
    ) {
        return Ok(false);
    }
    fail(unit, task, Some(End::Held), cause, now)?;
    unit.change(
        "UPDATE tasks SET token = token + 1 WHERE id = ?",
        [task.as_bytes()],
    )?;
    put_end(unit, task, &kind, Some(End::Held), now)?;
    Ok(true)
}

/// See [`crate::Store::drop_task`].
pub(super) fn drop_task(
    unit: &mut Unit<'_>,
    task: TaskId,
    cause: &str,
    now: Timestamp,
) -> Result<bool> {
    let Some(found) = find(unit.sql, task)? else {
        return Ok(false);
    };
    let Some(TaskKind::Notify(_, recipient) | TaskKind::Relay(_, recipient)) = found.kind else {
        return Ok(false);
    };
    if found.state == TaskState::Failed || read_task(unit.sql, task)?.dropped {
        return Ok(false);
    }
    take_back_end(unit, recipient)?;
    unit.change(
        "UPDATE tasks SET dropped = 1, failed_at = NULL, held = 0, leased = 0, token = token + 1,
             cause = ?, due_at = ?
         WHERE id = ?",
        params![short(cause), micros(now), task.as_bytes()],
    )?;
    unit.task_added();
    Ok(true)
}

/// See [`crate::Store::queue_figures`].
pub(super) fn figures(sql: &Connection, now: Timestamp) -> Result<Vec<QueueFigures>> {
    let mut statement = sql.prepare_cached(
        "SELECT kind,
             sum(failed_at IS NULL AND NOT leased AND due_at > ?1),
             sum(failed_at IS NULL AND (leased OR due_at <= ?1)),
             sum(failed_at IS NOT NULL),
             min(iif(failed_at IS NULL, first_due_at, NULL))
         FROM tasks GROUP BY kind",
    )?;
    let count = |row: &Row<'_>, column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let figures = statement.query_map([micros(now)], |row| {
        Ok(QueueFigures {
            kind: row.get(0)?,
            waiting: count(row, 1)?,
            due: count(row, 2)?,
            failed: count(row, 3)?,
            oldest: row.get::<_, Option<_>>(4)?.map(timestamp),
        })
    })?;
    Ok(figures.collect::<rusqlite::Result<_>>()?)
}

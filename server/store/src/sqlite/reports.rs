//! What senders are to be told, as rows that go with the task that tells it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{MessageId, RecipientId, TaskId};

use super::fault::{Fault, Result};
use super::rows::{column, end_name, exists, first, micros};
use super::tasks::{self, short};
use super::unit::Unit;
use crate::{Bounce, End, Report, ReportAction, StoreError, Stored, TaskKind, Telling};

const ACTIONS: [ReportAction; 6] = [
    ReportAction::Failed,
    ReportAction::Delayed,
    ReportAction::Relayed,
    ReportAction::Bounced,
    ReportAction::Expired,
    ReportAction::Unopened,
];

fn name(action: ReportAction) -> &'static str {
    match action {
        ReportAction::Failed => "failed",
        ReportAction::Delayed => "delayed",
        ReportAction::Relayed => "relayed",
        ReportAction::Bounced => "bounced",
        ReportAction::Expired => "expired",
        ReportAction::Unopened => "unopened",
    }
}

/// Writes reports. They join a task of their message that nobody has begun: recipients that fail
/// together are told of together.
pub(super) fn tell(unit: &mut Unit<'_>, telling: Telling) -> Result<()> {
    let Telling { reports, task } = telling;
    let TaskKind::Report(message) = task.kind else {
        return Err(StoreError::NotFound.into());
    };
    let mut wanted = Vec::with_capacity(reports.len());
    for report in reports {
        if !belongs(unit.sql, report.recipient, message)? {
            return Err(StoreError::NotFound.into());
        }
        let again = report.action == ReportAction::Delayed
            && unit.change(
                "UPDATE recipients SET delay_told = 1 WHERE id = ? AND delay_told = 0",
                [report.recipient.as_bytes()],
            )? == 0;
        if !again {
            wanted.push(report);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let open: Option<[u8; 16]> = first(
        unit.sql,
        "SELECT id FROM tasks WHERE message_id = ? AND kind = 'report' AND token = 0
             AND failed_at IS NULL",
        [message.as_bytes()],
        |row| row.get(0),
    )?;
    let id = match open {
        Some(id) => TaskId::from_bytes(id),
        None => {
            let id = task.id;
            tasks::add(unit, task)?;
            id
        }
    };
    for report in wanted {
        // A later word replaces an earlier one: who failed is no longer delayed.
        unit.change(
            "INSERT OR REPLACE INTO reports (task_id, recipient_id, action, status, cause, remote)
             VALUES (?, ?, ?, ?, ?, ?)",
            params![
                id.as_bytes(),
                report.recipient.as_bytes(),
                name(report.action),
                report.status,
                short(&report.cause),
                report.remote
            ],
        )?;
    }
    Ok(())
}

fn belongs(sql: &Connection, recipient: RecipientId, message: MessageId) -> Result<bool> {
    exists(
        sql,
        "SELECT 1 FROM recipients WHERE id = ? AND message_id = ?",
        [recipient.as_bytes(), message.as_bytes()],
    )
}

/// See [`crate::Store::reports`].
pub(super) fn of_task(sql: &Connection, task: TaskId) -> Result<Vec<Report>> {
    let mut statement = sql.prepare_cached(
        "SELECT recipient_id, action, status, cause, remote FROM reports WHERE task_id = ?
         ORDER BY recipient_id",
    )?;
    let mut rows = statement.query([task.as_bytes()])?;
    let mut reports = Vec::new();
    while let Some(row) = rows.next()? {
        let action: String = row.get(1)?;
        reports.push(Report {
            recipient: RecipientId::from_bytes(row.get(0)?),
            action: ACTIONS
                .into_iter()
                .find(|known| name(*known) == action)
                .ok_or_else(|| Fault::damaged("report", task))?,
            status: row.get(2)?,
            cause: row.get(3)?,
            remote: row.get(4)?,
        });
    }
    Ok(reports)
}

/// Gives the recipients of a task's reports their ends: [`End::Held`] when the sender could not be
/// told, else what each report brings.
pub(super) fn put_ends(unit: &Unit<'_>, task: TaskId, end: End) -> Result<usize> {
    let mut changed = 0;
    for report in of_task(unit.sql, task)? {
        let (was_notified, told) = match report.action {
            ReportAction::Failed => (false, End::Dsn),
            ReportAction::Bounced => (true, End::Dsn),
            ReportAction::Expired => (false, End::Expired),
            ReportAction::Unopened => (true, End::Expired),
            ReportAction::Delayed | ReportAction::Relayed => continue,
        };
        let end = match end {
            // It was notified, and nothing went wrong but the telling that it did not look.
            End::Held if report.action == ReportAction::Unopened => continue,
            End::Held => End::Held,
            _ => told,
        };
        changed += unit.change(
            "UPDATE recipients SET ended_as = ?1
             WHERE id = ?2 AND (ended_as IS NULL OR (?3 AND ended_as = 'notified'))",
            params![end_name(end), report.recipient.as_bytes(), was_notified],
        )?;
    }
    Ok(changed)
}

/// Takes back the ends that a failed report has brought.
pub(super) fn take_back_ends(unit: &Unit<'_>, task: TaskId) -> Result<()> {
    unit.change(
        "UPDATE recipients SET ended_as = NULL
         WHERE ended_as = 'held' AND id IN (
             SELECT recipient_id FROM reports
             WHERE task_id = ? AND action IN ('failed', 'bounced', 'expired'))",
        [task.as_bytes()],
    )?;
    Ok(())
}

/// See [`crate::Store::bounced`].
pub(super) fn bounced(
    unit: &mut Unit<'_>,
    recipient: RecipientId,
    bounce: Bounce,
    now: Timestamp,
) -> Result<(Stored, bool)> {
    let message: Option<[u8; 16]> = first(
        unit.sql,
        "SELECT message_id FROM recipients WHERE id = ?",
        [recipient.as_bytes()],
        |row| row.get(0),
    )?;
    let message = MessageId::from_bytes(message.ok_or(StoreError::NotFound)?);
    let taken = Stored::committed(message, 0);
    let Bounce::Failed(telling) = bounce else {
        return Ok((taken, false));
    };
    let is_open = exists(
        unit.sql,
        "SELECT 1 FROM recipients r JOIN grants g ON g.recipient_id = r.id
         WHERE r.id = ?1 AND (r.ended_as IS NULL OR r.ended_as = 'notified')
             AND g.share IS NOT NULL AND g.expires_at > ?2 AND g.opened_at IS NULL
             AND NOT EXISTS (
                 SELECT 1 FROM reports p WHERE p.recipient_id = r.id
                     AND p.action IN ('failed', 'bounced', 'expired', 'unopened'))",
        params![recipient.as_bytes(), micros(now)],
    )?;
    if !is_open {
        return Ok((taken, false));
    }
    match telling {
        Some(telling) => tell(unit, telling)?,
        None => {
            unit.change(
                "UPDATE recipients SET ended_as = 'held' WHERE id = ?",
                [recipient.as_bytes()],
            )?;
        }
    }
    Ok((taken, true))
}

/// See [`crate::Store::run_out`].
pub(super) fn run_out(
    sql: &Connection,
    message: MessageId,
    now: Timestamp,
) -> Result<Vec<(RecipientId, ReportAction)>> {
    let mut found = Vec::new();
    for (condition, action) in [
        ("r.ended_as IS NULL", ReportAction::Expired),
        (
            // From whom it was withdrawn is not somebody to send it to again.
            "r.ended_as = 'notified' AND g.opened_at IS NULL AND g.withdrawn_at IS NULL",
            ReportAction::Unopened,
        ),
    ] {
        let query = format!(
            "SELECT r.id FROM recipients r JOIN grants g ON g.recipient_id = r.id
             WHERE r.message_id = ? AND g.expires_at <= ? AND {condition}
                 AND NOT EXISTS (
                     SELECT 1 FROM reports p WHERE p.recipient_id = r.id
                         AND p.action IN ('failed', 'bounced', 'expired', 'unopened'))"
        );
        let ids: Vec<[u8; 16]> = column(sql, &query, params![message.as_bytes(), micros(now)])?;
        found.extend(
            ids.into_iter()
                .map(|id| (RecipientId::from_bytes(id), action)),
        );
    }
    Ok(found)
}

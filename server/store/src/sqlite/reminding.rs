//! Recipients who are told again for the asking: a reminder, or the notice that has not left yet.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::RecipientId;

use super::fault::Result;
use super::rows::{column, micros, timestamp};
use super::unit::Unit;
use super::{audit, senders, tasks};
use crate::{Act, NewTask, NoReminder, Reminded, ReminderLimits, Reminding, StoreError, TaskKind};

/// See [`crate::Store::remind`]. `who` asks for it.
pub(super) fn remind(
    unit: &mut Unit<'_>,
    who: &str,
    reminding: Reminding,
    limits: &ReminderLimits,
    now: Timestamp,
) -> Result<std::result::Result<Reminded, NoReminder>> {
    let Reminding {
        event,
        message,
        recipient,
        task,
    } = reminding;
    if event.act != Act::Remind(message, recipient) {
        return Err(StoreError::NotFound.into());
    }
    let course = senders::course(unit.sql, message, recipient)?;
    let decided = match course {
        Some(course) => course.reminder(limits, now).map(|what| (what, course)),
        None => Err(NoReminder::NotWaiting),
    };
    let done = match decided {
        Ok((Reminded::Mail, course)) => {
            // Who was diverted is held under a message of its own.
            let kind = TaskKind::Remind(course.message, recipient);
            tasks::add(
                unit,
                NewTask {
                    kind,
                    due_at: now,
                    payload: None,
                    ..task
                },
            )?;
            Ok(Reminded::Mail)
        }
        Ok((Reminded::Notice, _)) => {
            hurry(unit, recipient, now)?;
            Ok(Reminded::Notice)
        }
        Err(refused) => Err(refused),
    };
    if done.is_ok() {
        unit.change(
            "INSERT INTO nudges (recipient_id, at) VALUES (?, ?)",
            params![recipient.as_bytes(), micros(now)],
        )?;
    }
    audit::record_by(unit, who, event, done.is_ok().into(), now)?;
    Ok(done)
}

/// A notice that waits for its next attempt is due now. One that waits for a window's end, because
/// too many mails went to its address, goes on waiting; one that is being sent is.
fn hurry(unit: &mut Unit<'_>, recipient: RecipientId, now: Timestamp) -> Result<()> {
    let hurried = unit.change(
        "UPDATE tasks SET due_at = min(due_at, ?1)
         WHERE recipient_id = ?2 AND kind = 'notify' AND failed_at IS NULL AND leased = 0
             AND notice <> 2",
        params![micros(now), recipient.as_bytes()],
    )?;
    if hurried > 0 {
        unit.task_added();
    }
    Ok(())
}

/// When somebody asked for it, the earliest first.
pub(super) fn asked(sql: &Connection, recipient: RecipientId) -> Result<Vec<Timestamp>> {
    let all: Vec<i64> = column(
        sql,
        "SELECT at FROM nudges WHERE recipient_id = ? ORDER BY at, rowid",
        [recipient.as_bytes()],
    )?;
    Ok(all.into_iter().map(timestamp).collect())
}

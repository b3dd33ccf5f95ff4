//! What operators did, each act with its event in one commit.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use seal::{MessageId, RecipientId, TaskId};

use super::fault::{Fault, Result};
use super::rows::{FORMAT_VERSION, check_version, micros, timestamp};
use super::tasks::limit;
use super::unit::Unit;
use super::{disowning, failed, operator, revocation};
use crate::{Act, Event, EventId, NewEvent, StoreError};

/// Whoever may run the program with this configuration.
pub(super) const OPERATOR: &str = "operator";
/// Whoever sent the message, by their own link and a passcode.
pub(super) const SENDER: &str = "sender";
/// Whoever has shown the open proof of a link.
const RECIPIENT: &str = "recipient";

/// See [`crate::Store::act`].
pub(super) fn act(unit: &mut Unit<'_>, event: NewEvent, now: Timestamp) -> Result<u64> {
    let cause = event.cause.as_str();
    let changed: u64 = match event.act {
        Act::Hold(task) => operator::park(unit, task, cause, now)?.into(),
        Act::Retry(task) => failed::retry(unit, task, now)?.into(),
        Act::Drop(task) => operator::drop_task(unit, task, cause, now)?.into(),
        Act::Revoke(message, recipient) => revocation::revoke(unit, message, recipient, now)?,
        Act::Export(_) => 1,
        Act::NotForMe(message, recipient) => {
            disowning::end_as_disowned(unit, message, recipient, now)?.into()
        }
        // With what they bring along: see `extending` and `reminding`.
        Act::Extend(..) | Act::Remind(..) => return Err(StoreError::NotFound.into()),
    };
    record(unit, event, changed, now)?;
    Ok(changed)
}

/// Writes down what an act has changed, in its commit.
pub(super) fn record(
    unit: &mut Unit<'_>,
    event: NewEvent,
    changed: u64,
    now: Timestamp,
) -> Result<()> {
    let who = match event.act {
        Act::NotForMe(..) => RECIPIENT,
        _ => OPERATOR,
    };
    record_by(unit, who, event, changed, now)
}

/// The same for who is told.
pub(super) fn record_by(
    unit: &mut Unit<'_>,
    who: &str,
    event: NewEvent,
    changed: u64,
    now: Timestamp,
) -> Result<()> {
    if let Some(reason) = &event.reason {
        unit.check_wrapped(reason)?;
    }
    let until = match event.act {
        Act::Extend(_, until) => Some(micros(until)),
        _ => None,
    };
    let (name, task, message, recipient) = columns(&event.act);
    unit.change(
        "INSERT INTO audit (id, format_version, at, who, act, task_id, message_id, recipient_id,
             changed, reason, until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            event.id.as_bytes(),
            FORMAT_VERSION,
            micros(now),
            who,
            name,
            task,
            message,
            recipient,
            changed.cast_signed(),
            event.reason,
            until
        ],
    )?;
    Ok(())
}

/// See [`crate::Store::events`].
pub(super) fn list(sql: &Connection, after: u64, most: usize) -> Result<Vec<Event>> {
    let mut statement = sql.prepare_cached(
        "SELECT number, format_version, id, at, who, act, task_id, message_id, recipient_id, changed,
             reason, until
         FROM audit WHERE number > ? ORDER BY number LIMIT ?",
    )?;
    let mut rows = statement.query(params![after.cast_signed(), limit(most)])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(read(row)?);
    }
    Ok(events)
}

fn read(row: &Row<'_>) -> Result<Event> {
    let number = row.get::<_, i64>(0)?.cast_unsigned();
    check_version(row.get(1)?)?;
    let task = row.get::<_, Option<_>>(6)?.map(TaskId::from_bytes);
    let message = row.get::<_, Option<_>>(7)?.map(MessageId::from_bytes);
    let recipient = row.get::<_, Option<_>>(8)?.map(RecipientId::from_bytes);
    let act = match (row.get::<_, String>(5)?.as_str(), task, message) {
        ("hold", Some(task), None) => Act::Hold(task),
        ("retry", Some(task), None) => Act::Retry(task),
        ("drop", Some(task), None) => Act::Drop(task),
        ("revoke", None, Some(message)) => Act::Revoke(message, recipient),
        ("export", None, Some(message)) => Act::Export(message),
        ("extend", None, Some(message)) => {
            let until = row.get::<_, Option<i64>>(11)?.map(timestamp);
            Act::Extend(
                message,
                until.ok_or_else(|| Fault::damaged("event", number))?,
            )
        }
        ("remind", None, Some(message)) => {
            let recipient = recipient.ok_or_else(|| Fault::damaged("event", number))?;
            Act::Remind(message, recipient)
        }
        ("not-for-me", None, Some(message)) => {
            let recipient = recipient.ok_or_else(|| Fault::damaged("event", number))?;
            Act::NotForMe(message, recipient)
        }
        _ => return Err(Fault::damaged("event", number)),
    };
    Ok(Event {
        number,
        id: EventId::from_bytes(row.get(2)?),
        at: timestamp(row.get(3)?),
        who: row.get(4)?,
        act,
        changed: row.get::<_, i64>(9)?.cast_unsigned(),
        reason: row.get(10)?,
    })
}

type Id = Option<[u8; 16]>;

/// The act's name, its task, its message and its recipient.
fn columns(act: &Act) -> (&'static str, Id, Id, Id) {
    match act {
        Act::Hold(task) => ("hold", Some(*task.as_bytes()), None, None),
        Act::Retry(task) => ("retry", Some(*task.as_bytes()), None, None),
        Act::Drop(task) => ("drop", Some(*task.as_bytes()), None, None),
        Act::Revoke(message, recipient) => {
            let recipient = recipient.map(|recipient| *recipient.as_bytes());
            ("revoke", None, Some(*message.as_bytes()), recipient)
        }
        Act::Export(message) => ("export", None, Some(*message.as_bytes()), None),
        Act::Extend(message, _) => ("extend", None, Some(*message.as_bytes()), None),
        Act::Remind(message, recipient) => (
            "remind",
            None,
            Some(*message.as_bytes()),
            Some(*recipient.as_bytes()),
        ),
        Act::NotForMe(message, recipient) => (
            "not-for-me",
            None,
            Some(*message.as_bytes()),
            Some(*recipient.as_bytes()),
        ),
    }
}

//! What recipients say on their page: that a message is not for them, that they need more time, and
//! that it arrived damaged.

use jiff::Timestamp;
use rusqlite::params;
use seal::{MessageId, RecipientId};

use super::expiry::end_grant;
use super::fault::Result;
use super::records::grant_is_live;
use super::revocation::drop_notice;
use super::rows::{end_name, first, micros, timestamp};
use super::unit::Unit;
use super::{audit, contents, tasks};
use crate::{Act, End, EventId, NewEvent, NewTask, StoreError};

/// From one wish, or word of damage, to the next.
const BETWEEN_WISHES: i64 = 24 * 60 * 60 * 1_000_000;

/// See [`crate::Guest::disown`].
pub(super) fn disown(
    unit: &mut Unit<'_>,
    recipient: RecipientId,
    event: EventId,
    task: NewTask,
    now: Timestamp,
) -> Result<bool> {
    let message: Option<[u8; 16]> = first(
        unit.sql,
        "SELECT message_id FROM recipients WHERE id = ?",
        [recipient.as_bytes()],
        |row| row.get(0),
    )?;
    let message = MessageId::from_bytes(message.ok_or(StoreError::NotFound)?);
    if !end_as_disowned(unit, message, recipient, now)? {
        return Ok(false);
    }
    tasks::add(unit, task)?;
    let event = NewEvent {
        id: event,
        act: Act::NotForMe(message, recipient),
        cause: String::new(),
        reason: None,
    };
    audit::record(unit, event, 1, now)?;
    Ok(true)
}

/// Destroys the grant of a recipient who does not want it. Who was notified is revoked after all: it
/// is known now that the notice reached nobody whom it was for.
pub(super) fn end_as_disowned(
    unit: &mut Unit<'_>,
    message: MessageId,
    recipient: RecipientId,
    now: Timestamp,
) -> Result<bool> {
    if !grant_is_live(unit.sql, recipient, micros(now))? {
        return Ok(false);
    }
    end_grant(unit, recipient)?;
    drop_notice(unit, *recipient.as_bytes())?;
    unit.change(
        "UPDATE recipients SET ended_as = ?
         WHERE id = ? AND (ended_as IS NULL OR ended_as = 'notified')",
        params![end_name(End::Revoked), recipient.as_bytes()],
    )?;
    unit.change(
        "UPDATE grants SET disowned_at = ? WHERE recipient_id = ?",
        params![micros(now), recipient.as_bytes()],
    )?;
    contents::drop_unneeded(unit, message)?;
    Ok(true)
}

/// See [`crate::Guest::ask_more_time`].
pub(super) fn ask_more_time(
    unit: &mut Unit<'_>,
    recipient: RecipientId,
    task: NewTask,
    now: Timestamp,
) -> Result<Result<(), Timestamp>> {
    once_a_day(unit, "more_time_asked_at", recipient, task, now)
}

/// See [`crate::Guest::tell_damage`].
pub(super) fn tell_damage(
    unit: &mut Unit<'_>,
    recipient: RecipientId,
    task: NewTask,
    now: Timestamp,
) -> Result<bool> {
    let told = once_a_day(unit, "damage_told_at", recipient, task, now)?;
    Ok(told.is_ok())
}

/// Adds a task and notes when, unless that was done within a day; then says when it may be again.
fn once_a_day(
    unit: &mut Unit<'_>,
    column: &str,
    recipient: RecipientId,
    task: NewTask,
    now: Timestamp,
) -> Result<Result<(), Timestamp>> {
    let found: Option<Option<i64>> = first(
        unit.sql,
        &format!("SELECT {column} FROM grants WHERE recipient_id = ?"),
        [recipient.as_bytes()],
        |row| row.get(0),
    )?;
    let last = found.ok_or(StoreError::NotFound)?;
    let now = micros(now);
    // One far ahead of now was said by a wrong clock.
    let too_soon = |last: &i64| {
        now.saturating_sub(BETWEEN_WISHES) < *last && *last <= now.saturating_add(BETWEEN_WISHES)
    };
    if let Some(last) = last.filter(too_soon) {
        return Ok(Err(timestamp(last.saturating_add(BETWEEN_WISHES))));
    }
    unit.change(
        &format!("UPDATE grants SET {column} = ? WHERE recipient_id = ?"),
        params![now, recipient.as_bytes()],
    )?;
    tasks::add(unit, task)?;
    Ok(Ok(()))
}

//! A recipient whose relay copy cannot leave becomes one that is held: see [`crate::Store::divert`].

use rusqlite::params;
use seal::{MessageId, RecipientId};

use super::capture::{check_keys, put_contents, put_grant, put_message};
use super::contents;
use super::conversation;
use super::fault::Result;
use super::rows::{column, exists};
use super::tasks::{self, read_task};
use super::unit::Unit;
use crate::{Capture, Disposition, Lease, NewRecipient, StoreError, TaskKind};

/// The relay task ends and the notice task begins in this one write, or neither does.
pub(super) fn divert(unit: &mut Unit<'_>, lease: &Lease, capture: Capture) -> Result<bool> {
    let leased = exists(
        unit.sql,
        "SELECT 1 FROM tasks t JOIN recipients r ON r.id = t.recipient_id
         WHERE t.id = ? AND t.token = ? AND t.leased = 1 AND t.kind = 'relay'
             AND t.message_id = r.message_id AND r.ended_as IS NULL",
        params![lease.task.as_bytes(), lease.token.cast_signed()],
    )?;
    if !leased {
        return Ok(false);
    }
    let TaskKind::Relay(from, id) = read_task(unit.sql, lease.task)?.kind else {
        return Err(StoreError::NotFound.into());
    };
    check_fits(&capture, id)?;
    check_keys(unit, &capture)?;
    let goes_on = conversation::find(unit, &capture.mentions)?;
    put_message(unit, &capture, 0)?;
    unit.change(
        "UPDATE messages SET diverted_from = ? WHERE id = ?",
        params![from.as_bytes(), capture.id.as_bytes()],
    )?;
    let Capture {
        id: message,
        keys,
        held,
        spool,
        recipients,
        tasks,
        ..
    } = capture;
    let grants_end = put_contents(unit, message, keys, held, spool)?;
    for recipient in recipients {
        unit.change(
            "UPDATE recipients SET message_id = ?, address = ?, address_index = ?, lookup_key = ?
             WHERE id = ?",
            params![
                message.as_bytes(),
                recipient.address,
                recipient.address_index,
                keys.lookup.as_bytes(),
                id.as_bytes(),
            ],
        )?;
        put_grant(unit, &recipient, grants_end)?;
    }
    conversation::keep(unit, &goes_on)?;
    unit.change("DELETE FROM tasks WHERE id = ?", [lease.task.as_bytes()])?;
    for task in tasks {
        tasks::add(unit, task)?;
    }
    contents::drop_unneeded(unit, from)?;
    Ok(true)
}

/// Exactly the recipient of the lease, held, and a notice for it.
fn check_fits(capture: &Capture, id: RecipientId) -> Result<()> {
    let is_held =
        |r: &NewRecipient| r.id == id && matches!(r.disposition, Disposition::Held { .. });
    let notice = TaskKind::Notify(capture.id, id);
    let fits = capture.held.is_some()
        && capture.spool.is_none()
        && matches!(&capture.recipients[..], [one] if is_held(one))
        && capture.tasks.iter().any(|task| task.kind == notice);
    if fits {
        Ok(())
    } else {
        Err(StoreError::NotFound.into())
    }
}

/// The messages that recipients of this one were diverted to.
pub(super) fn diverted_from(unit: &Unit<'_>, message: MessageId) -> Result<Vec<MessageId>> {
    let ids: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT id FROM messages WHERE diverted_from = ?",
        [message.as_bytes()],
    )?;
    Ok(ids.into_iter().map(MessageId::from_bytes).collect())
}

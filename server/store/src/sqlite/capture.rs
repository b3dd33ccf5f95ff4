//! One SMTP transaction becomes rows (promises D1, D2, D4).

use rusqlite::params;
use seal::MessageId;

use super::fault::Result;
use super::rows::{FORMAT_VERSION, first, micros};
use super::tasks;
use super::unit::Unit;
use crate::{Capture, ContentKind, Disposition, HeldMessage, NewRecipient, StoreError, Stored};

/// Writes a capture whole. The proof it returns leaves the writer only after COMMIT.
pub(super) fn capture(unit: &mut Unit<'_>, capture: Capture) -> Result<Stored> {
    let sent_before = sent_before(unit, &capture)?;
    put_message(unit, &capture, sent_before)?;
    let Capture {
        id,
        held,
        spool,
        recipients,
        tasks,
        ..
    } = capture;
    let mut grants_end = None;
    if let Some(HeldMessage {
        expires_at,
        view,
        message,
        ..
    }) = held
    {
        grants_end = Some(micros(expires_at));
        unit.put_content(view, ContentKind::View, id)?;
        unit.put_content(message, ContentKind::Message, id)?;
    }
    if let Some(spool) = spool {
        unit.put_content(spool, ContentKind::Spool, id)?;
    }
    unit.change(
        "UPDATE totals SET value = value + ? WHERE name = 'accepted'",
        [recipients.len() as i64],
    )?;
    for recipient in recipients {
        put_recipient(unit, id, &recipient)?;
        put_grant(unit, &recipient, grants_end)?;
    }
    for task in tasks {
        tasks::add(unit, task)?;
    }
    Ok(Stored::committed(id, sent_before))
}

fn sent_before(unit: &Unit<'_>, capture: &Capture) -> Result<u32> {
    let Some(message_id_index) = &capture.message_id_index else {
        return Ok(0);
    };
    let earlier = first(
        unit.sql,
        "SELECT count(*) FROM messages WHERE message_id_index = ? AND content_index = ?",
        params![message_id_index, capture.content_index],
        |row| row.get(0),
    )?;
    Ok(earlier.unwrap_or(0))
}

fn put_message(unit: &Unit<'_>, capture: &Capture, sent_before: u32) -> Result<()> {
    unit.change(
        "INSERT INTO messages (id, format_version, captured_at, sender, message_id_index,
             content_index, profile, sent_before)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            capture.id.as_bytes(),
            FORMAT_VERSION,
            micros(capture.captured_at),
            capture.sender,
            capture.message_id_index,
            capture.content_index,
            capture.held.as_ref().map(|held| held.profile.as_str()),
            sent_before,
        ],
    )?;
    Ok(())
}

fn put_recipient(unit: &Unit<'_>, message: MessageId, recipient: &NewRecipient) -> Result<()> {
    unit.change(
        "INSERT INTO recipients (id, format_version, message_id, address, address_index)
         VALUES (?, ?, ?, ?, ?)",
        params![
            recipient.id.as_bytes(),
            FORMAT_VERSION,
            message.as_bytes(),
            recipient.address,
            recipient.address_index,
        ],
    )?;
    Ok(())
}

/// A held recipient of a message without a sealed half is nothing that can be served.
fn put_grant(unit: &Unit<'_>, recipient: &NewRecipient, ends_at: Option<i64>) -> Result<()> {
    let Disposition::Held {
        handle,
        share,
        proof_digest,
        reply_public,
        reply_token_index,
    } = &recipient.disposition
    else {
        return Ok(());
    };
    let ends_at = ends_at.ok_or(StoreError::NotFound)?;
    unit.change(
        "INSERT INTO grants (recipient_id, format_version, handle, share, proof_digest,
             reply_public, reply_token_index, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            recipient.id.as_bytes(),
            FORMAT_VERSION,
            handle.as_bytes(),
            share,
            proof_digest,
            reply_public,
            reply_token_index,
            ends_at,
        ],
    )?;
    Ok(())
}

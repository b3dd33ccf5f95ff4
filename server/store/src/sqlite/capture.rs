//! One SMTP transaction becomes rows (promises D1, D2, D4).

use rusqlite::params;
use seal::{KeyId, MessageId};

use super::conversation;
use super::fault::Result;
use super::payloads;
use super::rows::{FORMAT_VERSION, first, micros};
use super::tasks;
use super::unit::Unit;
use crate::{
    Capture, CaptureKeys, ContentKind, Disposition, HeldMessage, NewRecipient, StagedContent,
    StoreError, Stored,
};

/// How often a message was sent before is counted up to here: a program that sends the same mail
/// for ever shall not make each cost more than the one before.
const COUNTED: u32 = 100;

/// Writes a capture whole. The proof it returns leaves the writer only after COMMIT.
///
/// What it can refuse, it refuses before it changes anything: see [`super::writer::Undo::Group`].
pub(super) fn capture(unit: &mut Unit<'_>, capture: Capture) -> Result<Stored> {
    check_keys(unit, &capture)?;
    let sent_before = sent_before(unit, &capture)?;
    let goes_on = conversation::find(unit, &capture.mentions)?;
    put_message(unit, &capture, sent_before)?;
    let Capture {
        id,
        keys,
        held,
        spool,
        recipients,
        tasks,
        ..
    } = capture;
    let grants_end = put_contents(unit, id, keys, held, spool)?;
    unit.change(
        "UPDATE totals SET value = value + ? WHERE name = 'accepted'",
        [recipients.len() as i64],
    )?;
    for recipient in recipients {
        put_recipient(unit, id, &recipient, keys.lookup)?;
        put_grant(unit, &recipient, grants_end)?;
    }
    conversation::keep(unit, &goes_on)?;
    for task in tasks {
        tasks::add(unit, task)?;
    }
    Ok(Stored::committed(id, sent_before))
}

/// Writes the sealed half and the relay copy. Returns when grants end.
pub(super) fn put_contents(
    unit: &mut Unit<'_>,
    id: MessageId,
    keys: CaptureKeys,
    held: Option<HeldMessage>,
    spool: Option<StagedContent>,
) -> Result<Option<i64>> {
    let mut grants_end = None;
    if let Some(HeldMessage {
        expires_at,
        view,
        message,
        escrow,
        ..
    }) = held
    {
        grants_end = Some(micros(expires_at));
        unit.put_content(view, ContentKind::View, id, None)?;
        unit.put_content(message, ContentKind::Message, id, None)?;
        if let Some(escrow) = escrow {
            unit.put_content(escrow, ContentKind::Escrow, id, None)?;
        }
    }
    if let Some(spool) = spool {
        unit.put_content(spool, ContentKind::Spool, id, keys.spool)?;
    }
    Ok(grants_end)
}

fn sent_before(unit: &Unit<'_>, capture: &Capture) -> Result<u32> {
    let Some(message_id_index) = &capture.message_id_index else {
        return Ok(0);
    };
    // An earlier message has its hashes under one key only.
    let mut indexes = vec![(*message_id_index, capture.content_index)];
    indexes.extend(&capture.earlier_indexes);
    indexes.sort_unstable();
    indexes.dedup();
    let mut earlier = 0;
    for (message_id_index, content_index) in indexes {
        let count: Option<u32> = first(
            unit.sql,
            "SELECT count(*) FROM (SELECT 1 FROM messages
                 WHERE message_id_index = ? AND content_index = ? LIMIT ?)",
            params![message_id_index, content_index, COUNTED - earlier],
            |row| row.get(0),
        )?;
        earlier += count.unwrap_or(0);
    }
    Ok(earlier)
}

/// Refuses a capture that is under a closed key, or that does not name what it is under: nobody
/// could tell any more when that key may go.
pub(super) fn check_keys(unit: &mut Unit<'_>, capture: &Capture) -> Result<()> {
    let CaptureKeys {
        lookup,
        reply,
        spool,
    } = capture.keys;
    if (reply.is_some(), spool.is_some()) != (capture.held.is_some(), capture.spool.is_some()) {
        return Err(StoreError::NotFound.into());
    }
    for key in [Some(lookup), reply, spool].into_iter().flatten() {
        unit.check_open(key)?;
    }
    unit.check_wrapped(&capture.sender)?;
    for recipient in &capture.recipients {
        unit.check_wrapped(&recipient.address)?;
        let Disposition::Held { share, .. } = &recipient.disposition else {
            continue;
        };
        // A held recipient of a message without a sealed half is nothing that can be served.
        if capture.held.is_none() {
            return Err(StoreError::NotFound.into());
        }
        if let Some(share) = share {
            unit.check_wrapped(share)?;
        }
    }
    for payload in capture
        .tasks
        .iter()
        .filter_map(|task| task.payload.as_ref())
    {
        unit.check_wrapped(payload)?;
        payloads::check(payload)?;
    }
    Ok(())
}

pub(super) fn put_message(unit: &Unit<'_>, capture: &Capture, sent_before: u32) -> Result<()> {
    unit.change(
        "INSERT INTO messages (id, format_version, captured_at, sender, message_id_index,
             content_index, profile, sent_before, lookup_key, reply_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            capture.id.as_bytes(),
            FORMAT_VERSION,
            micros(capture.captured_at),
            capture.sender,
            capture.message_id_index,
            capture.content_index,
            capture.held.as_ref().map(|held| held.profile.as_str()),
            sent_before,
            capture.keys.lookup.as_bytes(),
            capture.keys.reply.as_ref().map(KeyId::as_bytes),
        ],
    )?;
    Ok(())
}

fn put_recipient(
    unit: &Unit<'_>,
    message: MessageId,
    recipient: &NewRecipient,
    lookup: KeyId,
) -> Result<()> {
    unit.change(
        "INSERT INTO recipients (id, format_version, message_id, address, address_index,
             lookup_key)
         VALUES (?, ?, ?, ?, ?, ?)",
        params![
            recipient.id.as_bytes(),
            FORMAT_VERSION,
            message.as_bytes(),
            recipient.address,
            recipient.address_index,
            lookup.as_bytes(),
        ],
    )?;
    Ok(())
}

/// Writes what a held recipient needs; `ends_at` is there when the message has a sealed half.
pub(super) fn put_grant(
    unit: &Unit<'_>,
    recipient: &NewRecipient,
    ends_at: Option<i64>,
) -> Result<()> {
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

//! What recipients may read again of what they sent: one sealed copy of a reply, theirs alone.
//!
//! A copy waits with its unsent reply, and can be listed and read from the commit that sends it on:
//! there is no copy of what was not sent. It ends with the grant's share.

use rusqlite::{Connection, params};
use seal::{ContentId, MessageId, RecipientId, ReplyId};

use super::fault::Result;
use super::rows::{column, first, timestamp};
use super::unit::Unit;
use crate::{ContentKind, SENT_COPIES, SENT_COPY_OCTETS, SentCopy, StagedContent};

/// See [`crate::Guest::put_copy`].
pub(super) fn put(
    unit: &mut Unit<'_>,
    reply: ReplyId,
    recipient: RecipientId,
    copy: StagedContent,
) -> Result<bool> {
    let message: Option<[u8; 16]> = first(
        unit.sql,
        "SELECT c.message_id FROM replies r JOIN recipients c ON c.id = r.recipient_id
         WHERE r.id = ? AND r.recipient_id = ? AND r.sent_at IS NULL",
        params![reply.as_bytes(), recipient.as_bytes()],
        |row| row.get(0),
    )?;
    let Some(message) = message.map(MessageId::from_bytes) else {
        return Ok(false);
    };
    if copy.size > SENT_COPY_OCTETS {
        return Ok(false);
    }
    drop_of_reply(unit, reply)?;
    let stored = unit.put_content(copy, ContentKind::SentCopy, message, None)?;
    unit.change(
        "INSERT INTO sent_copies (reply_id, content_id, size) VALUES (?, ?, ?)",
        params![
            reply.as_bytes(),
            stored.id.as_bytes(),
            stored.size.cast_signed()
        ],
    )?;
    Ok(true)
}

/// See [`crate::Guest::sent_copies`].
pub(super) fn list(sql: &Connection, recipient: RecipientId) -> Result<Vec<SentCopy>> {
    let mut statement = sql.prepare_cached(
        "SELECT r.id, r.sent_at, s.size FROM replies r
             JOIN sent_copies s ON s.reply_id = r.id
             JOIN grants g ON g.recipient_id = r.recipient_id AND g.share IS NOT NULL
         WHERE r.recipient_id = ? AND r.sent_at IS NOT NULL
         ORDER BY r.sent_at, r.id",
    )?;
    let copies = statement.query_map([recipient.as_bytes()], |row| {
        let size: i64 = row.get(2)?;
        Ok(SentCopy {
            reply: ReplyId::from_bytes(row.get(0)?),
            sent_at: timestamp(row.get(1)?),
            size: size.cast_unsigned(),
        })
    })?;
    Ok(copies.collect::<rusqlite::Result<_>>()?)
}

/// See [`crate::Guest::read_copy`].
pub(super) fn content_of(
    sql: &Connection,
    reply: ReplyId,
    recipient: RecipientId,
) -> Result<Option<ContentId>> {
    let id: Option<[u8; 16]> = first(
        sql,
        "SELECT s.content_id FROM replies r
             JOIN sent_copies s ON s.reply_id = r.id
             JOIN grants g ON g.recipient_id = r.recipient_id AND g.share IS NOT NULL
         WHERE r.id = ? AND r.recipient_id = ? AND r.sent_at IS NOT NULL",
        params![reply.as_bytes(), recipient.as_bytes()],
        |row| row.get(0),
    )?;
    Ok(id.map(ContentId::from_bytes))
}

/// Destroys the oldest copies beyond those that are kept of one recipient.
pub(super) fn trim(unit: &mut Unit<'_>, recipient: RecipientId) -> Result<()> {
    let over: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT r.id FROM replies r JOIN sent_copies s ON s.reply_id = r.id
         WHERE r.recipient_id = ? AND r.sent_at IS NOT NULL
         ORDER BY r.sent_at DESC, r.id DESC LIMIT -1 OFFSET ?",
        params![recipient.as_bytes(), SENT_COPIES],
    )?;
    for reply in over {
        drop_of_reply(unit, ReplyId::from_bytes(reply))?;
    }
    Ok(())
}

/// Destroys a reply's copy, if there is one.
pub(super) fn drop_of_reply(unit: &mut Unit<'_>, reply: ReplyId) -> Result<()> {
    let copy: Option<[u8; 16]> = first(
        unit.sql,
        "DELETE FROM sent_copies WHERE reply_id = ? RETURNING content_id",
        [reply.as_bytes()],
        |row| row.get(0),
    )?;
    copy.map_or(Ok(()), |copy| {
        unit.drop_content(ContentId::from_bytes(copy))
    })
}

/// Destroys all copies of a recipient.
pub(super) fn drop_of_recipient(unit: &mut Unit<'_>, recipient: RecipientId) -> Result<()> {
    let copies: Vec<[u8; 16]> = column(
        unit.sql,
        "DELETE FROM sent_copies
         WHERE reply_id IN (SELECT id FROM replies WHERE recipient_id = ?)
         RETURNING content_id",
        [recipient.as_bytes()],
    )?;
    for copy in copies {
        unit.drop_content(ContentId::from_bytes(copy))?;
    }
    Ok(())
}

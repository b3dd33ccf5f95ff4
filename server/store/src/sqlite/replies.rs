//! Secure replies: begun, filled part by part, sent once.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{ContentId, MessageId, RecipientId, ReplyId};

use super::contents;
use super::fault::Result;
use super::records::grant_is_live;
use super::rows::{FORMAT_VERSION, check_version, column, exists, first, micros, timestamp};
use super::tasks;
use super::unit::Unit;
use crate::{
    ContentKind, NewTask, REPLIES_A_DAY, REPLY_OCTETS, REPLY_PARTS, ReplyPart, ReplyRecord,
    StagedContent, StoreError,
};

/// How long an unsent reply is kept when its place is needed: a day.
const UNSENT: i64 = 24 * 60 * 60 * 1_000_000;

/// See [`crate::Guest::begin_reply`].
pub(super) fn begin(
    unit: &mut Unit<'_>,
    reply: ReplyId,
    recipient: RecipientId,
    most_open: u32,
    now: Timestamp,
) -> Result<Option<()>> {
    let now = micros(now);
    if !grant_is_live(unit.sql, recipient, now)? {
        return Err(StoreError::NotFound.into());
    }
    drop_unsent(unit, recipient, now.saturating_sub(UNSENT))?;
    let open: Option<u32> = first(
        unit.sql,
        "SELECT count(*) FROM replies WHERE recipient_id = ? AND sent_at IS NULL",
        [recipient.as_bytes()],
        |row| row.get(0),
    )?;
    if open.is_some_and(|open| open >= most_open) {
        return Ok(None);
    }
    let of_the_day: Option<u32> = first(
        unit.sql,
        "SELECT count(*) FROM replies WHERE recipient_id = ? AND begun_at > ?",
        params![recipient.as_bytes(), now.saturating_sub(UNSENT)],
        |row| row.get(0),
    )?;
    if of_the_day.is_some_and(|begun| begun >= REPLIES_A_DAY) {
        return Ok(None);
    }
    unit.change(
        "INSERT INTO replies (id, format_version, recipient_id, begun_at) VALUES (?, ?, ?, ?)",
        params![reply.as_bytes(), FORMAT_VERSION, recipient.as_bytes(), now],
    )?;
    Ok(Some(()))
}

/// See [`crate::Store::replies_sent`].
pub(super) fn sent_by(
    sql: &Connection,
    recipient: RecipientId,
) -> Result<Vec<(ReplyId, Timestamp)>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, sent_at FROM replies WHERE recipient_id = ? AND sent_at IS NOT NULL
         ORDER BY sent_at, id",
    )?;
    let sent = statement.query_map([recipient.as_bytes()], |row| {
        Ok((ReplyId::from_bytes(row.get(0)?), timestamp(row.get(1)?)))
    })?;
    Ok(sent.collect::<rusqlite::Result<_>>()?)
}

/// Destroys a recipient's unsent replies that were begun at `until` or before.
pub(super) fn drop_unsent(unit: &mut Unit<'_>, recipient: RecipientId, until: i64) -> Result<()> {
    let unsent: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT id FROM replies WHERE recipient_id = ? AND sent_at IS NULL AND begun_at <= ?",
        params![recipient.as_bytes(), until],
    )?;
    for reply in unsent {
        contents::drop_of_reply(unit, ReplyId::from_bytes(reply))?;
        // Its parts go with it.
        unit.change("DELETE FROM replies WHERE id = ?", [reply])?;
    }
    Ok(())
}

/// See [`crate::Guest::put_part`].
pub(super) fn put_part(
    unit: &mut Unit<'_>,
    reply: ReplyId,
    recipient: RecipientId,
    index: u32,
    sha256: [u8; 32],
    part: StagedContent,
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
    // Looked at here, where no other upload to the same reply can come between.
    let others: Option<(u32, i64)> = first(
        unit.sql,
        "SELECT count(*), coalesce(sum(size), 0) FROM reply_parts
         WHERE reply_id = ? AND part <> ?",
        params![reply.as_bytes(), index],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (parts, octets) = others.unwrap_or_default();
    if parts >= REPLY_PARTS || octets.cast_unsigned().saturating_add(part.size) > REPLY_OCTETS {
        return Ok(false);
    }
    let earlier: Option<[u8; 16]> = first(
        unit.sql,
        "DELETE FROM reply_parts WHERE reply_id = ? AND part = ? RETURNING content_id",
        params![reply.as_bytes(), index],
        |row| row.get(0),
    )?;
    if let Some(earlier) = earlier {
        unit.drop_content(ContentId::from_bytes(earlier))?;
    }
    let stored = unit.put_content(part, ContentKind::ReplyPart, message, None)?;
    unit.change(
        "INSERT INTO reply_parts (reply_id, part, content_id, size, sha256)
         VALUES (?, ?, ?, ?, ?)",
        params![
            reply.as_bytes(),
            index,
            stored.id.as_bytes(),
            stored.size.cast_signed(),
            sha256
        ],
    )?;
    Ok(true)
}

/// See [`crate::Guest::send_reply`].
pub(super) fn send(
    unit: &mut Unit<'_>,
    reply: ReplyId,
    signature: [u8; 64],
    task: NewTask,
    now: Timestamp,
) -> Result<bool> {
    let sent = unit.change(
        "UPDATE replies SET sent_at = ?, signature = ? WHERE id = ? AND sent_at IS NULL",
        params![micros(now), signature, reply.as_bytes()],
    )?;
    if sent > 0 {
        tasks::add(unit, task)?;
        return Ok(true);
    }
    if exists(
        unit.sql,
        "SELECT 1 FROM replies WHERE id = ?",
        [reply.as_bytes()],
    )? {
        return Ok(false);
    }
    Err(StoreError::NotFound.into())
}

/// One reply with its parts.
pub(super) fn find(sql: &Connection, id: ReplyId) -> Result<Option<ReplyRecord>> {
    let found = first(
        sql,
        "SELECT r.format_version, r.recipient_id, c.message_id, r.begun_at, r.sent_at, r.signature
         FROM replies r JOIN recipients c ON c.id = r.recipient_id WHERE r.id = ?",
        [id.as_bytes()],
        |row| {
            let version: u32 = row.get(0)?;
            Ok((
                version,
                ReplyRecord {
                    id,
                    recipient: RecipientId::from_bytes(row.get(1)?),
                    message: MessageId::from_bytes(row.get(2)?),
                    begun_at: timestamp(row.get(3)?),
                    sent_at: row.get::<_, Option<_>>(4)?.map(timestamp),
                    signature: row.get(5)?,
                    parts: Vec::new(),
                },
            ))
        },
    )?;
    let Some((version, mut reply)) = found else {
        return Ok(None);
    };
    check_version(version)?;
    reply.parts = parts(sql, id)?;
    Ok(Some(reply))
}

fn parts(sql: &Connection, reply: ReplyId) -> Result<Vec<ReplyPart>> {
    let mut statement = sql.prepare_cached(
        "SELECT part, content_id, size, sha256 FROM reply_parts WHERE reply_id = ? ORDER BY part",
    )?;
    let parts = statement.query_map([reply.as_bytes()], |row| {
        let size: i64 = row.get(2)?;
        Ok(ReplyPart {
            index: row.get(0)?,
            content: ContentId::from_bytes(row.get(1)?),
            size: size.cast_unsigned(),
            sha256: row.get(3)?,
        })
    })?;
    Ok(parts.collect::<rusqlite::Result<_>>()?)
}

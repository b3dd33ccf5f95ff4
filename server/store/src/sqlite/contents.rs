//! Sealed files in the store: reading ranges of them, and letting go of those nobody needs.

use std::io::ErrorKind;

use rusqlite::{Connection, params};
use seal::{ContentId, MessageId, RecipientId, ReplyId};

use super::fault::{Fault, Result};
use super::folder::Folder;
use super::rows::{column, first, kind_name};
use super::unit::Unit;
use crate::{ContentKind, StoreError};

/// Up to `length` octets from `offset` on; fewer at the end, none behind it.
pub(super) fn read(
    sql: &Connection,
    folder: &Folder,
    id: ContentId,
    offset: u64,
    length: usize,
) -> Result<Vec<u8>> {
    // substr() counts from 1.
    let start = i64::try_from(offset).unwrap_or(i64::MAX).saturating_add(1);
    let found = first(
        sql,
        "SELECT size, octets IS NULL, substr(octets, ?2, ?3) FROM contents WHERE id = ?1",
        params![
            id.as_bytes(),
            start,
            i64::try_from(length).unwrap_or(i64::MAX)
        ],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, bool>(1)?,
                row.get::<_, Option<_>>(2)?,
            ))
        },
    )?;
    let (size, in_file, octets) = found.ok_or(StoreError::NotFound)?;
    if !in_file {
        return Ok(octets.unwrap_or_default());
    }
    folder
        .read(&id, size.cast_unsigned(), offset, length)
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => Fault::damaged("content", id),
            _ => error.into(),
        })
}

/// Whether a content is still recorded.
pub(super) fn is_there(sql: &Connection, id: ContentId) -> Result<bool> {
    super::rows::exists(sql, "SELECT 1 FROM contents WHERE id = ?", [id.as_bytes()])
}

/// The view or the content of a recipient's message, as long as its grant has a share.
pub(super) fn of_recipient(
    sql: &Connection,
    recipient: RecipientId,
    kind: ContentKind,
) -> Result<ContentId> {
    if !matches!(kind, ContentKind::Message | ContentKind::View) {
        return Err(StoreError::NotFound.into());
    }
    let id = first(
        sql,
        "SELECT c.id FROM recipients r
             JOIN grants g ON g.recipient_id = r.id AND g.share IS NOT NULL
             JOIN contents c ON c.message_id = r.message_id AND c.kind = ?2
         WHERE r.id = ?1",
        params![recipient.as_bytes(), kind_name(kind)],
        |row| row.get(0),
    )?;
    Ok(ContentId::from_bytes(id.ok_or(StoreError::NotFound)?))
}

/// Destroys what a message no longer needs: its sealed files when no grant has a share left, its
/// relay copy when no relay task is waiting or held.
pub(super) fn drop_unneeded(unit: &mut Unit<'_>, message: MessageId) -> Result<()> {
    let unneeded: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT id FROM contents WHERE message_id = ?1 AND (
             (kind IN ('view', 'message', 'escrow') AND NOT EXISTS (
                 SELECT 1 FROM recipients r JOIN grants g ON g.recipient_id = r.id
                 WHERE r.message_id = ?1 AND g.share IS NOT NULL))
             OR (kind = 'spool' AND NOT EXISTS (
                 SELECT 1 FROM tasks t
                 WHERE t.message_id = ?1 AND t.kind = 'relay'
                     AND (t.failed_at IS NULL OR t.held))))",
        [message.as_bytes()],
    )?;
    drop_all(unit, unneeded)
}

/// Destroys the content of a reply's parts; the parts themselves stay.
pub(super) fn drop_of_reply(unit: &mut Unit<'_>, reply: ReplyId) -> Result<()> {
    let parts = column(
        unit.sql,
        "SELECT content_id FROM reply_parts WHERE reply_id = ?",
        [reply.as_bytes()],
    )?;
    drop_all(unit, parts)
}

fn drop_all(unit: &mut Unit<'_>, ids: Vec<[u8; 16]>) -> Result<()> {
    for id in ids {
        unit.drop_content(ContentId::from_bytes(id))?;
    }
    Ok(())
}

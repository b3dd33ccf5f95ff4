//! Messages and recipients as they are read back, and the balance over them.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, params};
use seal::{ContentId, Handle, MessageId, RecipientId};

use super::fault::{Fault, Result};
use super::purge;
use super::rows::{check_version, end_of, first, kind_of, micros, timestamp};
use super::unit::Unit;
use crate::{Balance, ContentKind, Disposition, End, MessageRecord, RecipientRecord};

/// One message with what there is of its contents.
pub(super) fn message(sql: &Connection, id: MessageId) -> Result<Option<MessageRecord>> {
    let found = first(
        sql,
        "SELECT format_version, captured_at, sender, profile, sent_before
         FROM messages WHERE id = ?",
        [id.as_bytes()],
        |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get::<_, Option<String>>(3)?,
                row.get(4)?,
            ))
        },
    )?;
    let Some((version, captured_at, sender, profile, sent_before)) = found else {
        return Ok(None);
    };
    check_version(version)?;
    let profile = profile.map(|name| name.parse()).transpose();
    let profile = profile.map_err(|_| Fault::damaged("message", id))?;
    Ok(Some(MessageRecord {
        id,
        captured_at: timestamp(captured_at),
        sender,
        profile,
        contents: contents(sql, id)?,
        sent_before,
    }))
}

fn contents(sql: &Connection, message: MessageId) -> Result<Vec<(ContentKind, ContentId, u64)>> {
    let mut statement = sql.prepare_cached(
        "SELECT kind, id, size FROM contents
         WHERE message_id = ? AND kind IN ('view', 'message', 'escrow', 'spool')",
    )?;
    let mut rows = statement.query([message.as_bytes()])?;
    let mut contents = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, id, size): (String, _, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let id = ContentId::from_bytes(id);
        let kind = kind_of(&kind).ok_or_else(|| Fault::damaged("content", id))?;
        contents.push((kind, id, size.cast_unsigned()));
    }
    Ok(contents)
}

/// What every query for a recipient selects; a WHERE clause follows.
pub(super) const RECIPIENT: &str = "
    SELECT r.id, r.format_version, r.message_id, r.address, r.ended_as, m.captured_at,
        g.format_version, g.handle, g.share, g.proof_digest, g.reply_public, g.reply_token_index,
        g.expires_at, g.exposed_at, r.notified_at, g.disowned_at
    FROM recipients r JOIN messages m ON m.id = r.message_id
        LEFT JOIN grants g ON g.recipient_id = r.id";

pub(super) fn recipient(sql: &Connection, id: RecipientId) -> Result<Option<RecipientRecord>> {
    one_recipient(sql, "r.id = ?", [id.as_bytes()])
}

pub(super) fn recipient_by_handle(
    sql: &Connection,
    handle: &Handle,
) -> Result<Option<RecipientRecord>> {
    one_recipient(sql, "g.handle = ?", [handle.as_bytes()])
}

pub(super) fn recipient_by_reply_token(
    sql: &Connection,
    indexes: &[[u8; 32]],
) -> Result<Option<RecipientRecord>> {
    for index in indexes {
        if let Some(found) = one_recipient(sql, "g.reply_token_index = ?", [index])? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// See [`crate::Store::recipients`].
pub(super) fn recipients(sql: &Connection, message: MessageId) -> Result<Vec<RecipientRecord>> {
    let query = format!(
        "{RECIPIENT} WHERE r.message_id = ?1
             OR r.message_id IN (SELECT id FROM messages WHERE diverted_from = ?1)
         ORDER BY r.id"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let mut rows = statement.query([message.as_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_recipient(row)?);
    }
    Ok(found)
}

/// See [`crate::Guest::mark_exposed`].
pub(super) fn mark_exposed(unit: &Unit<'_>, handle: &Handle, now: Timestamp) -> Result<()> {
    unit.change(
        "UPDATE grants SET exposed_at = ? WHERE handle = ? AND exposed_at IS NULL",
        params![micros(now), handle.as_bytes()],
    )?;
    Ok(())
}

fn one_recipient(
    sql: &Connection,
    condition: &str,
    params: impl Params,
) -> Result<Option<RecipientRecord>> {
    let query = format!("{RECIPIENT} WHERE {condition}");
    let mut statement = sql.prepare_cached(&query)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read_recipient).transpose()
}

pub(super) fn read_recipient(row: &Row<'_>) -> Result<RecipientRecord> {
    let id = RecipientId::from_bytes(row.get(0)?);
    check_version(row.get(1)?)?;
    let captured_at = timestamp(row.get(5)?);
    let end: Option<String> = row.get(4)?;
    let end = end
        .map(|name| end_of(&name).ok_or_else(|| Fault::damaged("recipient", id)))
        .transpose()?;
    let grant_version: Option<u32> = row.get(6)?;
    let (disposition, expires_at) = match grant_version {
        None => (Disposition::Relayed, captured_at),
        Some(version) => {
            check_version(version)?;
            (read_grant(row)?, timestamp(row.get(12)?))
        }
    };
    Ok(RecipientRecord {
        id,
        message: MessageId::from_bytes(row.get(2)?),
        address: row.get(3)?,
        disposition,
        captured_at,
        expires_at,
        end,
        exposed_at: row.get::<_, Option<i64>>(13)?.map(timestamp),
        notified_at: row.get::<_, Option<i64>>(14)?.map(timestamp),
        disowned_at: row.get::<_, Option<i64>>(15)?.map(timestamp),
    })
}

fn read_grant(row: &Row<'_>) -> Result<Disposition> {
    Ok(Disposition::Held {
        handle: Handle::from_bytes(row.get(7)?),
        share: row.get(8)?,
        proof_digest: row.get(9)?,
        reply_public: row.get(10)?,
        reply_token_index: row.get(11)?,
    })
}

/// Whether a recipient can still be served at `now`: it has a share, and time left.
pub(super) fn grant_is_live(sql: &Connection, recipient: RecipientId, now: i64) -> Result<bool> {
    super::rows::exists(
        sql,
        "SELECT 1 FROM grants WHERE recipient_id = ? AND share IS NOT NULL AND expires_at > ?",
        params![recipient.as_bytes(), now],
    )
}

/// The counts of promise D3. `accepted` was counted when the captures were taken, the rest comes
/// from the rows, so a recipient that went missing shows.
pub(super) fn balance(sql: &Connection) -> Result<Balance> {
    let mut balance = Balance::default();
    let accepted: Option<i64> = first(
        sql,
        "SELECT value FROM totals WHERE name = 'accepted'",
        [],
        |row| row.get(0),
    )?;
    balance.accepted = accepted.unwrap_or(0).cast_unsigned();
    let mut statement =
        sql.prepare_cached("SELECT ended_as, count(*) FROM recipients GROUP BY ended_as")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (end, count): (Option<String>, i64) = (row.get(0)?, row.get(1)?);
        let place = match end.as_deref().map(end_of) {
            None => &mut balance.in_progress,
            Some(Some(End::Notified)) => &mut balance.notified,
            Some(Some(End::Dsn)) => &mut balance.dsn,
            Some(Some(End::Expired)) => &mut balance.expired,
            Some(Some(End::Revoked)) => &mut balance.revoked,
            Some(Some(End::Held)) => &mut balance.held,
            Some(None) => return Err(Fault::damaged("recipients", "end")),
        };
        *place = count.cast_unsigned();
    }
    for (end, place) in [
        (End::Notified, &mut balance.notified),
        (End::Dsn, &mut balance.dsn),
        (End::Expired, &mut balance.expired),
        (End::Revoked, &mut balance.revoked),
        (End::Held, &mut balance.held),
    ] {
        *place += purge::carried(sql, end)?;
    }
    balance.stranded = stranded(sql)?;
    Ok(balance)
}

/// Recipients without an end for whom no task is left that could bring one.
fn stranded(sql: &Connection) -> Result<u64> {
    let count: Option<i64> = first(
        sql,
        "SELECT count(*) FROM recipients r
         WHERE r.ended_as IS NULL
             AND NOT EXISTS (
                 SELECT 1 FROM tasks t
                 WHERE t.recipient_id = r.id AND t.kind IN ('notify', 'relay')
                     AND t.failed_at IS NULL)
             AND NOT EXISTS (
                 SELECT 1 FROM grants g JOIN tasks t ON t.message_id = r.message_id
                 WHERE g.recipient_id = r.id AND t.kind = 'expire' AND t.failed_at IS NULL)
             AND NOT EXISTS (
                 SELECT 1 FROM reports p JOIN tasks t ON t.id = p.task_id
                 WHERE p.recipient_id = r.id AND t.failed_at IS NULL
                     AND p.action IN ('failed', 'bounced', 'expired', 'unopened'))",
        [],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0).cast_unsigned())
}

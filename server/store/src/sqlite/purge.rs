//! The end of records that nobody needs any more. What they counted for stays counted.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{RecipientId, ReplyId};

use super::contents;
use super::fault::Result;
use super::rows::{column, end_name, first, micros};
use super::sent_copies;
use super::unit::Unit;
use crate::End;

/// The name of the total that recipients with an end go to.
fn total(end: &str) -> String {
    format!("purged {end}")
}

/// Recipients with this end whose records are gone.
pub(super) fn carried(sql: &Connection, end: End) -> Result<u64> {
    let count: Option<i64> = first(
        sql,
        "SELECT value FROM totals WHERE name = ?",
        [total(end_name(end))],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0).cast_unsigned())
}

/// See [`crate::Store::sweep_replies`].
pub(super) fn sweep_replies(unit: &mut Unit<'_>, begun_before: Timestamp) -> Result<u64> {
    let unsent: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT id FROM replies WHERE sent_at IS NULL AND begun_at < ? LIMIT 1000",
        [micros(begun_before)],
    )?;
    for reply in &unsent {
        contents::drop_of_reply(unit, ReplyId::from_bytes(*reply))?;
        sent_copies::drop_of_reply(unit, ReplyId::from_bytes(*reply))?;
        unit.change("DELETE FROM replies WHERE id = ?", [reply])?;
    }
    Ok(unsent.len() as u64)
}

/// See [`crate::Store::purge`].
pub(super) fn purge(unit: &mut Unit<'_>, over_before: Timestamp, most: usize) -> Result<u64> {
    unit.change(
        "DELETE FROM notice_windows WHERE began_at < ?",
        [micros(over_before)],
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let over: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT m.id FROM messages m WHERE m.captured_at < ?1
             AND NOT EXISTS (
                 SELECT 1 FROM recipients r LEFT JOIN grants g ON g.recipient_id = r.id
                 WHERE r.message_id = m.id AND (
                     r.ended_as IS NULL OR r.ended_as = 'held'
                     OR g.share IS NOT NULL OR g.expires_at >= ?1
                     OR EXISTS (
                         SELECT 1 FROM tasks t WHERE t.recipient_id = r.id
                             AND (t.failed_at IS NULL OR t.held))))
             AND NOT EXISTS (
                 SELECT 1 FROM tasks t WHERE t.message_id = m.id
                     AND (t.failed_at IS NULL OR t.held))
             AND NOT EXISTS (SELECT 1 FROM contents c WHERE c.message_id = m.id)
         ORDER BY m.id LIMIT ?2",
        params![micros(over_before), most],
    )?;
    for message in &over {
        forget(unit, message)?;
    }
    if !over.is_empty() {
        unit.destroys();
    }
    Ok(over.len() as u64)
}

fn forget(unit: &Unit<'_>, message: &[u8; 16]) -> Result<()> {
    let recipients: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT id FROM recipients WHERE message_id = ?",
        [message],
    )?;
    for recipient in recipients.into_iter().map(RecipientId::from_bytes) {
        let id = recipient.as_bytes();
        unit.change(
            "DELETE FROM tasks WHERE reply_id IN (SELECT id FROM replies WHERE recipient_id = ?)",
            [id],
        )?;
        for statement in [
            "DELETE FROM replies WHERE recipient_id = ?",
            "DELETE FROM sessions WHERE recipient_id = ?",
            "DELETE FROM codes WHERE recipient_id = ?",
            "DELETE FROM tries WHERE recipient_id = ?",
            "DELETE FROM openings WHERE recipient_id = ?",
            "DELETE FROM fetches WHERE recipient_id = ?",
            "DELETE FROM nudges WHERE recipient_id = ?",
            "DELETE FROM extensions WHERE recipient_id = ?",
            "DELETE FROM reports WHERE recipient_id = ?",
            "DELETE FROM tasks WHERE recipient_id = ?",
            "DELETE FROM grants WHERE recipient_id = ?",
        ] {
            unit.change(statement, [id])?;
        }
        let ended: Option<String> = first(
            unit.sql,
            "DELETE FROM recipients WHERE id = ? RETURNING ended_as",
            [id],
            |row| row.get(0),
        )?;
        unit.change(
            "INSERT INTO totals (name, value) VALUES (?, 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1",
            [total(&ended.unwrap_or_default())],
        )?;
    }
    unit.change("DELETE FROM tasks WHERE message_id = ?", [message])?;
    unit.change("DELETE FROM messages WHERE id = ?", [message])?;
    Ok(())
}

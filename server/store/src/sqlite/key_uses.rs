//! What still needs a key, and closing one that nothing needs.
//!
//! Uses are counted by a scan, which takes a second for a million records: it is made beside the
//! writer. Before it the key is marked, and whatever is written under the key takes the mark away;
//! the key is closed only if the mark is still there. So nothing can have come under it since the
//! count began, and what comes later finds it closed and is refused: no capture in flight is lost
//! to a destroyed key (decisions 0009, 0034).

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};
use seal::KeyId;

use super::fault::{Fault, Result};
use super::rows::{first, micros};
use super::unit::Unit;
use crate::KeyPurpose;

/// See [`crate::Store::key_uses`].
pub(super) fn count(
    sql: &Connection,
    purpose: KeyPurpose,
    key: KeyId,
    now: Timestamp,
) -> Result<u64> {
    let queries: &[&str] = match purpose {
        KeyPurpose::Share => &["SELECT count(*) FROM grants
             WHERE share IS NOT NULL AND substr(share, 2, 16) = :key"],
        KeyPurpose::Metadata => &[
            "SELECT count(*) FROM messages WHERE substr(sender, 2, 16) = :key",
            "SELECT count(*) FROM recipients WHERE substr(address, 2, 16) = :key",
            "SELECT count(*) FROM audit WHERE substr(reason, 2, 16) = :key",
        ],
        KeyPurpose::Lookup => &[
            "SELECT count(*) FROM messages WHERE lookup_key = :key OR lookup_key IS NULL",
            "SELECT count(*) FROM recipients WHERE lookup_key = :key OR lookup_key IS NULL",
        ],
        KeyPurpose::Passcode => &[
            "SELECT count(*) FROM codes
             WHERE verifier IS NOT NULL AND expires_at > :now
                 AND (verifier_key = :key OR verifier_key IS NULL)",
            "SELECT count(*) FROM sender_codes
             WHERE verifier IS NOT NULL AND expires_at > :now AND verifier_key = :key",
        ],
        KeyPurpose::Outbox => &["SELECT count(*) FROM payloads
             WHERE is_used AND substr(octets, 3, 16) = :key"],
        KeyPurpose::Spool => &["SELECT count(*) FROM contents
             WHERE kind = 'spool' AND (key_id = :key OR key_id IS NULL)"],
        KeyPurpose::Reply => &[REPLIED_UNDER, REPLIES_UNDER],
    };
    let mut uses = 0;
    for query in queries {
        let mut named: Vec<(&str, &dyn ToSql)> = vec![(":key", key.as_bytes())];
        let now = micros(now);
        if query.contains(":now") {
            named.push((":now", &now));
        }
        let count: Option<i64> = first(sql, query, named.as_slice(), |row| row.get(0))?;
        uses += count.unwrap_or(0).cast_unsigned();
    }
    Ok(uses)
}

/// Messages that can still be answered. By the shares, not by the clock: a grant that an expiry has
/// not reached is counted, so that a clock that is set back finds the key there.
const REPLIED_UNDER: &str = "
    SELECT count(*) FROM messages m
    WHERE (m.reply_key = :key OR m.reply_key IS NULL) AND EXISTS (
        SELECT 1 FROM recipients r JOIN grants g ON g.recipient_id = r.id
        WHERE r.message_id = m.id AND g.share IS NOT NULL)";

/// Replies that are being written, or that have parts to be delivered.
const REPLIES_UNDER: &str = "
    SELECT count(*) FROM replies p CROSS JOIN recipients r ON r.id = p.recipient_id
        CROSS JOIN messages m ON m.id = r.message_id
    WHERE (m.reply_key = :key OR m.reply_key IS NULL)
        AND (p.sent_at IS NULL OR EXISTS (
            SELECT 1 FROM reply_parts q JOIN contents c ON c.id = q.content_id
            WHERE q.reply_id = p.id))";

/// Marks a key as being counted: whatever is written under it from now on takes the mark away.
/// Returns the mark's number, by which [`close`] knows that it is still this one.
pub(super) fn begin_closing(unit: &mut Unit<'_>, key: KeyId) -> Result<i64> {
    let turn: Option<i64> = first(
        unit.sql,
        "UPDATE totals SET value = value + 1 WHERE name = 'closings' RETURNING value",
        [],
        |row| row.get(0),
    )?;
    let turn = turn.ok_or_else(|| Fault::damaged("total", "closings"))?;
    unit.change(
        "INSERT INTO closing_keys (key_id, turn) VALUES (?1, ?2)
         ON CONFLICT (key_id) DO UPDATE SET turn = ?2",
        params![key.as_bytes(), turn],
    )?;
    Ok(turn)
}

/// Closes a key if nothing came under it since its mark was made, and so since its uses were
/// counted. Returns whether it did.
pub(super) fn close(unit: &mut Unit<'_>, key: KeyId, turn: i64, now: Timestamp) -> Result<bool> {
    let is_untouched = give_up(unit, key, turn)?;
    if is_untouched {
        unit.change(
            "INSERT INTO closed_keys (key_id, closed_at) VALUES (?, ?)
             ON CONFLICT (key_id) DO NOTHING",
            params![key.as_bytes(), micros(now)],
        )?;
    }
    Ok(is_untouched)
}

/// Takes a mark away. Returns whether it was still there.
pub(super) fn give_up(unit: &mut Unit<'_>, key: KeyId, turn: i64) -> Result<bool> {
    let changed = unit.change(
        "DELETE FROM closing_keys WHERE key_id = ? AND turn = ?",
        params![key.as_bytes(), turn],
    )?;
    Ok(changed > 0)
}

/// What is known of a key that something is about to be written under.
pub(super) enum Standing {
    Open,
    /// Its uses are being counted.
    Closing,
    Closed,
}

/// Whether a key was closed, or is about to be.
pub(super) fn standing(sql: &Connection, key: KeyId) -> Result<Standing> {
    let found: Option<bool> = first(
        sql,
        "SELECT TRUE FROM closed_keys WHERE key_id = ?1
         UNION ALL SELECT FALSE FROM closing_keys WHERE key_id = ?1",
        [key.as_bytes()],
        |row| row.get(0),
    )?;
    Ok(match found {
        None => Standing::Open,
        Some(false) => Standing::Closing,
        Some(true) => Standing::Closed,
    })
}

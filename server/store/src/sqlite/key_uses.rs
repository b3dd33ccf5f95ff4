//! What still needs a key, and closing one that nothing needs.
//!
//! Every write takes SQLite's write lock first, in whatever process. So between the count of a
//! key's uses and the row that closes it nothing can come under the key, and what comes later
//! finds the row and is refused: no capture in flight is lost to a destroyed key.

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, named_params, params};
use seal::KeyId;

use super::fault::Result;
use super::rows::{exists, first, micros};
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
        KeyPurpose::Outbox => &["SELECT count(*) FROM tasks
             WHERE payload IS NOT NULL AND substr(payload, 2, 16) = :key"],
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

/// See [`crate::Store::close_key`].
pub(super) fn close(
    unit: &mut Unit<'_>,
    purpose: KeyPurpose,
    key: KeyId,
    now: Timestamp,
) -> Result<u64> {
    let uses = count(unit.sql, purpose, key, now)?;
    if uses == 0 {
        unit.change(
            "INSERT INTO closed_keys (key_id, closed_at) VALUES (?, ?)
             ON CONFLICT (key_id) DO NOTHING",
            params![key.as_bytes(), micros(now)],
        )?;
    }
    Ok(uses)
}

/// Whether a key was closed.
pub(super) fn is_closed(sql: &Connection, key: KeyId) -> Result<bool> {
    exists(
        sql,
        "SELECT 1 FROM closed_keys WHERE key_id = :key",
        named_params! { ":key": key.as_bytes() },
    )
}

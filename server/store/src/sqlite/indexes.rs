//! Keyed hashes by the key that made them: listed, made anew, forgotten.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{KeyId, MessageId, RecipientId};

use super::fault::Result;
use super::rows::{check_version, first, micros};
use super::unit::Unit;
use crate::{Reindexed, StaleIndex};

/// See [`crate::Store::stale_indexes`].
pub(super) fn stale(
    sql: &Connection,
    fresh: KeyId,
    after: Option<[u8; 16]>,
    most: usize,
) -> Result<Vec<StaleIndex>> {
    let mut statement = sql.prepare_cached(
        "SELECT r.id, r.format_version, r.message_id, r.address, g.recipient_id IS NOT NULL
         FROM recipients r LEFT JOIN grants g ON g.recipient_id = r.id
         WHERE r.lookup_key IS NOT ? AND r.id > ? ORDER BY r.id LIMIT ?",
    )?;
    let after = after.map_or_else(Vec::new, Vec::from);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![fresh.as_bytes(), after, most])?;
    let mut stale = Vec::new();
    while let Some(row) = rows.next()? {
        check_version(row.get(1)?)?;
        stale.push(StaleIndex {
            recipient: RecipientId::from_bytes(row.get(0)?),
            message: MessageId::from_bytes(row.get(2)?),
            address: row.get(3)?,
            held: row.get(4)?,
        });
    }
    Ok(stale)
}

/// See [`crate::Store::count_stale_indexes`].
pub(super) fn count_stale(sql: &Connection, fresh: KeyId) -> Result<u64> {
    let count: Option<i64> = first(
        sql,
        "SELECT count(*) FROM recipients WHERE lookup_key IS NOT ?",
        [fresh.as_bytes()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0).cast_unsigned())
}

/// See [`crate::Store::reindex`].
pub(super) fn reindex(unit: &mut Unit<'_>, indexes: Vec<Reindexed>) -> Result<u64> {
    let mut replaced = 0;
    for Reindexed {
        recipient,
        key,
        address_index,
        reply_token_index,
    } in indexes
    {
        unit.check_open(key)?;
        // A hash under the old key must not stay behind a record that names the new one.
        let changed = unit.change(
            "UPDATE recipients SET address_index = ?2, lookup_key = ?3
             WHERE id = ?1 AND lookup_key IS NOT ?3
                 AND ?4 = EXISTS (SELECT 1 FROM grants WHERE recipient_id = ?1)",
            params![
                recipient.as_bytes(),
                address_index,
                key.as_bytes(),
                reply_token_index.is_some()
            ],
        )?;
        if changed > 0 && reply_token_index.is_some() {
            unit.change(
                "UPDATE grants SET reply_token_index = ? WHERE recipient_id = ?",
                params![reply_token_index, recipient.as_bytes()],
            )?;
        }
        replaced += changed;
    }
    Ok(replaced as u64)
}

/// Messages whose hashes are forgotten in one commit: no other write waits for all of them.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// What makes the hashes of a message those of a key: a key that is not known may be any.
const IS_UNDER: &str = "(lookup_key = ?2 OR lookup_key IS NULL)";

/// The next messages, in the order of their ids, whose hashes are to be forgotten: see
/// [`crate::Store::forget_message_indexes`].
pub(super) fn useless(
    sql: &Connection,
    key: KeyId,
    before: Timestamp,
    after: Option<MessageId>,
) -> Result<Vec<MessageId>> {
    let statement = format!(
        "SELECT id FROM messages WHERE id > ?1 AND {IS_UNDER} AND captured_at < ?3
         ORDER BY id LIMIT ?4"
    );
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let mut statement = sql.prepare_cached(&statement)?;
    let ids = statement.query_map(
        params![after, key.as_bytes(), micros(before), FORGOTTEN_AT_ONCE],
        |row| row.get(0).map(MessageId::from_bytes),
    )?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Forgets the hashes of these messages, as far as they are still of that key.
pub(super) fn forget(unit: &mut Unit<'_>, key: KeyId, messages: &[MessageId]) -> Result<u64> {
    let statement = format!(
        "UPDATE messages SET message_id_index = NULL, content_index = zeroblob(32),
             lookup_key = x''
         WHERE id = ?1 AND {IS_UNDER}"
    );
    let mut forgotten = 0;
    for id in messages {
        forgotten += unit.change(&statement, params![id.as_bytes(), key.as_bytes()])? as u64;
    }
    Ok(forgotten)
}

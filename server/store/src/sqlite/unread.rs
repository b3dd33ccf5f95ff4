//! Whose message waits unread: whom a reminder may reach, and of whom a sender may want to hear.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::MessageId;

use super::fault::Result;
use super::records::{RECIPIENT, read_recipient};
use super::rows::micros;
use crate::RecipientRecord;

/// See [`crate::Store::unread`].
pub(super) fn of(
    sql: &Connection,
    message: MessageId,
    now: Timestamp,
) -> Result<Vec<RecipientRecord>> {
    let query = format!(
        "{RECIPIENT} WHERE r.message_id = ? AND g.share IS NOT NULL AND g.expires_at > ?
             AND g.opened_at IS NULL AND (r.ended_as IS NULL OR r.ended_as = 'notified')
             AND NOT EXISTS (
                 SELECT 1 FROM reports p WHERE p.recipient_id = r.id
                     AND p.action IN ('failed', 'bounced', 'expired', 'unopened'))
         ORDER BY r.id"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let mut rows = statement.query(params![message.as_bytes(), micros(now)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_recipient(row)?);
    }
    Ok(found)
}

//! Grants that the sender withdraws (promise K9).

use jiff::Timestamp;
use rusqlite::params;
use seal::{MessageId, RecipientId};

use super::contents;
use super::divert::diverted_from;
use super::expiry::end_grant;
use super::fault::Result;
use super::rows::{column, end_name, micros};
use super::unit::Unit;
use crate::End;

/// See [`crate::Store::revoke`].
pub(super) fn revoke(
    unit: &mut Unit<'_>,
    message: MessageId,
    recipient: Option<RecipientId>,
    now: Timestamp,
) -> Result<u64> {
    let withdrawn: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT r.id FROM recipients r JOIN grants g ON g.recipient_id = r.id
         WHERE (r.message_id = ?1 OR r.message_id IN (
                 SELECT id FROM messages WHERE diverted_from = ?1))
             AND g.share IS NOT NULL AND (?2 IS NULL OR r.id = ?2)",
        params![
            message.as_bytes(),
            recipient.as_ref().map(RecipientId::as_bytes)
        ],
    )?;
    for recipient in &withdrawn {
        end_grant(unit, RecipientId::from_bytes(*recipient))?;
        unit.change(
            "UPDATE grants SET withdrawn_at = ? WHERE recipient_id = ?",
            params![micros(now), recipient],
        )?;
        drop_notice(unit, *recipient)?;
        // Whose time is over gets the end that the expiry brings, which is on its way.
        unit.change(
            "UPDATE recipients SET ended_as = ?1
             WHERE id = ?2 AND ended_as IS NULL
                 AND id IN (SELECT recipient_id FROM grants WHERE expires_at > ?3)",
            params![end_name(End::Revoked), recipient, micros(now)],
        )?;
    }
    contents::drop_unneeded(unit, message)?;
    for diverted in diverted_from(unit, message)? {
        contents::drop_unneeded(unit, diverted)?;
    }
    Ok(withdrawn.len() as u64)
}

/// Destroys the notice that waits, is being sent, or is held, with the link secret in it. Who has
/// leased it finishes nothing.
pub(super) fn drop_notice(unit: &mut Unit<'_>, recipient: [u8; 16]) -> Result<()> {
    let payloads: Vec<bool> = column(
        unit.sql,
        "DELETE FROM tasks
         WHERE recipient_id = ? AND kind = 'notify' AND (failed_at IS NULL OR held)
         RETURNING slot IS NOT NULL",
        [recipient],
    )?;
    if payloads.contains(&true) {
        unit.destroys();
    }
    Ok(())
}

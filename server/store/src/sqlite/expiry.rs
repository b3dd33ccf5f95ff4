//! The end of grants whose time is over.

use jiff::Timestamp;
use rusqlite::params;
use seal::{MessageId, RecipientId};

use super::contents;
use super::conversation;
use super::fault::Result;
use super::replies;
use super::rows::{column, micros};
use super::sent_copies;
use super::unit::Unit;

/// Destroys what the grants of a message that ended by `now` still have: see
/// [`crate::Store::expire`]. What is gone already is no error, so a repeated task does no harm.
///
/// Handle and proof digest stay, so that whoever shows the proof can be told that it is over.
pub(super) fn expire(unit: &mut Unit<'_>, message: MessageId, now: Timestamp) -> Result<()> {
    let over: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT r.id FROM recipients r JOIN grants g ON g.recipient_id = r.id
         WHERE r.message_id = ? AND g.expires_at <= ?",
        params![message.as_bytes(), micros(now)],
    )?;
    for recipient in over {
        end_grant(unit, RecipientId::from_bytes(recipient))?;
    }
    contents::drop_unneeded(unit, message)
}

/// Destroys what one grant has, but for what others share with it.
pub(super) fn end_grant(unit: &mut Unit<'_>, recipient: RecipientId) -> Result<()> {
    let id = recipient.as_bytes();
    let mut destroyed = unit.change(
        "UPDATE grants SET share = NULL WHERE recipient_id = ? AND share IS NOT NULL",
        [id],
    )?;
    destroyed += unit.change("DELETE FROM sessions WHERE recipient_id = ?", [id])?;
    destroyed += unit.change("DELETE FROM codes WHERE recipient_id = ?", [id])?;
    unit.change("DELETE FROM tries WHERE recipient_id = ?", [id])?;
    if destroyed > 0 {
        unit.destroys();
    }
    conversation::forget(unit, recipient)?;
    sent_copies::drop_of_recipient(unit, recipient)?;
    replies::drop_unsent(unit, recipient, i64::MAX)
}

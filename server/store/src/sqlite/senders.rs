//! The sender's link, and what became of a message's recipients.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, params};
use seal::{Handle, MessageId, RecipientId};

use super::audit;
use super::extending;
use super::fault::{Fault, Result};
use super::fetches;
use super::openings;
use super::payloads;
use super::reminding;
use super::replies;
use super::revocation;
use super::rows::{FORMAT_VERSION, check_version, end_of, micros, span, timestamp};
use super::tasks;
use super::unit::Unit;
use crate::{
    Act, Course, HandedTo, Lease, NewEvent, NewSender, SenderRecord, TlsUsed, Way, Withdrawal,
};

/// What every query for a sender selects; a WHERE clause follows. A link is good for as long as its
/// last grant and `kept_for` longer, so that whatever moves the end of a grant moves its end too.
const SENDER: &str = "
    SELECT s.format_version, s.message_id, s.handle, s.proof_digest, m.format_version, m.sender,
        m.captured_at, s.kept_for,
        (SELECT max(g.expires_at) FROM recipients r JOIN grants g ON g.recipient_id = r.id
         WHERE r.message_id = m.id OR r.message_id IN (
             SELECT d.id FROM messages d WHERE d.diverted_from = m.id))
    FROM senders s JOIN messages m ON m.id = s.message_id";

/// See [`crate::Store::let_sender_in`].
pub(super) fn let_in(unit: &mut Unit<'_>, lease: &Lease, sender: &NewSender) -> Result<bool> {
    if !tasks::is_valid(unit.sql, lease)? {
        return Ok(false);
    }
    unit.check_wrapped(&sender.secret)?;
    unit.change(
        "INSERT INTO senders (message_id, format_version, handle, proof_digest, kept_for)
         VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (message_id) DO UPDATE SET handle = excluded.handle,
             proof_digest = excluded.proof_digest, kept_for = excluded.kept_for",
        params![
            sender.message.as_bytes(),
            FORMAT_VERSION,
            sender.handle.as_bytes(),
            sender.proof_digest,
            span(sender.kept_for),
        ],
    )?;
    let slot = payloads::put(unit, &sender.secret)?;
    unit.change(
        "UPDATE tasks SET slot = ? WHERE id = ?",
        params![slot, lease.task.as_bytes()],
    )?;
    Ok(true)
}

/// See [`crate::Store::sender`].
pub(super) fn of_message(
    sql: &Connection,
    message: MessageId,
    now: Timestamp,
) -> Result<Option<SenderRecord>> {
    // Who was diverted is held under a message of its own, and told of in the first one's receipt.
    let condition = "s.message_id = ?1
         OR s.message_id = (SELECT diverted_from FROM messages WHERE id = ?1)
         ORDER BY s.message_id <> ?1";
    live(sql, condition, [message.as_bytes()], micros(now))
}

/// See [`crate::SenderGuest::sender_by_handle`].
pub(super) fn by_handle(
    sql: &Connection,
    handle: &Handle,
    now: Timestamp,
) -> Result<Option<SenderRecord>> {
    live(sql, "s.handle = ?", [handle.as_bytes()], micros(now))
}

pub(super) fn is_live(sql: &Connection, message: MessageId, now: i64) -> Result<bool> {
    Ok(live(sql, "s.message_id = ?", [message.as_bytes()], now)?.is_some())
}

fn live(
    sql: &Connection,
    condition: &str,
    params: impl Params,
    now: i64,
) -> Result<Option<SenderRecord>> {
    let query = format!("{SENDER} WHERE {condition}");
    let mut statement = sql.prepare_cached(&query)?;
    let mut rows = statement.query(params)?;
    let found = rows.next()?.map(read).transpose()?;
    Ok(found.filter(|sender| now < micros(sender.expires_at)))
}

fn read(row: &Row<'_>) -> Result<SenderRecord> {
    check_version(row.get(0)?)?;
    check_version(row.get(4)?)?;
    let captured_at: i64 = row.get(6)?;
    let grants_end: Option<i64> = row.get(8)?;
    let kept_for: i64 = row.get(7)?;
    let expires_at = grants_end.unwrap_or(captured_at).saturating_add(kept_for);
    Ok(SenderRecord {
        message: MessageId::from_bytes(row.get(1)?),
        handle: Handle::from_bytes(row.get(2)?),
        proof_digest: row.get(3)?,
        sender: row.get(5)?,
        captured_at: timestamp(captured_at),
        grants_end: grants_end.map(timestamp),
        expires_at: timestamp(expires_at),
    })
}

/// See [`crate::Store::courses`]. In the order in which the recipients were named.
pub(super) fn courses(sql: &Connection, message: MessageId) -> Result<Vec<Course>> {
    courses_of(sql, message, None)
}

/// The course of one recipient of a message, or of who was diverted from it.
pub(super) fn course(
    sql: &Connection,
    message: MessageId,
    recipient: RecipientId,
) -> Result<Option<Course>> {
    Ok(courses_of(sql, message, Some(recipient))?.pop())
}

fn courses_of(
    sql: &Connection,
    message: MessageId,
    recipient: Option<RecipientId>,
) -> Result<Vec<Course>> {
    let mut statement = sql.prepare_cached(
        "SELECT r.id, r.format_version, r.message_id, r.address, r.ended_as, r.notified_at,
             g.format_version, g.share IS NOT NULL, g.expires_at, g.exposed_at,
             g.withdrawn_at, g.codes_asked, g.code_asked_at, g.more_time_asked_at, g.disowned_at,
             r.handed_host, r.handed_tls, r.handed_cipher
         FROM recipients r LEFT JOIN grants g ON g.recipient_id = r.id
         WHERE (r.message_id = ?1 OR r.message_id IN (
                 SELECT d.id FROM messages d WHERE d.diverted_from = ?1))
             AND (?2 IS NULL OR r.id = ?2)
         ORDER BY r.id",
    )?;
    let recipient = recipient.as_ref().map(RecipientId::as_bytes);
    let mut rows = statement.query(params![message.as_bytes(), recipient])?;
    let mut courses = Vec::new();
    while let Some(row) = rows.next()? {
        courses.push(read_course(sql, row)?);
    }
    Ok(courses)
}

fn read_course(sql: &Connection, row: &Row<'_>) -> Result<Course> {
    let recipient = RecipientId::from_bytes(row.get(0)?);
    check_version(row.get(1)?)?;
    let end: Option<String> = row.get(4)?;
    let end = end
        .map(|name| end_of(&name).ok_or_else(|| Fault::damaged("recipient", recipient)))
        .transpose()?;
    let instant = |index| -> Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(timestamp))
    };
    let way = match row.get::<_, Option<u32>>(6)? {
        None => Way::Relayed,
        Some(version) => {
            check_version(version)?;
            Way::Held {
                expires_at: timestamp(row.get(8)?),
                has_share: row.get(7)?,
            }
        }
    };
    let replied = replies::sent_by(sql, recipient)?;
    Ok(Course {
        recipient,
        message: MessageId::from_bytes(row.get(2)?),
        address: row.get(3)?,
        way,
        end,
        notified_at: instant(5)?,
        handed_to: read_handed(row)?,
        reminders_asked: reminding::asked(sql, recipient)?,
        codes_asked: row.get::<_, Option<u32>>(11)?.unwrap_or(0),
        code_asked_at: instant(12)?,
        opened: openings::of(sql, recipient)?,
        fetched: fetches::of(sql, recipient)?,
        replied: replied.into_iter().map(|(_, sent_at)| sent_at).collect(),
        exposed_at: instant(9)?,
        more_time_asked_at: instant(13)?,
        extended: extending::of(sql, recipient)?,
        disowned_at: instant(14)?,
        withdrawn_at: instant(10)?,
    })
}

fn read_handed(row: &Row<'_>) -> Result<Option<HandedTo>> {
    let host: Option<String> = row.get(15)?;
    let tls = match (row.get(16)?, row.get(17)?) {
        (Some(version), Some(cipher)) => Some(TlsUsed { version, cipher }),
        _ => None,
    };
    Ok(host.map(|host| HandedTo { host, tls }))
}

/// See [`crate::SenderGuest::withdraw`].
pub(super) fn withdraw(unit: &mut Unit<'_>, withdrawal: Withdrawal, now: Timestamp) -> Result<u64> {
    let Withdrawal {
        event,
        message,
        recipient,
    } = withdrawal;
    let ended = revocation::revoke(unit, message, recipient, now)?;
    let event = NewEvent {
        id: event,
        act: Act::Revoke(message, recipient),
        cause: String::new(),
        reason: None,
    };
    audit::record_by(unit, audit::SENDER, event, ended, now)?;
    Ok(ended)
}

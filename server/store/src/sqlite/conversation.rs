//! Earlier messages that a capture names, and the later ones of a message: see decision 0033.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};
use seal::{Handle, RecipientId};

use super::fault::Result;
use super::rows::{micros, timestamp};
use super::unit::Unit;
use crate::{LATER_MESSAGES, LaterMessage, MENTIONED_RECIPIENTS, Mentions, Named};

/// An earlier recipient and a later one of the same mailbox.
type Link = ([u8; 16], RecipientId);

/// Recipients of the messages with this Message-ID. Those who were diverted from one stand under a
/// message of their own, which has none.
const OF_MESSAGE: &str = "
    SELECT r.id, r.address_index, g.share IS NOT NULL
    FROM messages m JOIN recipients r ON r.message_id = m.id
        LEFT JOIN grants g ON g.recipient_id = r.id
    WHERE m.message_id_index = ?1
    UNION ALL
    SELECT r.id, r.address_index, g.share IS NOT NULL
    FROM messages m JOIN messages d ON d.diverted_from = m.id
        JOIN recipients r ON r.message_id = d.id LEFT JOIN grants g ON g.recipient_id = r.id
    WHERE m.message_id_index = ?1 LIMIT ?2";

/// Recipients of the message that this reply answers.
const OF_REPLY: &str = "
    SELECT r.id, r.address_index, g.share IS NOT NULL
    FROM replies p JOIN recipients w ON w.id = p.recipient_id
        JOIN recipients r ON r.message_id = w.message_id
        LEFT JOIN grants g ON g.recipient_id = r.id
    WHERE p.id = ?1 AND p.sent_at IS NOT NULL LIMIT ?2";

const OF_RECIPIENT: &str = "
    SELECT r.id, r.address_index, g.share IS NOT NULL
    FROM recipients r LEFT JOIN grants g ON g.recipient_id = r.id
    WHERE r.id = ?1 LIMIT ?2";

/// Looks for the earlier recipients that a capture goes on for. Asks nothing for one that names
/// nothing. To be asked before the capture's own rows are there: a message that names itself is not
/// its own successor.
pub(super) fn find(unit: &Unit<'_>, mentions: &Mentions) -> Result<Vec<Link>> {
    if mentions.is_empty() {
        return Ok(Vec::new());
    }
    let mut search = Search {
        mailboxes: mentions.mailboxes.iter().copied().collect(),
        left: MENTIONED_RECIPIENTS,
        found: BTreeSet::new(),
    };
    for named in &mentions.named {
        let left = search.left;
        match named {
            Named::Message(index) => search.look(unit.sql, OF_MESSAGE, params![index, left])?,
            Named::Reply(id) => search.look(unit.sql, OF_REPLY, params![id.as_bytes(), left])?,
            Named::Recipient(id) => {
                search.look(unit.sql, OF_RECIPIENT, params![id.as_bytes(), left])?;
            }
        }
        if search.left == 0 {
            break;
        }
    }
    Ok(search.found.into_iter().collect())
}

struct Search {
    mailboxes: HashMap<[u8; 32], RecipientId>,
    /// How many more recipients are looked at, of whatever state: what they cost is bounded so.
    left: u32,
    found: BTreeSet<Link>,
}

impl Search {
    fn look(&mut self, sql: &Connection, query: &str, params: impl Params) -> Result<()> {
        let mut statement = sql.prepare_cached(query)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            self.left = self.left.saturating_sub(1);
            let (id, mailbox, is_live): (_, [u8; 32], bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let later = self.mailboxes.get(&mailbox);
            // A diverted recipient keeps its id.
            if let Some(later) = later.filter(|later| is_live && *later.as_bytes() != id) {
                self.found.insert((id, *later));
            }
        }
        Ok(())
    }
}

/// Keeps what [`find`] found, once the later recipients are there.
pub(super) fn keep(unit: &Unit<'_>, links: &[Link]) -> Result<()> {
    for (earlier, later) in links {
        unit.change(
            "INSERT INTO later_messages (earlier_id, later_id) VALUES (?, ?)
             ON CONFLICT DO NOTHING",
            params![earlier, later.as_bytes()],
        )?;
    }
    Ok(())
}

/// Forgets what a recipient whose grant is over has to do with others.
pub(super) fn forget(unit: &Unit<'_>, recipient: RecipientId) -> Result<()> {
    for statement in [
        "DELETE FROM later_messages WHERE earlier_id = ?",
        "DELETE FROM later_messages WHERE later_id = ?",
    ] {
        unit.change(statement, [recipient.as_bytes()])?;
    }
    Ok(())
}

/// See [`crate::Guest::later_messages`].
pub(super) fn list(
    sql: &Connection,
    recipient: RecipientId,
    now: Timestamp,
) -> Result<Vec<LaterMessage>> {
    // Ids of recipients go by the time at which they came, and so do the rows of one of them.
    let mut statement = sql.prepare_cached(
        "SELECT m.captured_at, g.handle FROM later_messages l
             JOIN recipients r ON r.id = l.later_id
             JOIN messages m ON m.id = r.message_id
             JOIN grants g ON g.recipient_id = r.id
         WHERE l.earlier_id = ? AND r.ended_as = 'notified'
             AND g.share IS NOT NULL AND g.expires_at > ?
         ORDER BY l.later_id DESC LIMIT ?",
    )?;
    let params = params![recipient.as_bytes(), micros(now), LATER_MESSAGES];
    let found = statement.query_map(params, |row| {
        Ok(LaterMessage {
            captured_at: timestamp(row.get(0)?),
            reference: Handle::from_bytes(row.get(1)?).reference(),
        })
    })?;
    let mut found: Vec<_> = found.collect::<rusqlite::Result<_>>()?;
    found.reverse();
    Ok(found)
}

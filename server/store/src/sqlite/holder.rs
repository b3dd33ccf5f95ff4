//! Who has a link: a recipient, or the sender. Codes, tries and sessions of both follow the same
//! rules and stand in tables of the same form, so that neither can be taken for the other's.

use rusqlite::Connection;
use seal::{MessageId, RecipientId};

use super::fault::Result;
use super::records::grant_is_live;
use super::senders;

/// Who has a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Recipient(RecipientId),
    Sender(MessageId),
}

/// Where what belongs to a holder stands.
pub(super) struct Tables {
    pub(super) codes: &'static str,
    pub(super) tries: &'static str,
    pub(super) sessions: &'static str,
    /// The column that names the holder in each.
    pub(super) id: &'static str,
}

pub(super) const RECIPIENTS: Tables = Tables {
    codes: "codes",
    tries: "tries",
    sessions: "sessions",
    id: "recipient_id",
};

pub(super) const SENDERS: Tables = Tables {
    codes: "sender_codes",
    tries: "sender_tries",
    sessions: "sender_sessions",
    id: "message_id",
};

impl Holder {
    pub(super) fn tables(&self) -> &'static Tables {
        match self {
            Self::Recipient(_) => &RECIPIENTS,
            Self::Sender(_) => &SENDERS,
        }
    }

    pub(super) fn id(&self) -> &[u8; 16] {
        match self {
            Self::Recipient(id) => id.as_bytes(),
            Self::Sender(id) => id.as_bytes(),
        }
    }

    /// Whether the link is good at `now`.
    pub(super) fn is_live(&self, sql: &Connection, now: i64) -> Result<bool> {
        match self {
            Self::Recipient(id) => grant_is_live(sql, *id, now),
            Self::Sender(id) => senders::is_live(sql, *id, now),
        }
    }
}

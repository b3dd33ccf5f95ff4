//! Which later message belongs to which earlier one: the same conversation, in the same mailbox
//! (decision 0033).

use jiff::Timestamp;
use seal::{RecipientId, ReplyId};

/// Later messages that are listed for one recipient: the newest.
pub const LATER_MESSAGES: u32 = 20;

/// Recipients of earlier messages that are looked at for one capture, the nearest messages first: a
/// list to a thousand people that answers a list to a thousand people is found whole.
pub const MENTIONED_RECIPIENTS: u32 = 2_000;

/// What a message says of the conversation that it goes on. It holds no key's id: what it was made
/// with is used to look for older records, and none of it is kept.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    /// What it answers, the nearest first.
    pub named: Vec<Named>,
    /// Its own held recipients by the keyed hash of their address, under each lookup key that is kept.
    pub mailboxes: Vec<([u8; 32], RecipientId)>,
}

/// Something that a message can name of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The earlier message's Message-ID, by its keyed hash under one of the lookup keys.
    Message([u8; 32]),
    /// The mail that we made of a secure reply to the earlier message.
    Reply(ReplyId),
    /// A recipient of the earlier message, by the address that such a mail is answered to.
    Recipient(RecipientId),
}

impl Mentions {
    /// Nothing is to be looked for.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() || self.mailboxes.is_empty()
    }
}

/// A later message, as its mailbox was told of it. There is nothing in it that it could be opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterMessage {
    /// When it was taken.
    pub captured_at: Timestamp,
    /// As its notice and its page name it, such as `K7Q-4MDX`.
    pub reference: String,
}

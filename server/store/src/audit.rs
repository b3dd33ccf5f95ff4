//! What operators and senders did, and recipients who closed their links: events that are only ever
//! added, in the commit of the act (promise L1).
//!
//! An event has ids and a sealed reason, and nothing else that is personal. A chain over them (L2) is
//! not built yet: their numbers grow by one, and no statement changes or deletes one.

use jiff::Timestamp;
use seal::{MessageId, RecipientId, TaskId};

use crate::task::NewTask;

/// An act of an operator, of a sender, or of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// See [`crate::Store::park`].
    Hold(TaskId),
    /// See [`crate::Store::retry_failed`].
    Retry(TaskId),
    /// See [`crate::Store::drop_task`].
    Drop(TaskId),
    /// See [`crate::Store::revoke`].
    Revoke(MessageId, Option<RecipientId>),
    /// The sealed files of a message leave for escrow. The store does nothing but record it.
    Export(MessageId),
    /// See [`crate::Store::extend`], which records it; with the new end.
    Extend(MessageId, Timestamp),
    /// See [`crate::Store::remind`], which records it.
    Remind(MessageId, RecipientId),
    /// See [`crate::Guest::disown`]: the recipient's own act.
    NotForMe(MessageId, RecipientId),
}

/// More time for recipients of a message, with the event that records it.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Of [`Act::Extend`].
    pub event: NewEvent,
    /// The shares of those who get more time: as they stand, and wrapped anew for the new end.
    pub shares: Vec<crate::Rewrapped>,
    /// The message's expiry, should it have none. It is due when the first of its grants ends.
    pub expiry: NewTask,
    /// The message's follow-up, should it have none. It is due at once: what it waits for moves with
    /// the end.
    pub follow_up: NewTask,
}

/// The id of an event: what its reason is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// Of 16 octets that no other event has.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// An act that is to be done and recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// What is done.
    pub act: Act,
    /// What stands in the task as its cause: no reason, nothing personal.
    pub cause: String,
    /// Why, sealed for [`crate::place::event_reason`].
    pub reason: Option<Vec<u8>>,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Grows by one with each event.
    pub number: u64,
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who: `operator` for whoever may run the program with this configuration, `sender` for who sent
    /// the message, or `recipient`.
    pub who: String,
    /// What was done.
    pub act: Act,
    /// How much it changed: 0 when it was refused or had nothing to do.
    pub changed: u64,
    /// Why, sealed.
    pub reason: Option<Vec<u8>>,
}

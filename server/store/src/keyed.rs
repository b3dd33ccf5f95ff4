//! What stands under which key, so that keys can be rotated and destroyed while mail flows
//! (promise K6).
//!
//! The store opens nothing. It reads key ids: a wrapped value names its key, and keyed hashes and
//! sealed files have the id of theirs beside them.

use jiff::Timestamp;
use seal::{KeyId, MessageId, Profile, RecipientId, TaskId};

use crate::EventId;

/// Where wrapped values stand; see [`crate::place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyedField {
    /// The server shares of grants that are not over.
    Share,
    /// The senders of messages.
    Sender,
    /// The addresses of recipients.
    Address,
    /// The link secrets of notices that wait, or that a person may put back.
    LinkSecret,
    /// The link secrets of senders, whose receipts wait.
    SenderLinkSecret,
    /// The reasons that operators gave.
    Reason,
}

/// What a key of the store's records is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Wraps server shares.
    Share,
    /// Wraps senders, addresses and reasons.
    Metadata,
    /// Makes the keyed hashes of addresses, reply tokens, Message-IDs and contents.
    Lookup,
    /// Makes the verifiers of passcodes.
    Passcode,
    /// Wraps the link secrets that wait in tasks.
    Outbox,
    /// Opens relay copies.
    Spool,
    /// Opens secure replies.
    Reply,
}

/// A wrapped value that is not under a fresh key, with all that its place is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleValue {
    /// Where it stands.
    pub record: KeyedRecord,
    /// The value as it stands there.
    pub sealed: Vec<u8>,
}

/// The record of a wrapped value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyedRecord {
    /// [`KeyedField::Share`]
    Share {
        /// Whose grant.
        recipient: RecipientId,
        /// Of which message.
        message: MessageId,
        /// The kind of message identity, part of the place.
        profile: Profile,
        /// When the grant ends, part of the place; also tells the key's epoch.
        expires_at: Timestamp,
    },
    /// [`KeyedField::Sender`]
    Sender {
        /// Whose sender.
        message: MessageId,
    },
    /// [`KeyedField::Address`]
    Address {
        /// Whose address.
        recipient: RecipientId,
        /// The recipient's message.
        message: MessageId,
    },
    /// [`KeyedField::LinkSecret`]
    LinkSecret {
        /// The task that it waits in.
        task: TaskId,
        /// Whom the notice is for.
        recipient: RecipientId,
    },
    /// [`KeyedField::SenderLinkSecret`]
    SenderLinkSecret {
        /// The task that it waits in.
        task: TaskId,
        /// Whose sender the receipt is for.
        message: MessageId,
    },
    /// [`KeyedField::Reason`]
    Reason {
        /// Whose reason.
        event: EventId,
    },
}

impl KeyedRecord {
    /// The primary key of the record, which listings are ordered by.
    pub fn id(&self) -> [u8; 16] {
        match self {
            Self::Share { recipient, .. } | Self::Address { recipient, .. } => {
                *recipient.as_bytes()
            }
            Self::Sender { message } => *message.as_bytes(),
            Self::LinkSecret { task, .. } | Self::SenderLinkSecret { task, .. } => *task.as_bytes(),
            Self::Reason { event } => *event.as_bytes(),
        }
    }
}

/// Values to hand to [`crate::Store::rewrap`] at once. A capture waits for the batch before it, so
/// whoever rotates should also pause as long as each batch took: with both, the slowest hundredth
/// of captures took 1.6 times as long beside a rotation of 100,000 shares as without one, and
/// 11,000 a second were replaced. Batches of 1,000 without a pause made that 3 to 5 times
/// (`benches/rewrap.rs`, on a busy machine).
pub const REWRAP_AT_ONCE: usize = 250;

/// A value that is to take the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// The record, see [`KeyedRecord::id`].
    pub id: [u8; 16],
    /// What must still stand there.
    pub old: Vec<u8>,
    /// The same, wrapped under a fresh key.
    pub new: Vec<u8>,
}

/// The keys that a capture was made with, as far as its sealed octets do not tell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureKeys {
    /// Made the keyed hashes of message, recipients and reply tokens.
    pub lookup: KeyId,
    /// The reply key that the view names: given when a recipient is held, and then only.
    pub reply: Option<KeyId>,
    /// The identity that the relay copy is sealed to: given when there is one, and then only.
    pub spool: Option<KeyId>,
}

/// A recipient whose keyed hashes are not under the fresh key, or under nobody knows which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleIndex {
    /// Whose hashes; listings are ordered by it.
    pub recipient: RecipientId,
    /// The recipient's message.
    pub message: MessageId,
    /// The sealed address, which has what the hashes are made of.
    pub address: Vec<u8>,
    /// There is a grant, so a reply token has a hash too.
    pub held: bool,
}

/// A recipient's keyed hashes under a fresh key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reindexed {
    /// Whose hashes.
    pub recipient: RecipientId,
    /// The key that made them.
    pub key: KeyId,
    /// Keyed hash of the address.
    pub address_index: [u8; 32],
    /// Keyed hash of the reply token: given when the recipient is held, and then only.
    pub reply_token_index: Option<[u8; 32]>,
}

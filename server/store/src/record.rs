//! Records of captured messages, their recipients and secure replies.

use jiff::Timestamp;
use seal::{ContentId, Handle, MessageId, Profile, RecipientId, ReplyId};

use crate::content::{ContentKind, StagedContent};
use crate::conversation::Mentions;
use crate::keyed::CaptureKeys;
use crate::task::NewTask;

/// One SMTP transaction, ready to be committed.
#[derive(Debug)]
pub struct Capture {
    /// The message's id.
    pub id: MessageId,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// The envelope sender and what else is personal, sealed under `metadata`.
    pub sender: Vec<u8>,
    /// Keyed hash of the Message-ID, if the message had one: finds "sent again" (promise D4).
    pub message_id_index: Option<[u8; 32]>,
    /// Keyed hash of the content.
    pub content_index: [u8; 32],
    /// Both hashes under each older lookup key that is kept, to be looked for only; none without a
    /// Message-ID.
    pub earlier_indexes: Vec<([u8; 32], [u8; 32])>,
    /// The conversation that it goes on, for its held recipients (decision 0033).
    pub mentions: Mentions,
    /// The keys it was made with.
    pub keys: CaptureKeys,
    /// The sealed message, when at least one recipient is held.
    pub held: Option<HeldMessage>,
    /// The relay copy, sealed to the `spool` identity, when at least one recipient is relayed.
    pub spool: Option<StagedContent>,
    /// Every accepted recipient.
    pub recipients: Vec<NewRecipient>,
    /// What has to be done about them.
    pub tasks: Vec<NewTask>,
}

/// The sealed half of a capture.
#[derive(Debug)]
pub struct HeldMessage {
    /// The kind of message identity.
    pub profile: Profile,
    /// When the grants end.
    pub expires_at: Timestamp,
    /// `view.age`.
    pub view: StagedContent,
    /// `message.age`.
    pub message: StagedContent,
    /// What lets the holder of an escrow key recover the message identity, where that is wanted.
    pub escrow: Option<StagedContent>,
}

/// How a recipient is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// By a sealed message and a link grant.
    Held {
        /// The name in the link.
        handle: Handle,
        /// The server share, sealed under the `share` key of its epoch; `None` once destroyed.
        share: Option<Vec<u8>>,
        /// SHA-256 of the open proof.
        proof_digest: [u8; 32],
        /// The Ed25519 key that replies are verified with.
        reply_public: [u8; 32],
        /// Keyed hash of the token in this recipient's reply address.
        reply_token_index: [u8; 32],
    },
    /// By a copy through the relay.
    Relayed,
}

/// One accepted recipient of a capture.
#[derive(Debug)]
pub struct NewRecipient {
    /// Its id.
    pub id: RecipientId,
    /// The address and what else is personal, sealed under `metadata`.
    pub address: Vec<u8>,
    /// Keyed hash of the address.
    pub address_index: [u8; 32],
    /// How it is served.
    pub disposition: Disposition,
}

/// The end that a (message, recipient) reached (promise D3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The relay took the notice, or the copy.
    Notified,
    /// A failure DSN went to the sender.
    Dsn,
    /// Time ran out, and the sender was told.
    Expired,
    /// Withdrawn by the sender.
    Revoked,
    /// Nothing more is tried; a person has to look.
    Held,
}

/// One stored recipient.
#[derive(Debug, Clone)]
pub struct RecipientRecord {
    /// Its id.
    pub id: RecipientId,
    /// The message it belongs to.
    pub message: MessageId,
    /// The sealed address.
    pub address: Vec<u8>,
    /// How it is served.
    pub disposition: Disposition,
    /// When the message was taken.
    pub captured_at: Timestamp,
    /// When the grant ends (equals `captured_at` for relayed recipients).
    pub expires_at: Timestamp,
    /// Its end, if it has reached one.
    pub end: Option<End>,
    /// When it was first told that the link's secret had reached a server (promise B1).
    pub exposed_at: Option<Timestamp>,
    /// When the relay took the notice or the copy, as far as that is known.
    pub notified_at: Option<Timestamp>,
    /// When its reader said that the message is not for them.
    pub disowned_at: Option<Timestamp>,
}

/// Instants of openings that are kept of each recipient; all are counted.
pub const OPENINGS_KEPT: u32 = 100;

/// How often passcodes have opened a message for one recipient, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openings {
    /// How often.
    pub count: u32,
    /// The first.
    pub first: Option<Timestamp>,
    /// The newest first, at most [`OPENINGS_KEPT`].
    pub newest: Vec<Timestamp>,
    /// An older program served this recipient before openings were recorded: it may have been more.
    pub is_unknown: bool,
}

/// Which mail system took a notice or a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedTo {
    /// Its name, as our configuration has it.
    pub host: String,
    /// Over what; `None` in clear.
    pub tls: Option<TlsUsed>,
}

/// What a mail was handed over under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsUsed {
    /// "TLS 1.3".
    pub version: String,
    /// As IANA names it: "TLS_AES_256_GCM_SHA384".
    pub cipher: String,
}

/// One stored message.
#[derive(Debug, Clone)]
pub struct MessageRecord {
    /// Its id.
    pub id: MessageId,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// The sealed sender.
    pub sender: Vec<u8>,
    /// The kind of message identity, when it is held.
    pub profile: Option<Profile>,
    /// `view.age`, `message.age`, the escrow grant and the relay copy, as far as they (still) exist.
    pub contents: Vec<(ContentKind, ContentId, u64)>,
    /// How many earlier messages have the same Message-ID and content (promise D4).
    pub sent_before: u32,
}

impl MessageRecord {
    /// The content of one kind with its size in octets.
    pub fn content(&self, kind: ContentKind) -> Option<(ContentId, u64)> {
        self.contents
            .iter()
            .find(|(known, ..)| *known == kind)
            .map(|(_, id, size)| (*id, *size))
    }
}

/// One secure reply.
#[derive(Debug, Clone)]
pub struct ReplyRecord {
    /// Its id.
    pub id: ReplyId,
    /// Who replied.
    pub recipient: RecipientId,
    /// To which message.
    pub message: MessageId,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was sent, if it was.
    pub sent_at: Option<Timestamp>,
    /// The signature over its parts, once sent.
    pub signature: Option<[u8; 64]>,
    /// Its parts by index: content id, size and SHA-256 of the sealed octets.
    pub parts: Vec<crate::guest::ReplyPart>,
}

/// Proof that a capture is on stable storage. Only a store's commit makes one.
#[derive(Debug)]
#[must_use = "the client is owed a 250"]
pub struct Stored {
    message: MessageId,
    sent_before: u32,
}

impl Stored {
    pub(crate) fn committed(message: MessageId, sent_before: u32) -> Self {
        Self {
            message,
            sent_before,
        }
    }

    /// The message that is stored.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// How many earlier messages have the same Message-ID and content.
    pub fn sent_before(&self) -> u32 {
        self.sent_before
    }
}

/// `accepted = notified + dsn + expired + revoked + held + in_progress` (promise D3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Recipients of all captures.
    pub accepted: u64,
    /// See [`End::Notified`].
    pub notified: u64,
    /// See [`End::Dsn`].
    pub dsn: u64,
    /// See [`End::Expired`].
    pub expired: u64,
    /// See [`End::Revoked`].
    pub revoked: u64,
    /// See [`End::Held`].
    pub held: u64,
    /// No end yet.
    pub in_progress: u64,
    /// Of those in progress: no task is left that could bring an end, so a person has to look.
    pub stranded: u64,
}

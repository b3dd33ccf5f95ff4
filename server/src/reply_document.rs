//! The reply document of the sealed format, §7: what a recipient's client seals beside its files.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The format number in every reply document.
pub const FORMAT: u32 = 1;

/// Part 0 of a secure reply. All of it is the recipient's word.
#[derive(Clone, Serialize, Deserialize)]
pub struct ReplyDocument {
    /// [`FORMAT`].
    pub format: u32,
    /// The id that the server gave the reply.
    pub reply_id: String,
    /// The message that is answered.
    pub message_id: String,
    /// Who answers.
    pub recipient_id: String,
    /// When, by the client's clock.
    pub created_at: Timestamp,
    /// The reply identity that it is sealed to.
    pub key_id: String,
    /// Addresses out of the view's list.
    pub to: Vec<String>,
    /// The view's subject.
    pub subject: String,
    /// The view's Message-ID.
    pub in_reply_to: Option<String>,
    /// The view's references.
    pub references: Vec<String>,
    /// What the person wrote.
    pub text: String,
    /// The files, in the order of their parts.
    pub files: Vec<ReplyFileEntry>,
}

/// What the document says of a file.
#[derive(Clone, Serialize, Deserialize)]
pub struct ReplyFileEntry {
    /// Its name.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Octets before sealing.
    pub size: u64,
    /// Octets of the sealed part.
    pub sealed_size: u64,
    /// SHA-256 of the sealed part, hex.
    pub sealed_sha256: String,
}

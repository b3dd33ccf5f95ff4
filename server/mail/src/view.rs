//! The view: what a reader is shown, as the JSON object of the sealed message format, §6.
//!
//! The gateway writes it, browsers and `sealpost open` read it. It is sealed before it rests
//! anywhere, and nothing in it has a `Debug` that shows it.
//!
//! It is bounded, whatever the mail: body, headers and names end at the limits below, and a body
//! beyond them is listed among the parts. Control characters but LF and TAB are in none of it.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use crate::address::{Address, ReversePath};
use crate::mime::ParsedMail;
use crate::transfer::TransferEncoding;

pub use crate::limit::{MAX_HTML, MAX_MAILBOXES, MAX_REFERENCES, MAX_SUBJECT, MAX_TEXT};

/// The view of one sealed message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewDocument {
    /// Always 1.
    pub format: Format,
    /// UUID. Must equal the id that the server names.
    pub message_id: String,
    /// The kind of message identity: `mlkem768x25519` or `x25519`.
    pub profile: String,
    /// When the gateway took the mail.
    pub captured_at: Timestamp,
    /// When the grants end.
    pub expires_at: Timestamp,
    /// Who runs the gateway.
    pub organisation: Organisation,
    /// The envelope sender; empty for the null path.
    pub sender: String,
    /// The envelope recipients that To or Cc name. Never a Bcc recipient.
    pub recipients: Vec<String>,
    /// The displayed headers.
    pub headers: Headers,
    /// The text body, at most [`MAX_TEXT`] octets; its last line says if it was cut.
    pub text: Option<String>,
    /// The HTML body, at most [`MAX_HTML`] octets: hostile until sanitised. Null if there is none
    /// or it is longer.
    pub html: Option<String>,
    /// The leaves of the MIME tree that are not the shown body, and those of the body that are not
    /// shown whole.
    pub parts: Vec<Part>,
    /// The other sealed file.
    pub message: SealedContent,
    /// How an answer is sealed.
    pub reply: ReplyTerms,
    /// What the reader is told of how this message is kept. Earlier versions wrote none.
    #[serde(default)]
    pub policy: KeepingPolicy,
    /// What was done to the mail before it came here, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
}

/// The format of a view; there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format;

impl Format {
    const NUMBER: u64 = 1;
}

/// Who runs the gateway, for the reader's trust and for help by telephone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// As people know it.
    pub name: String,
    /// For a reader who wants to ask whether this is genuine.
    pub phone: String,
}

/// Header fields as they are displayed. In a view each list of mailboxes has at most
/// [`MAX_MAILBOXES`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// Authors.
    pub from: Vec<Mailbox>,
    /// Primary recipients.
    pub to: Vec<Mailbox>,
    /// Others who got it.
    pub cc: Vec<Mailbox>,
    /// Decoded, the tag removed once. In a view at most [`MAX_SUBJECT`] characters, the last an
    /// ellipsis if there were more.
    pub subject: String,
    /// RFC 3339 with the sender's offset.
    pub date: Option<String>,
    /// With angle brackets.
    pub message_id: Option<String>,
    /// With angle brackets. In a view at most [`MAX_REFERENCES`]: the first, and the last ones.
    pub references: Vec<String>,
}

/// One entry of an address field, as the sender wrote it: for show, not for sending.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name.
    pub name: Option<String>,
    /// The address, well-formed or not.
    pub address: Option<String>,
}

/// A leaf of the MIME tree that the body does not show, or not whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The decoded file name; see [`safe_file_name`](crate::safe_file_name).
    pub name: Option<String>,
    /// The media type in lower case.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Decoded octets.
    pub size: u64,
    /// How to decode.
    pub encoding: TransferEncoding,
    /// Where the encoded octets begin in the content.
    pub offset: u64,
    /// How many encoded octets there are.
    pub length: u64,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// Whether the HTML body refers to it.
    pub inline: bool,
    /// The decoded octets of a small inline image in base64 (RFC 4648 §4).
    pub data: Option<String>,
    /// What stands in an attached message, if it can be shown in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<NestedMessage>>,
}

/// A message attached to a message. Its parts are places in the same content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedMessage {
    /// Its own headers; a tag in the subject stays.
    pub headers: Headers,
    /// As in a [`ViewDocument`].
    pub text: Option<String>,
    /// As in a [`ViewDocument`].
    pub html: Option<String>,
    /// As in a [`ViewDocument`].
    pub parts: Vec<Part>,
    /// What was done to it before it was attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
}

/// A layer that the sender's program put around the mail. It is named and not checked: neither
/// gateway nor browser knows whose keys to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Protection {
    /// S/MIME, signed (RFC 8551).
    SmimeSigned,
    /// S/MIME, encrypted.
    SmimeEncrypted,
    /// OpenPGP, signed (RFC 3156).
    PgpSigned,
    /// OpenPGP, encrypted.
    PgpEncrypted,
    /// One that a later version knows.
    #[serde(other)]
    Other,
}

/// What the view vouches for: the other sealed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedContent {
    /// Octets of `message.age`.
    pub size: u64,
    /// SHA-256 of `message.age` in lower-case hexadecimal.
    pub sha256: String,
    /// Octets inside it.
    pub content_size: u64,
}

/// To whom an answer is sealed, and to whom it may go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTerms {
    /// An age public key.
    pub recipient: String,
    /// The UUID of that key in the gateway's keystore.
    pub key_id: String,
    /// Addresses that an answer may go to, the sender first.
    pub to: Vec<String>,
}

/// How a message is kept, as far as its readers must know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepingPolicy {
    /// Whether an offline key of the organisation can open it too.
    #[serde(default)]
    pub escrow: bool,
}

/// What the mail itself does not say about its view.
#[derive(Clone)]
pub struct ViewFacts<'a> {
    /// UUID in text.
    pub message_id: String,
    /// The kind of message identity.
    pub profile: String,
    /// When the gateway took the mail.
    pub captured_at: Timestamp,
    /// When the grants end.
    pub expires_at: Timestamp,
    /// Who runs the gateway.
    pub organisation: Organisation,
    /// The envelope sender.
    pub sender: &'a ReversePath,
    /// Every envelope recipient; those that To and Cc do not name are left out of the view.
    pub recipients: &'a [Address],
    /// Octets of `message.age`.
    pub sealed_size: u64,
    /// SHA-256 of `message.age`.
    pub sealed_sha256: [u8; 32],
    /// The age public key that answers are sealed to.
    pub reply_recipient: String,
    /// Its UUID in text.
    pub reply_key_id: String,
    /// Addresses that an answer may go to, the sender first.
    pub reply_to: &'a [Address],
    /// How the message is kept.
    pub policy: KeepingPolicy,
}

/// Why octets are no view. Says where, never what: a view is confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// Not JSON, or not the object that the format describes.
    #[error("the view is malformed at line {line}, column {column}")]
    Malformed {
        /// Counted from one.
        line: usize,
        /// Counted from one, in octets.
        column: usize,
    },
    /// A newer gateway made it.
    #[error("the view has a format that this version cannot read")]
    UnknownFormat,
    /// A part lies outside the content.
    #[error("a part of the view lies outside the message")]
    PartOutOfBounds,
    /// The digest is not 64 lower-case hexadecimal digits.
    #[error("the digest in the view is malformed")]
    BadDigest,
}

impl ViewDocument {
    /// Puts a view together.
    pub fn new(mail: ParsedMail, facts: ViewFacts<'_>) -> Self {
        let shown: HashSet<String> = (mail.headers.to.iter().chain(&mail.headers.cc))
            .filter_map(|mailbox| mailbox.address.as_deref()?.parse::<Address>().ok())
            .map(|address| address.folded())
            .collect();
        let named = |recipient: &&Address| shown.contains(&recipient.folded());
        let texts = |addresses: &[Address]| -> Vec<String> {
            addresses
                .iter()
                .map(|address| address.as_str().to_owned())
                .collect()
        };
        let recipients: Vec<Address> = facts.recipients.iter().filter(named).cloned().collect();
        Self {
            format: Format,
            message_id: facts.message_id,
            profile: facts.profile,
            captured_at: facts.captured_at,
            expires_at: facts.expires_at,
            organisation: facts.organisation,
            sender: facts.sender.as_str().to_owned(),
            recipients: texts(&recipients),
            headers: mail.headers.limited(),
            text: mail.text,
            html: mail.html,
            parts: mail.parts,
            message: SealedContent {
                size: facts.sealed_size,
                sha256: facts
                    .sealed_sha256
                    .iter()
                    .map(|octet| format!("{octet:02x}"))
                    .collect(),
                content_size: mail.content_size,
            },
            reply: ReplyTerms {
                recipient: facts.reply_recipient,
                key_id: facts.reply_key_id,
                to: texts(facts.reply_to),
            },
            policy: facts.policy,
            protection: mail.protection,
        }
    }

    /// The JSON object, not padded yet.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a view has string keys and finite numbers only")
    }

    /// Reads a view, padded or not. Members that this version does not know are ignored.
    pub fn from_json(octets: &[u8]) -> Result<Self, ViewError> {
        let probe: FormatProbe = serde_json::from_slice(octets).map_err(|e| malformed(&e))?;
        if probe.format != Format::NUMBER {
            return Err(ViewError::UnknownFormat);
        }
        let view: Self = serde_json::from_slice(octets).map_err(|e| malformed(&e))?;
        if !all_inside(&view.parts, view.message.content_size) {
            return Err(ViewError::PartOutOfBounds);
        }
        let hexadecimal = |octet: u8| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet);
        if view.message.sha256.len() != 64 || !view.message.sha256.bytes().all(hexadecimal) {
            return Err(ViewError::BadDigest);
        }
        Ok(view)
    }
}

/// Attached messages' parts too. Serde has bounded the depth.
fn all_inside(parts: &[Part], content_size: u64) -> bool {
    parts.iter().all(|part| {
        let end = part.offset.checked_add(part.length);
        let nested = part.message.as_deref();
        end.is_some_and(|end| end <= content_size)
            && nested.is_none_or(|message| all_inside(&message.parts, content_size))
    })
}

/// Read first, because a newer format may look different in every other member.
#[derive(Deserialize)]
struct FormatProbe {
    format: u64,
}

fn malformed(error: &serde_json::Error) -> ViewError {
    ViewError::Malformed {
        line: error.line(),
        column: error.column(),
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            _ => Err(D::Error::custom("unknown format")),
        }
    }
}

macro_rules! without_content {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
without_content!(ViewDocument Organisation Headers Mailbox ReplyTerms NestedMessage);

impl fmt::Debug for ViewFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ViewFacts({})", self.message_id)
    }
}

impl fmt::Debug for Part {
    /// The type and place of a part, not its name or content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Part({} {:?} {}+{})",
            self.media_type, self.encoding, self.offset, self.length
        )
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;

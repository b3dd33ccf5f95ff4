//! The envelope and content of one SMTP transaction (RFC 5321 §2.3.1).
//!
//! Which extensions a peer may use is the session's business; here stands only what was agreed
//! and must be kept when the mail is relayed.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::address::{Address, ReversePath};

/// Reverse-path and forward-paths of one transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `MAIL FROM`.
    pub reverse_path: ReversePath,
    /// `RCPT TO`, in the order given. The session gives `<Postmaster>` our own domain before it
    /// gets here.
    pub recipients: Vec<Address>,
    /// Whether the client asked for SMTPUTF8 (RFC 6531).
    pub smtp_utf8: bool,
    /// What the client said about the content's octets.
    pub body: BodyType,
}

/// The `BODY` parameter (RFC 6152).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyType {
    /// No octet above 127.
    #[default]
    SevenBit,
    /// Lines of any octets.
    EightBitMime,
}

/// The RFC 5322 octets. Clones share them.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Arc<Vec<u8>>);

impl Content {
    /// Takes over the octets without copying them.
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Arc::new(octets))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Content {
    fn from(octets: Vec<u8>) -> Self {
        Self::new(octets)
    }
}

/// An envelope and the content it carries.
#[derive(Clone, PartialEq, Eq)]
pub struct MailObject {
    /// Who sent it, and to whom.
    pub envelope: Envelope,
    /// What was sent, as it came in: Bcc fields are still there.
    pub content: Content,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("reverse_path", &self.reverse_path)
            .field("recipients", &self.recipients.len())
            .field("smtp_utf8", &self.smtp_utf8)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} octets)", self.len())
    }
}

impl fmt::Debug for MailObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailObject")
            .field("envelope", &self.envelope)
            .field("content", &self.content)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_numbers_and_nothing_personal() {
        let mail = MailObject {
            envelope: Envelope {
                reverse_path: "clinic@example.org".parse().unwrap(),
                recipients: vec!["post@example.com".parse().unwrap()],
                smtp_utf8: false,
                body: BodyType::default(),
            },
            content: Content::new(b"Subject: [secure] results\r\n\r\nall well".to_vec()),
        };
        let shown = format!("{mail:?}");
        for personal in ["clinic", "post", "example", "results", "well"] {
            assert!(!shown.contains(personal), "{shown}");
        }
        assert!(
            shown.contains("recipients: 1") && shown.contains("37 octets"),
            "{shown}"
        );
    }
}

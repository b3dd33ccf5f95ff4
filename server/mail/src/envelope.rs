//! The envelope and content of one SMTP transaction (RFC 5321 §2.3.1).
//!
//! Which extensions a peer may use is the session's business; here stands only what was agreed
//! and must be kept when the mail is relayed.

use std::fmt;

use crate::address::{Address, ReversePath};
use crate::content::Content;

/// Reverse-path and forward-paths of one transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `MAIL FROM`.
    pub reverse_path: ReversePath,
    /// `RCPT TO`, in the order given. The session gives `<Postmaster>` our own domain before it
    /// gets here.
    pub recipients: Vec<Address>,
    /// What the client asked for about each recipient, in the same order.
    pub recipient_dsn: Vec<RecipientDsn>,
    /// What it asked for about reports on the whole.
    pub dsn: EnvelopeDsn,
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

/// What a client asked for about reports on a whole transaction (RFC 3461 §4.3, §4.4).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvelopeDsn {
    /// `RET`: how much of the content a report of failure brings back.
    pub ret: Option<Ret>,
    /// `ENVID`, its xtext decoded: printable ASCII, for the sender to recognise the report by.
    pub envid: Option<String>,
}

/// How much of the content comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ret {
    /// All of it.
    Full,
    /// The header only.
    Headers,
}

/// What a client asked for about reports on one recipient (RFC 3461 §4.1, §4.2).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecipientDsn {
    /// `NOTIFY`: on what a report is wanted; without it on failure, and on delay if we like.
    pub notify: Option<Notify>,
    /// `ORCPT`, its xtext decoded: `rfc822;` and the address that the sender first named.
    pub orcpt: Option<String>,
}

/// On what a report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notify {
    /// On nothing.
    Never,
    /// On at least one of these.
    On {
        /// Delivery, or what comes nearest to it.
        success: bool,
        /// Failure for good.
        failure: bool,
        /// Delay.
        delay: bool,
    },
}

impl EnvelopeDsn {
    /// Whether the client asked for anything.
    pub fn is_asked(&self) -> bool {
        self.ret.is_some() || self.envid.is_some()
    }
}

impl RecipientDsn {
    /// Whether the client asked for anything.
    pub fn is_asked(&self) -> bool {
        self.notify.is_some() || self.orcpt.is_some()
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
            .field("dsn", &self.dsn)
            .field("smtp_utf8", &self.smtp_utf8)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for EnvelopeDsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeDsn")
            .field("ret", &self.ret)
            .field("envid", &self.envid.is_some())
            .finish()
    }
}

impl fmt::Debug for RecipientDsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientDsn")
            .field("notify", &self.notify)
            .field("orcpt", &self.orcpt.is_some())
            .finish()
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
                recipient_dsn: vec![RecipientDsn {
                    notify: Some(Notify::Never),
                    orcpt: Some("rfc822;post@example.com".into()),
                }],
                dsn: EnvelopeDsn {
                    ret: Some(Ret::Headers),
                    envid: Some("results of the clinic".into()),
                },
                smtp_utf8: false,
                body: BodyType::default(),
            },
            content: Content::new(b"Subject: [secure] results\r\n\r\nall well".to_vec()),
        };
        let shown = format!("{mail:?} {:?}", mail.envelope.recipient_dsn);
        for personal in ["clinic", "post", "example", "results", "well"] {
            assert!(!shown.contains(personal), "{shown}");
        }
        assert!(
            shown.contains("recipients: 1") && shown.contains("37 octets"),
            "{shown}"
        );
    }
}

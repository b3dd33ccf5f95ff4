//! From our types to lettre's, and what comes out of the builder.

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, SinglePart};

/// What a mail of ours is; the value of `X-Sealpost-Kind` (DESIGN §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To an outsider, with a link.
    Notice,
    /// To an outsider, with a passcode.
    Code,
    /// To an outsider: a message waits unread.
    Reminder,
    /// To the sender: an outsider's secure reply.
    Reply,
    /// To the sender: what became of a message (RFC 3464).
    Dsn,
    /// To the sender: something worth knowing about a message.
    Alert,
    /// To the sender: a message was sealed.
    Receipt,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::Notice,
        Self::Code,
        Self::Reminder,
        Self::Reply,
        Self::Dsn,
        Self::Alert,
        Self::Receipt,
    ];

    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Code => "code",
            Self::Reminder => "reminder",
            Self::Reply => "reply",
            Self::Dsn => "dsn",
            Self::Alert => "alert",
            Self::Receipt => "receipt",
        }
    }
}

/// A mail that is ready to leave.
pub struct Outgoing {
    /// For MAIL and RCPT.
    pub envelope: Envelope,
    /// For DATA, with CRLF and without stuffed dots.
    pub octets: Vec<u8>,
}

/// A mail that cannot be written. Its text holds nothing personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// An address that the builder does not take.
    #[error("an address cannot be written into a mail")]
    Address,
    /// A template does not fit its data: our fault.
    #[error("a mail template does not render")]
    Template(#[from] handlebars::RenderError),
    /// A text is not there, or lacks a value: our fault.
    #[error("a text of a mail is missing")]
    Words,
    /// The builder refused.
    #[error("a mail cannot be built")]
    Build(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl MailError {
    pub(super) fn build(error: lettre::error::Error) -> Self {
        Self::Build(Box::new(error))
    }
}

/// Whether a mail of ours could be addressed like this; asked before a recipient is accepted, so
/// that nobody is promised a notice who cannot get one.
pub fn can_be_addressed(address: &mail::Address) -> bool {
    let probe = || -> Result<(), MailError> {
        let to = lettre_address(address.as_str())?;
        let message = Message::builder()
            .from(Mailbox::new(
                None,
                lettre_address("probe@sealpost.invalid")?,
            ))
            .to(Mailbox::new(None, to))
            .envelope(envelope(None, address.as_str())?)
            .body(String::new())
            .map_err(MailError::build)?;
        // The address must survive its way through a header as well.
        let written = String::from_utf8(message.formatted()).map_err(|_| MailError::Address)?;
        if address.is_ascii() && !written.contains(address.as_str()) {
            return Err(MailError::Address);
        }
        Ok(())
    };
    probe().is_ok()
}

/// A text part that stays readable in raw form where it can: lettre would encode any line beyond 76
/// octets, and a link broken by soft line ends is the first thing that careless programs mangle.
pub(super) fn text_part(media_type: ContentType, text: String) -> SinglePart {
    const LONGEST_LINE: usize = 998; // RFC 5322 §2.1.1
    let is_plain = text.is_ascii() && text.split("\r\n").all(|line| line.len() <= LONGEST_LINE);
    let body = if is_plain {
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    };
    SinglePart::builder().header(media_type).body(body)
}

pub(super) fn lettre_address(text: &str) -> Result<lettre::Address, MailError> {
    text.parse().map_err(|_| MailError::Address)
}

pub(super) fn envelope(from: Option<&str>, to: &str) -> Result<Envelope, MailError> {
    let from = from.map(lettre_address).transpose()?;
    Envelope::new(from, vec![lettre_address(to)?]).map_err(MailError::build)
}

/// What goes into a header is one line: lettre's builder panics on others.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    plain.trim().to_owned()
}

/// A text as mail has it: every line end is CRLF, and no other control character but the tab is
/// left. A bare CR or LF in what we send would let its writer end the mail early and go on in our
/// name at the relay (promises S1, S3).
pub(super) fn mail_lines(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = unix
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    plain.replace('\n', "\r\n")
}

/// The octets of a file as base64, whatever they are: lettre would send short ASCII lines as they
/// stand, with bare line ends and all.
pub(super) fn file_body(octets: Vec<u8>) -> Body {
    Body::new_with_encoding(octets, ContentTransferEncoding::Base64)
        .expect("base64 takes any octets")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_but_line_ends_and_tabs_gets_into_a_mail() {
        assert_eq!(mail_lines("a\rb\nc\r\nd\0\x1b\te"), "a\r\nb\r\nc\r\nd\te");
        assert_eq!(mail_lines("hello\r.\nMAIL"), "hello\r\n.\r\nMAIL");
    }

    #[test]
    fn every_address_that_is_accepted_can_be_written_to() {
        for (text, possible) in [
            ("patient@example.com", true),
            ("first.last+tag@example.com", true),
            ("\"front desk\"@example.com", true),
            ("\"a,b\"@example.com", true),
            ("a@[192.0.2.1]", true),
            ("j\u{f6}rg@example.com", true),
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(can_be_addressed(&address), possible, "{text}");
        }
    }
}

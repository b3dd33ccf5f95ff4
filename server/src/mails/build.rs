//! From our types to lettre's, and what comes out of the builder.

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, SinglePart};

/// What a mail of ours is; the value of `X-Sealpost-Kind` (DESIGN §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To an outsider, with a link.
    Notice,
    /// To an outsider, with a passcode.
    Code,
    /// To the sender: an outsider's secure reply.
    Reply,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Notice, Self::Code, Self::Reply];

    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Code => "code",
            Self::Reply => "reply",
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
    lettre_address(address.as_str()).is_ok()
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

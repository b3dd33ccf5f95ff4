//! The mails to senders: delivery reports (RFC 3464, RFC 6522) and advice.
//!
//! They leave with the null reverse-path, so that nothing can come back, and say nothing of what a
//! message is about: neither subject nor text (promise D6).

use jiff::Timestamp;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, MessageBuilder};
use mail::Address;
use serde::Serialize;
use store::{ReportAction, Standing, Topic};
use uuid::Uuid;

use super::build::{Kind, MailError, Outgoing, envelope, lettre_address, text_part};
use super::fields::{AutoSubmitted, ContentLanguage, LoopMark, SealpostKind};
use super::speech::{Said, When, folded, members};
use super::{DSN, Mails};

/// What a delivery report says.
pub struct Dsn<'a> {
    /// Of whom.
    pub entries: Vec<DsnEntry<'a>>,
    /// When the message was taken.
    pub taken_at: Timestamp,
    /// What it can be found by.
    pub message_id: Option<&'a str>,
    /// Whose secure reply it is, of which these are the copies for others.
    pub replier: Option<&'a str>,
    /// The sender's receipt, where there is one.
    pub receipt: Option<&'a NamedReceipt>,
    /// The body of `message/delivery-status`.
    pub delivery_status: &'a str,
    /// What stands of the message's own header.
    pub original_header: &'a str,
}

/// A receipt, as later mails name it.
#[derive(Debug, Serialize)]
pub struct NamedReceipt {
    /// Its reference.
    #[serde(rename = "receipt")]
    pub reference: String,
    /// Whether somebody can still open the message: nobody is sent to a page to withdraw what is
    /// over.
    pub can_be_withdrawn: bool,
}

/// What a mail of advice, or a receipt, is about.
#[derive(Serialize)]
pub struct Advised<'a> {
    /// What a sender writes at the start of a subject.
    pub tag: &'a str,
    /// When the message was taken.
    #[serde(skip)]
    pub taken_at: Timestamp,
    /// Whether an offline key of the organisation opens it too.
    pub escrow: bool,
    /// What a receipt says besides.
    #[serde(flatten)]
    pub receipt: Option<ReceiptFacts<'a>>,
}

/// What stands in a receipt alone.
#[derive(Serialize)]
pub struct ReceiptFacts<'a> {
    /// The reference on page and mails.
    pub reference: &'a str,
    /// The sender's link.
    pub link: &'a str,
    /// The same secret, to be typed.
    pub message_key: &'a str,
    /// The first recipients.
    pub entries: &'a [ReceiptEntry],
    /// How many others there are.
    pub more: usize,
    /// Whether somebody can open the message.
    pub can_be_withdrawn: bool,
}

/// One recipient of a message that was sealed, and how it went.
#[derive(Serialize)]
pub struct ReceiptEntry {
    address: String,
    /// The key of a text.
    standing: &'static str,
}

impl ReceiptEntry {
    /// In words that fit where the recipient stands.
    pub fn new(address: &Address, standing: Standing) -> Self {
        let standing = match standing {
            Standing::Telling => "receipt-telling",
            Standing::Told => "receipt-told",
            Standing::Opened => "receipt-opened",
            Standing::Disowned => "receipt-disowned",
            Standing::Withdrawn => "receipt-withdrawn",
            Standing::Over => "receipt-over",
            Standing::Failed => "receipt-failed",
            Standing::CameBack => "receipt-came-back",
            Standing::Stopped => "receipt-stopped",
            Standing::PassingOn => "receipt-passing-on",
            Standing::PassedOn => "receipt-passed-on",
        };
        Self {
            address: address.as_str().to_owned(),
            standing,
        }
    }
}

/// One recipient in words.
#[derive(Serialize)]
pub struct DsnEntry<'a> {
    /// What became of it.
    #[serde(skip)]
    pub action: ReportAction,
    /// Who.
    pub address: &'a str,
    /// The key of a text.
    why: &'static str,
    /// What the error was; empty where the text says it all.
    cause: String,
}

/// Why a recipient is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Another mail system knows no such mailbox.
    NoMailbox,
    /// Another mail system has no room for it.
    NoRoom,
    /// A mail that told of the message came back.
    CameBack,
    /// An error of ours or another system's, one sentence in English.
    Cause(String),
    /// Told, and never opened.
    Unopened,
    /// Not told in time.
    Untold,
    /// Told.
    Announced,
    /// Passed on as ordinary mail.
    PassedOn,
}

impl<'a> DsnEntry<'a> {
    /// Of one recipient.
    pub fn new(action: ReportAction, address: &'a str, why: Why) -> Self {
        let (why, cause) = match why {
            Why::NoMailbox => ("dsn-no-mailbox", String::new()),
            Why::NoRoom => ("dsn-no-room", String::new()),
            Why::CameBack => ("dsn-came-back", String::new()),
            Why::Cause(cause) => ("dsn-cause", cause),
            Why::Unopened => ("dsn-unopened", String::new()),
            Why::Untold => ("dsn-untold", String::new()),
            Why::Announced => ("dsn-announced", String::new()),
            Why::PassedOn => ("dsn-passed-on", String::new()),
        };
        Self {
            action,
            address,
            why,
            cause,
        }
    }
}

impl Mails {
    /// A delivery report to the sender. The id is its task's, so that one that is sent twice is
    /// seen to be one.
    pub fn dsn(
        &self,
        to: &Address,
        id: Uuid,
        dsn: &Dsn<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        #[derive(Serialize)]
        struct Words<'a> {
            title: &'a str,
            failed: Vec<&'a DsnEntry<'a>>,
            delayed: Vec<&'a DsnEntry<'a>>,
            expired: Vec<&'a DsnEntry<'a>>,
            relayed: Vec<&'a DsnEntry<'a>>,
            replier: Option<&'a str>,
            message_id: Option<&'a str>,
            #[serde(flatten)]
            receipt: Option<&'a NamedReceipt>,
        }
        let of = |actions: &[ReportAction]| -> Vec<&DsnEntry<'_>> {
            let is_one = |entry: &&DsnEntry<'_>| actions.contains(&entry.action);
            dsn.entries.iter().filter(is_one).collect()
        };
        let failed = of(&[ReportAction::Failed, ReportAction::Bounced]);
        let delayed = of(&[ReportAction::Delayed]);
        let expired = of(&[ReportAction::Expired, ReportAction::Unopened]);
        let relayed = of(&[ReportAction::Relayed]);
        let title = if dsn.replier.is_some() {
            "dsn-reply-title"
        } else if !failed.is_empty() {
            "dsn-failed-title"
        } else if !expired.is_empty() {
            "dsn-expired-title"
        } else if !delayed.is_empty() {
            "dsn-delayed-title"
        } else {
            "dsn-relayed-title"
        };
        let words = Words {
            title,
            failed,
            delayed,
            expired,
            relayed,
            replier: dsn.replier,
            message_id: dsn.message_id,
            receipt: dsn.receipt,
        };
        let said = Said {
            languages: &self.speech.letterhead.languages,
            values: members(&words)?,
            when: &[("date", When::Day(dsn.taken_at))],
        };
        let subject = self.speech.subject(title, &said)?;
        let text = folded(&self.speech.text(DSN, &said, &subject)?);
        // lettre has no multipart/report, so the parts are put together here, all in seven bits.
        let boundary = format!("=_sealpost_{}", id.simple());
        let mut body = format!("--{boundary}\r\n").into_bytes();
        body.extend(text_part(ContentType::TEXT_PLAIN, text).formatted());
        for (media_type, content) in [
            ("message/delivery-status", dsn.delivery_status),
            ("text/rfc822-headers", dsn.original_header),
        ] {
            body.extend(format!("\r\n--{boundary}\r\nContent-Type: {media_type}\r\n\r\n").bytes());
            body.extend(content.bytes());
        }
        body.extend(format!("\r\n--{boundary}--\r\n").bytes());
        let media_type =
            format!("multipart/report; report-type=delivery-status; boundary=\"{boundary}\"");
        let media_type = ContentType::parse(&media_type).map_err(|_| MailError::Address)?;
        let (envelope, head) = self.to_sender(Kind::Dsn, &subject, to, id, now)?;
        let body = Body::dangerous_pre_encoded(body, ContentTransferEncoding::SevenBit);
        // lettre adds this one to its own multiparts only.
        let message = head
            .header(MIME_VERSION_1_0)
            .header(media_type)
            .body(body)
            .map_err(MailError::build)?;
        Ok(Outgoing {
            envelope,
            octets: message.formatted(),
        })
    }

    /// A mail of advice.
    pub fn advice(
        &self,
        to: &Address,
        id: Uuid,
        topic: Topic,
        about: &Advised<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let template = match topic {
            Topic::NearMiss => "advice/near-miss",
            Topic::NhsNumber => "advice/nhs-number",
            Topic::SealedForNhsNumber => "advice/sealed-nhs-number",
            Topic::Receipt => "advice/receipt",
            Topic::Diverted => "advice/diverted",
        };
        let kind = match topic {
            Topic::Receipt => Kind::Receipt,
            _ => Kind::Alert,
        };
        let said = Said {
            languages: &self.speech.letterhead.languages,
            values: members(about)?,
            when: &[("date", When::Day(about.taken_at))],
        };
        let key = template.rsplit('/').next().unwrap_or_default();
        let subject = self.speech.subject(&format!("{key}-subject"), &said)?;
        let text = folded(&self.speech.text(template, &said, &subject)?);
        let (envelope, head) = self.to_sender(kind, &subject, to, id, now)?;
        let message = head.singlepart(text_part(ContentType::TEXT_PLAIN, text));
        Ok(Outgoing {
            envelope,
            octets: message.map_err(MailError::build)?.formatted(),
        })
    }

    /// What all mails to senders begin with.
    pub(super) fn to_sender(
        &self,
        kind: Kind,
        subject: &str,
        to: &Address,
        id: Uuid,
        now: Timestamp,
    ) -> Result<(Envelope, MessageBuilder), MailError> {
        let envelope = envelope(None, to.as_str())?;
        let from = lettre_address(&self.noreply())?;
        let head = Message::builder()
            .envelope(envelope.clone())
            .from(Mailbox::new(
                Some(self.name_for(&self.speech.letterhead.languages)),
                from,
            ))
            .to(Mailbox::new(None, lettre_address(to.as_str())?))
            .subject(subject)
            .date(now.into())
            .message_id(Some(self.message_id(kind, id)))
            .header(ContentLanguage::of(&self.speech.letterhead.languages))
            .header(SealpostKind(kind))
            .header(AutoSubmitted::Replied)
            .header(LoopMark(self.hostname.as_str().to_owned()));
        Ok((envelope, head))
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

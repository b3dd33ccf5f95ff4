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
mod tests {
    use mail_parser::MessageParser;
    use store::Language;

    use super::super::speech::Letterhead;
    use super::*;

    fn mails() -> Mails {
        let host = "secure.example.org".parse().expect("domain");
        Mails::new("Ysbyty Tr\u{f4} Example", &host, &host)
    }

    fn text(mail: &Outgoing) -> String {
        assert!(mail.envelope.from().is_none(), "the null reverse-path");
        String::from_utf8(mail.octets.clone()).expect("ASCII")
    }

    const LINK: &str = "https://secure.example.org/s/0123456789abcdefghjkmnpqr0#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn to() -> Address {
        "clinic@example.org".parse().expect("address")
    }

    #[test]
    fn a_report_has_its_three_parts_and_a_neutral_subject() {
        let why = Why::Cause("The mailbox was not found.".to_owned());
        let entry = |action, address| DsnEntry::new(action, address, why.clone());
        let dsn = Dsn {
            entries: vec![
                entry(ReportAction::Failed, "first@example.com"),
                entry(ReportAction::Bounced, "second@example.com"),
                entry(ReportAction::Delayed, "third@example.com"),
            ],
            taken_at: Timestamp::UNIX_EPOCH,
            message_id: Some("<a@example.org>"),
            replier: None,
            receipt: None,
            delivery_status: "Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n",
            original_header: "From: <clinic@example.org>\r\n",
        };
        let mail = mails().dsn(&to(), Uuid::nil(), &dsn, Timestamp::UNIX_EPOCH);
        let text = text(&mail.expect("a mail"));
        let boundary = "=_sealpost_00000000000000000000000000000000";
        for expected in [
            "Subject: Your message could not be delivered\r\n",
            "MIME-Version: 1.0\r\n",
            "Auto-Submitted: auto-replied\r\n",
            "X-Sealpost-Kind: dsn\r\n",
            "X-Sealpost-Loop: secure.example.org\r\n",
            "\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: \
             failed\r\n\r\n--",
            "\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: <clinic@example.org>\r\n\r\n--",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(text.contains("multipart/report") && text.contains("report-type=delivery-status"));
        assert_eq!(text.matches(&format!("--{boundary}\r\n")).count(), 3);
        assert!(text.ends_with(&format!("--{boundary}--\r\n")), "{text}");
        assert!(text.lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn a_reason_is_in_each_language_of_the_sender_s_mails() {
        let letterhead = Letterhead {
            languages: vec![Language::Welsh, Language::English],
            ..Letterhead::new("Example Trust")
        };
        let host = "secure.example.org".parse().expect("domain");
        let mails = Mails::under(letterhead, &host, &host);
        let cause = "Mx.example.net: did not answer in time at the greeting (4.4.2).";
        for (why, reasons) in [
            (Why::NoMailbox, ["yn bod, neu nid", "does not exist, or"]),
            (Why::NoRoom, ["blwch post yn llawn", "The mailbox is full"]),
            (
                Why::CameBack,
                ["amdani yn =C3=B4l", "told the recipient of it came"],
            ),
            (
                Why::Cause(cause.to_owned()),
                [
                    "Manylion technegol, yn Saesneg: Mx.",
                    "    Mx.example.net: did",
                ],
            ),
            (
                Why::Unopened,
                ["ac nid yw wedi'i", "and has not opened it."],
            ),
            (
                Why::Untold,
                ["Ni ellid rhoi gwybod", "could not be told of it"],
            ),
            (
                Why::Announced,
                ["Anfonwyd dolen i", "sent a link to a secure"],
            ),
            (
                Why::PassedOn,
                ["Mae'r system bost nesaf", "The next mail system has"],
            ),
        ] {
            let dsn = Dsn {
                entries: vec![DsnEntry::new(
                    ReportAction::Failed,
                    "first@example.com",
                    why,
                )],
                taken_at: Timestamp::UNIX_EPOCH,
                message_id: None,
                replier: None,
                receipt: None,
                delivery_status: "",
                original_header: "",
            };
            let mail = mails.dsn(&to(), Uuid::nil(), &dsn, Timestamp::UNIX_EPOCH);
            let text = text(&mail.expect("a mail"));
            for reason in reasons {
                assert!(text.contains(reason), "{reason} in {text}");
            }
        }
    }

    #[test]
    fn advice_is_short_and_says_nothing_of_the_message() {
        let entries = [
            ReceiptEntry::new(&to(), Standing::PassedOn),
            ReceiptEntry::new(
                &"patient@example.com".parse().expect("address"),
                Standing::Told,
            ),
        ];
        for topic in Topic::ALL {
            let now = Timestamp::UNIX_EPOCH;
            let about = Advised {
                tag: "[secure]",
                taken_at: Timestamp::UNIX_EPOCH,
                escrow: true,
                receipt: (topic == Topic::Receipt).then_some(ReceiptFacts {
                    reference: "K7Q-4MDX",
                    link: LINK,
                    message_key: "0000-0000",
                    entries: &entries,
                    more: 3,
                    can_be_withdrawn: true,
                }),
            };
            let mail = mails().advice(&to(), Uuid::nil(), topic, &about, now);
            let text = text(&mail.expect("a mail"));
            let is_receipt = topic == Topic::Receipt;
            assert_eq!(text.contains("an offline key that can open"), is_receipt);
            let kind = if is_receipt { "receipt" } else { "alert" };
            for expected in [
                &format!("X-Sealpost-Kind: {kind}\r\n"),
                "Auto-Submitted: auto-replied\r\n",
            ] {
                assert!(text.contains(expected), "{expected} in {text}");
            }
            let parsed = MessageParser::default().parse(&text).expect("a mail");
            let body = parsed.body_text(0).expect("a body").replace("\r\n", "\n");
            let most = if is_receipt { 14 + 14 } else { 14 };
            assert!(body.lines().count() <= most, "{body}");
            let (links, others): (Vec<_>, Vec<_>) = body.lines().partition(|line| *line == LINK);
            assert!(others.iter().all(|line| line.len() <= 92), "{body}");
            assert_eq!(links.len(), usize::from(is_receipt), "{body}");
            if is_receipt {
                for expected in [
                    "\n  patient@example.com\n    Sealed, and told by email with a link.\n",
                    "\n  And 3 more people.\n",
                    "Withdraw it now",
                    "\n0000-0000\n",
                ] {
                    assert!(body.contains(expected), "{expected} in {body}");
                }
            }
        }
    }
    #[test]
    fn nobody_is_offered_to_withdraw_what_is_over() {
        for can_be_withdrawn in [true, false] {
            let now = Timestamp::UNIX_EPOCH;
            let entries = [ReceiptEntry::new(&to(), Standing::Over)];
            let receipt = NamedReceipt {
                reference: "K7Q-4MDX".to_owned(),
                can_be_withdrawn,
            };
            let dsn = Dsn {
                entries: vec![DsnEntry::new(
                    ReportAction::Expired,
                    "first@example.com",
                    Why::Untold,
                )],
                taken_at: now,
                message_id: None,
                replier: None,
                receipt: Some(&receipt),
                delivery_status: "",
                original_header: "",
            };
            let about = Advised {
                tag: "[secure]",
                taken_at: now,
                escrow: false,
                receipt: Some(ReceiptFacts {
                    reference: "K7Q-4MDX",
                    link: LINK,
                    message_key: "0000-0000",
                    entries: &entries,
                    more: 0,
                    can_be_withdrawn,
                }),
            };
            let mails = mails();
            for (mail, points_on) in [
                (mails.dsn(&to(), Uuid::nil(), &dsn, now), "K7Q-4MDX"),
                (
                    mails.advice(&to(), Uuid::nil(), Topic::Receipt, &about, now),
                    LINK,
                ),
            ] {
                let text = text(&mail.expect("a mail")).replace("=\r\n", "");
                assert!(text.contains(points_on), "{text}");
                let offers = text.to_lowercase().contains("withdraw");
                assert_eq!(offers, can_be_withdrawn, "{text}");
            }
        }
    }
}

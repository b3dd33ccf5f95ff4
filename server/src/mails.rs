//! The mails that Sealpost writes itself, from `templates/<mail>/`.
//!
//! Their words are in `locales/`, in English and in Welsh; a mail in both has the Welsh first.
//!
//! Data reaches a template only as values: the text templates escape nothing and are put into a
//! MIME body by lettre, the HTML templates escape everything. No byte of an address, name or
//! subject gets into a header other than through lettre's encoder (promise S3).

mod build;
mod fields;
mod reply;
mod report;
mod samples;
mod speech;
mod wish;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart};
use mail::{Address, Domain};
use seal::ReplyId;
use serde::Serialize;
use serde_json::Value;
use store::Language;
use uuid::Uuid;

pub use build::{Kind, MailError, Outgoing, can_be_addressed};
pub use reply::{ReplyFile, SecureReply, largest_reply};
pub use report::{Advised, Dsn, DsnEntry, NamedReceipt, ReceiptEntry, ReceiptFacts, Why};
pub use speech::Letterhead;
pub use wish::{Reminder, Undelivered, Unread, Wished};

use build::{envelope, lettre_address, text_part};
use fields::{AutoSubmitted, ContentLanguage, LoopMark, SealpostKind};
use speech::{Said, Speech, When, in_uk, members};

const NOTICE: &str = "notice";
const CODE: &str = "code";
const REPLY: &str = "reply";
const GATHERED: &str = "gathered";
const DSN: &str = "dsn";
const REMINDER: &str = "reminder";
const UNDELIVERED: &str = "undelivered";

macro_rules! template {
    ($mail:literal, $part:literal) => {
        (
            concat!($mail, "/", $part),
            include_str!(concat!("../templates/", $mail, "/", $part)),
        )
    };
}

const TEXTS: [(&str, &str); 17] = [
    template!("notice", "body.txt"),
    template!("code", "body.txt"),
    template!("reply", "body.txt"),
    template!("gathered", "body.txt"),
    template!("dsn", "body.txt"),
    template!("advice/near-miss", "body.txt"),
    template!("advice/nhs-number", "body.txt"),
    template!("advice/sealed-nhs-number", "body.txt"),
    template!("advice/receipt", "body.txt"),
    template!("advice/diverted", "body.txt"),
    template!("reminder", "body.txt"),
    template!("undelivered", "body.txt"),
    template!("advice/unread", "body.txt"),
    template!("advice/not-for-me", "body.txt"),
    template!("advice/more-time", "body.txt"),
    template!("advice/more-time-over", "body.txt"),
    template!("advice/damaged", "body.txt"),
];
const HTMLS: [(&str, &str); 5] = [
    template!("reminder", "body.html"),
    template!("undelivered", "body.html"),
    template!("gathered", "body.html"),
    template!("notice", "body.html"),
    template!("code", "body.html"),
];

/// Writes mails for one organisation.
pub struct Mails {
    speech: Speech,
    hostname: Domain,
    domain: Domain,
}

/// What a notice says.
#[derive(Serialize)]
pub struct Notice<'a> {
    /// The reference on page and mail.
    pub reference: &'a str,
    /// The whole link.
    pub link: &'a str,
    /// The same secret, to be typed.
    pub message_key: &'a str,
    /// Until when the message can be read.
    #[serde(skip)]
    pub expires: Timestamp,
    /// Whether the organisation keeps an offline key that opens the message too.
    pub escrow: bool,
    /// Whose message it is, where policy allows to say so.
    pub sender: Option<&'a str>,
}

/// What a code mail says.
#[derive(Serialize)]
pub struct Code<'a> {
    /// The digits in two groups.
    pub code: &'a str,
    /// The reference on page and mail.
    pub reference: &'a str,
    /// For how long the code works.
    pub minutes: u64,
}

/// Who gets a mail of ours that is no answer.
pub struct To<'a> {
    /// The address.
    pub address: &'a Address,
    /// The local part of the address that the mail comes back to.
    pub bounce: &'a str,
    /// What its reader has chosen.
    pub language: Option<Language>,
}

impl Mails {
    /// Parses the templates; English, under one name.
    pub fn new(organisation: &str, hostname: &Domain, domain: &Domain) -> Self {
        Self::under(Letterhead::new(organisation), hostname, domain)
    }

    /// Parses the templates.
    pub fn under(letterhead: Letterhead, hostname: &Domain, domain: &Domain) -> Self {
        Self {
            speech: Speech::new(letterhead),
            hostname: hostname.clone(),
            domain: domain.clone(),
        }
    }

    /// The notice to an outsider. Its Message-ID is made of the recipient's id, so that a notice
    /// that is sent twice is seen to be one (promise D5).
    pub fn notice(
        &self,
        to: &To<'_>,
        recipient: Uuid,
        notice: &Notice<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let said = Said {
            languages: &self.speech.letterhead.languages_for(to.language),
            values: members(notice)?,
            when: &[("expires", When::Day(notice.expires))],
        };
        self.own(Kind::Notice, NOTICE, &said, to, recipient, now)
    }

    /// One notice of several messages to the same address; the first gives id and bounce address.
    pub fn gathered(
        &self,
        to: &To<'_>,
        recipient: Uuid,
        messages: &[Notice<'_>],
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        #[derive(Serialize)]
        struct Gathered {
            count: usize,
            messages: Vec<Value>,
            escrow: bool,
        }
        let languages = self.speech.letterhead.languages_for(to.language);
        let mut written = Vec::new();
        for notice in messages {
            written.push(self.speech.within(Said {
                languages: &languages,
                values: members(notice)?,
                when: &[("expires", When::Day(notice.expires))],
            }));
        }
        let content = Gathered {
            count: messages.len(),
            messages: written,
            escrow: messages.iter().any(|notice| notice.escrow),
        };
        let said = Said {
            languages: &languages,
            values: members(&content)?,
            when: &[],
        };
        self.own(Kind::Notice, GATHERED, &said, to, recipient, now)
    }

    /// The mail with a passcode.
    pub fn code(
        &self,
        to: &To<'_>,
        code: Uuid,
        content: &Code<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let said = Said {
            languages: &self.speech.letterhead.languages_for(to.language),
            values: members(content)?,
            when: &[],
        };
        self.own(Kind::Code, CODE, &said, to, code, now)
    }

    fn own(
        &self,
        kind: Kind,
        template: &str,
        said: &Said<'_>,
        to: &To<'_>,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let subject = self.speech.subject(&format!("{template}-subject"), said)?;
        let text = self.speech.text(template, said, &subject)?;
        let html = self.speech.html(template, said, &subject)?;
        let from = self.noreply();
        let bounce = format!("{}@{}", to.bounce, self.domain.as_str());
        let envelope = envelope(Some(&bounce), to.address.as_str())?;
        let message = Message::builder()
            .envelope(envelope.clone())
            .from(Mailbox::new(
                Some(self.name_for(said.languages)),
                lettre_address(&from)?,
            ))
            .to(Mailbox::new(None, lettre_address(to.address.as_str())?))
            .subject(&subject)
            .date(now.into())
            .message_id(Some(self.message_id(kind, id)))
            .header(ContentLanguage::of(said.languages))
            .header(SealpostKind(kind))
            .header(AutoSubmitted::Generated)
            .header(LoopMark(self.hostname.as_str().to_owned()))
            .multipart(
                MultiPart::alternative()
                    .singlepart(text_part(ContentType::TEXT_PLAIN, text))
                    .singlepart(text_part(ContentType::TEXT_HTML, html)),
            )
            .map_err(MailError::build)?;
        Ok(Outgoing {
            envelope,
            octets: message.formatted(),
        })
    }

    /// Where our mails come from.
    fn noreply(&self) -> String {
        format!("noreply@{}", self.domain.as_str())
    }

    /// The name that the first of a mail's languages has for us.
    fn name_for(&self, languages: &[Language]) -> String {
        let first = languages.first().copied().unwrap_or_default();
        self.speech.letterhead.name_in(first)
    }

    fn message_id(&self, kind: Kind, id: Uuid) -> String {
        format!(
            "<{}.{}@{}>",
            id.simple(),
            kind.as_str(),
            self.hostname.as_str()
        )
    }
}

/// The secure reply whose mail has this Message-ID. Whatever name the gateway has now: it may have had
/// another one then.
pub fn reply_of_message_id(text: &str) -> Option<ReplyId> {
    let (left, _) = text.strip_prefix('<')?.split_once('@')?;
    let (id, kind) = left.split_once('.')?;
    if kind != Kind::Reply.as_str() || id.len() != 32 {
        return None;
    }
    let id = Uuid::try_parse(id).ok()?;
    Some(ReplyId::from_bytes(id.into_bytes()))
}

/// A day in English words, in UK time: `22 December 2026`.
pub fn day_in_words(instant: Timestamp) -> String {
    in_uk(instant).strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests;

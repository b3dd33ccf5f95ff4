//! Mails about messages that wait: reminders to recipients, and what senders hear of them.

use jiff::Timestamp;
use lettre::message::header::ContentType;
use mail::Address;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Wish;
use uuid::Uuid;

use super::build::{Kind, MailError, Outgoing, text_part};
use super::report::NamedReceipt;
use super::speech::{Said, When, folded, members};
use super::{Mails, REMINDER, To, UNDELIVERED};

/// One message that waits unread.
#[derive(Debug, Serialize)]
pub struct Reminder<'a> {
    /// The reference that the first mail has.
    pub reference: &'a str,
    /// When that was sent.
    #[serde(skip)]
    pub sent: Timestamp,
    /// Until when the message can be read.
    #[serde(skip)]
    pub expires: Timestamp,
}

/// A reply that was not delivered.
#[derive(Debug, Serialize)]
pub struct Undelivered<'a> {
    /// The reference that its writer was given.
    pub reference: &'a str,
    /// When it was sent.
    #[serde(skip)]
    pub sent: Timestamp,
}

/// Who has not read a message, by address.
#[derive(Debug, Default, Serialize)]
pub struct Unread {
    /// Those who were sent a link.
    pub told: Vec<String>,
    /// Those who could not be told of it yet.
    pub waiting: Vec<String>,
    /// Of both, whose link another server has seen (promise B1).
    pub exposed: Vec<String>,
    /// The sender's receipt, where there is one.
    #[serde(flatten)]
    pub receipt: Option<NamedReceipt>,
    /// When the message was taken.
    #[serde(skip)]
    pub taken_at: Timestamp,
}

/// What a recipient has said on its page.
#[derive(Debug, Serialize)]
pub struct Wished<'a> {
    /// Who, as far as a link can tell.
    pub address: &'a str,
    /// The reference that recipients have.
    pub reference: &'a str,
    /// The message, as the operator's commands name it.
    pub message: String,
    /// Nobody can open it any more.
    #[serde(skip)]
    pub is_over: bool,
    /// It was opened with that link.
    pub opened: bool,
    /// When, the last time.
    #[serde(skip)]
    pub last_opened: Timestamp,
    /// When the message was taken.
    #[serde(skip)]
    pub taken_at: Timestamp,
    /// When the recipient's time is, or was, over.
    #[serde(skip)]
    pub expires: Timestamp,
}

impl Mails {
    /// One reminder of messages that wait for the same address.
    pub fn reminder(
        &self,
        to: &To<'_>,
        id: Uuid,
        messages: &[Reminder<'_>],
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let languages = self.speech.letterhead.languages_for(to.language);
        let mut written = Vec::new();
        for reminder in messages {
            let mut values = members(reminder)?;
            values.insert("from".to_owned(), self.noreply().into());
            written.push(self.speech.within(Said {
                languages: &languages,
                values,
                when: &[
                    ("sent", When::Day(reminder.sent)),
                    ("expires", When::Day(reminder.expires)),
                ],
            }));
        }
        let mut values = Map::new();
        values.insert("count".to_owned(), messages.len().into());
        values.insert("messages".to_owned(), Value::Array(written));
        let said = Said {
            languages: &languages,
            values,
            when: &[],
        };
        self.own(Kind::Reminder, REMINDER, &said, to, id, now)
    }

    /// Tells who wrote a reply that it was not delivered.
    pub fn undelivered(
        &self,
        to: &To<'_>,
        id: Uuid,
        about: &Undelivered<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let said = Said {
            languages: &self.speech.letterhead.languages_for(to.language),
            values: members(about)?,
            when: &[("sent", When::Moment(about.sent))],
        };
        self.own(Kind::Alert, UNDELIVERED, &said, to, id, now)
    }

    /// Tells a sender who has not read a message.
    pub fn unread(
        &self,
        to: &Address,
        id: Uuid,
        about: &Unread,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let said = Said {
            languages: &self.speech.letterhead.languages,
            values: members(about)?,
            when: &[("date", When::Day(about.taken_at))],
        };
        self.alert("advice/unread", &said, to, id, now)
    }

    /// Tells a sender what a recipient has said.
    pub fn wished(
        &self,
        to: &Address,
        id: Uuid,
        wish: Wish,
        about: &Wished<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let template = match (wish, about.is_over) {
            (Wish::NotForMe, _) => "advice/not-for-me",
            (Wish::MoreTime, false) => "advice/more-time",
            (Wish::MoreTime, true) => "advice/more-time-over",
            (Wish::Damaged, _) => "advice/damaged",
        };
        let said = Said {
            languages: &self.speech.letterhead.languages,
            values: members(about)?,
            when: &[
                ("date", When::Day(about.taken_at)),
                ("expires", When::Moment(about.expires)),
                ("last_opened", When::Moment(about.last_opened)),
            ],
        };
        self.alert(template, &said, to, id, now)
    }

    fn alert(
        &self,
        template: &str,
        said: &Said<'_>,
        to: &Address,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let key = template.rsplit('/').next().unwrap_or_default();
        let subject = self.speech.subject(&format!("{key}-subject"), said)?;
        let text = folded(&self.speech.text(template, said, &subject)?);
        let (envelope, head) = self.to_sender(Kind::Alert, &subject, to, id, now)?;
        let message = head.singlepart(text_part(ContentType::TEXT_PLAIN, text));
        Ok(Outgoing {
            envelope,
            octets: message.map_err(MailError::build)?.formatted(),
        })
    }
}

//! An outsider's secure reply as an ordinary mail in the sender's ordinary mailbox.

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use mail::{Address, TagRule, safe_file_name};
use serde::Serialize;
use uuid::Uuid;

use super::build::{Kind, MailError, Outgoing, envelope, file_body, lettre_address, one_line};
use super::fields::{LoopMark, SealpostKind};
use super::speech::{Said, When, members};
use super::{Mails, REPLY};

/// Octets of such a mail beside its text and files as they are encoded: all header fields, the
/// boundaries, our lines below the text, and the rounding of each part. A test writes the longest.
const FRAME: u64 = 128 * 1024;
/// Octets that a line of base64 stands for, and its own with its line end (RFC 2045 §6.8).
const RAW_LINE: u64 = 57;
const ENCODED_LINE: u64 = 78;
/// Characters of a media type; RFC 6838 §4.2 allows each half 127, and nobody uses them.
const LONGEST_MEDIA_TYPE: usize = 127;

/// The most octets that a reply may have, text and files together, so that it makes a mail of no more
/// than `mail` octets whatever it is made of (decision 0031). A line end of the text counts for two,
/// as mail writes it.
pub fn largest_reply(mail: u64) -> u64 {
    mail.saturating_sub(FRAME) / ENCODED_LINE * RAW_LINE
}

/// References that are kept; the first and the last ones say most.
const MOST_REFERENCES: usize = 20;
/// No Message-ID is longer than a line (RFC 5322 §2.1.1).
const LONGEST_MESSAGE_ID: usize = 900;

/// What a reply says. All of it but the addresses is the recipient's word.
pub struct SecureReply<'a> {
    /// The reply's id.
    pub id: Uuid,
    /// The sender of the message that is answered.
    pub to: &'a Address,
    /// The others who get the answer.
    pub also_to: &'a [Address],
    /// Whom it was to go to as well, and does not: the rules have changed since.
    pub not_to: &'a [Address],
    /// Who replies.
    pub recipient: &'a Address,
    /// The local part of the address that seals what is sent to it.
    pub reply_to_local: &'a str,
    /// The subject as the recipient saw it, without the tag.
    pub subject: &'a str,
    /// The Message-ID that is answered.
    pub in_reply_to: Option<&'a str>,
    /// That message's own References.
    pub references: &'a [String],
    /// The reference that the recipient was given for it.
    pub reference: &'a str,
    /// The text.
    pub text: &'a str,
    /// The files.
    pub files: Vec<ReplyFile>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// One file of a reply.
pub struct ReplyFile {
    /// Its name, as the recipient gave it.
    pub name: String,
    /// Its media type, as the browser gave it.
    pub media_type: String,
    /// Its octets.
    pub octets: Vec<u8>,
}

impl Mails {
    /// The mail that delivers a reply to the sender, and as it is to the others whom it names.
    ///
    /// From is ours, with the recipient's address as the display name, because nobody may write
    /// in the name of a foreign domain; Reply-To is a token address, so that an answer is sealed
    /// even when the tag is deleted.
    pub fn reply(&self, reply: SecureReply<'_>, rule: &TagRule) -> Result<Outgoing, MailError> {
        #[derive(Serialize)]
        struct Content<'a> {
            text: &'a str,
            recipient: &'a str,
            reference: &'a str,
            not_to: Vec<&'a str>,
        }
        let name = format!("{} (secure reply)", reply.recipient.as_str());
        let from = lettre_address(&format!("replies@{}", self.domain.as_str()))?;
        let reply_to = lettre_address(&format!(
            "{}@{}",
            reply.reply_to_local,
            self.domain.as_str()
        ))?;
        let content = Content {
            text: reply.text,
            recipient: reply.recipient.as_str(),
            reference: reply.reference,
            not_to: reply.not_to.iter().map(Address::as_str).collect(),
        };
        let said = Said {
            languages: &self.speech.letterhead.languages,
            values: members(&content)?,
            when: &[("sent", When::Moment(reply.sent_at))],
        };
        let text = self.speech.text(REPLY, &said, "")?;
        let bounce = format!("bounce@{}", self.domain.as_str());
        let envelope = envelope(Some(&bounce), reply.to.as_str())?;
        let mut builder = Message::builder()
            .envelope(envelope.clone())
            .from(Mailbox::new(Some(name.clone()), from))
            .reply_to(Mailbox::new(Some(name), reply_to))
            .subject(rule.answer(&one_line(reply.subject)))
            .date(reply.sent_at.into())
            .message_id(Some(self.message_id(Kind::Reply, reply.id)))
            .header(SealpostKind(Kind::Reply))
            .header(LoopMark(self.hostname.as_str().to_owned()));
        for to in std::iter::once(reply.to).chain(reply.also_to) {
            builder = builder.to(Mailbox::new(None, lettre_address(to.as_str())?));
        }
        let answered = reply.in_reply_to.filter(|id| is_message_id(id));
        if let Some(id) = answered {
            builder = builder.in_reply_to(id.to_owned());
        }
        let references = references(reply.references, answered);
        if !references.is_empty() {
            builder = builder.references(references);
        }
        let message = if reply.files.is_empty() {
            builder.singlepart(words(text))
        } else {
            let mixed = MultiPart::mixed().singlepart(words(text));
            builder.multipart(reply.files.into_iter().fold(mixed, |mixed, file| {
                let media_type = media_type(&file.media_type);
                let name = safe_file_name(&file.name);
                mixed.singlepart(Attachment::new(name).body(file_body(file.octets), media_type))
            }))
        };
        let octets = message.map_err(MailError::build)?.formatted();
        Ok(Outgoing { envelope, octets })
    }
}

/// The text, as readable as can be. Quoted-printable writes some octets with three, and then a reply
/// within its limit could make a mail beyond its own: base64's growth is known beforehand.
fn words(text: String) -> SinglePart {
    let most = (text.len() as u64).div_ceil(RAW_LINE) * ENCODED_LINE;
    let mut body = Body::new(text.clone());
    if body.len() as u64 > most {
        body = file_body(text.into_bytes());
    }
    SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body)
}

fn references(earlier: &[String], answered: Option<&str>) -> String {
    let mut ids: Vec<&str> = earlier
        .iter()
        .map(String::as_str)
        .filter(|id| is_message_id(id))
        .collect();
    if ids.len() >= MOST_REFERENCES {
        ids.drain(1..=ids.len() - MOST_REFERENCES + 1);
    }
    if let Some(id) = answered
        && ids.last() != Some(&id)
    {
        ids.push(id);
    }
    ids.join(" ")
}

/// `<left@right>` in visible ASCII: what a recipient's browser may put into a header.
fn is_message_id(text: &str) -> bool {
    let inner = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    inner.is_some_and(|inner| {
        inner.contains('@')
            && text.len() <= LONGEST_MESSAGE_ID
            && inner
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
    })
}

/// A plain `type/subtype`, else octets.
fn media_type(text: &str) -> ContentType {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let plain = text.len() <= LONGEST_MEDIA_TYPE
        && text.split_once('/').is_some_and(|(kind, sub)| {
            token(kind)
            && token(sub)
            // A part of a mail that is itself structure would be parsed as such.
            && !kind.eq_ignore_ascii_case("multipart")
            && !kind.eq_ignore_ascii_case("message")
        });
    let text = if plain {
        text
    } else {
        "application/octet-stream"
    };
    ContentType::parse(text).unwrap_or_else(|_| {
        ContentType::parse("application/octet-stream").expect("a valid media type")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_the_tag_once_and_one_prefix() {
        let rule = TagRule::default();
        for (seen, sent) in [
            ("résultats", "Re: [secure] résultats"),
            ("Re: résultats", "Re: [secure] résultats"),
            (
                "x\r\nBcc: a@example.com",
                "Re: [secure] x  Bcc: a@example.com",
            ),
        ] {
            assert_eq!(rule.answer(&one_line(seen)), sent);
        }
    }

    #[test]
    fn only_message_ids_get_into_threading_fields() {
        for (text, expected) in [
            ("<a@b>", true),
            ("<a@b> <c@d>", false),
            ("<a@b>\r\nBcc: x", false),
            ("a@b", false),
            ("<ab>", false),
            ("", false),
        ] {
            assert_eq!(is_message_id(text), expected, "{text}");
        }
        let many: Vec<String> = (0..50).map(|n| format!("<{n}@x>")).collect();
        let kept = references(&many, Some("<last@x>"));
        assert!(kept.starts_with("<0@x> ") && kept.ends_with("<49@x> <last@x>"));
        assert_eq!(kept.split(' ').count(), MOST_REFERENCES);
    }

    #[test]
    fn structure_and_nonsense_become_octets() {
        for text in [
            "multipart/mixed",
            "message/rfc822",
            "x",
            "text/html; charset=x",
            "a/b\r\nc: d",
        ] {
            assert_eq!(
                media_type(text),
                ContentType::parse("application/octet-stream").expect("type"),
                "{text}"
            );
        }
        assert_eq!(
            media_type("image/png"),
            ContentType::parse("image/png").expect("type")
        );
    }

    /// What a recipient writes must not end the mail early at the relay and go on in our name.
    #[test]
    fn no_reply_has_a_bare_line_end_however_it_is_written() {
        let host: mail::Domain = "secure.example.org".parse().expect("domain");
        let mails = Mails::new("Example Trust", &host, &host);
        let sender: Address = "clinic@example.org".parse().expect("address");
        let recipient: Address = "\"front, desk\"@example.com".parse().expect("address");
        for nasty in [
            "x\n.\r\nMAIL FROM:<a@b>\r\n",
            "hello\r.\nMAIL",
            "\0\r\r\n",
            ".\r\n.\r\n",
        ] {
            let outgoing = mails
                .reply(
                    SecureReply {
                        id: Uuid::nil(),
                        to: &sender,
                        also_to: &[],
                        not_to: &[],
                        recipient: &recipient,
                        reply_to_local: "reply+0",
                        subject: nasty,
                        in_reply_to: Some(nasty),
                        references: &[nasty.to_owned()],
                        reference: "K7Q-4MDX",
                        text: nasty,
                        files: vec![ReplyFile {
                            name: nasty.to_owned(),
                            media_type: nasty.to_owned(),
                            octets: nasty.as_bytes().to_vec(),
                        }],
                        sent_at: Timestamp::UNIX_EPOCH,
                    },
                    &TagRule::default(),
                )
                .expect("a mail");
            let octets = &outgoing.octets;
            assert!(
                crate::courier::has_mail_lines(octets),
                "{}",
                String::from_utf8_lossy(octets)
            );
            let (header, _) = std::str::from_utf8(octets)
                .expect("ASCII")
                .split_once("\r\n\r\n")
                .expect("a header section");
            assert!(!header.contains("\r\nMAIL"), "{header}");
        }
    }
}

//! The mails that Sealpost writes itself, from `templates/<mail>/`.
//!
//! Data reaches a template only as values: the text templates escape nothing and are put into a
//! MIME body by lettre, the HTML templates escape everything. No byte of an address, name or
//! subject gets into a header other than through lettre's encoder (promise S3).

mod build;
mod fields;
mod reply;
mod report;

use handlebars::Handlebars;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart};
use mail::{Address, Domain};
use serde::Serialize;
use uuid::Uuid;

pub use build::{Kind, MailError, Outgoing, can_be_addressed};
pub use reply::{ReplyFile, SecureReply};
pub use report::{Advised, Dsn, DsnEntry};

use build::{envelope, lettre_address, mail_lines, one_line, text_part};
use fields::{AutoSubmitted, LoopMark, SealpostKind};

const NOTICE: &str = "notice";
const CODE: &str = "code";
const REPLY: &str = "reply";
const GATHERED: &str = "gathered";
const DSN: &str = "dsn";

macro_rules! template {
    ($mail:literal, $part:literal) => {
        (
            concat!($mail, "/", $part),
            include_str!(concat!("../templates/", $mail, "/", $part)),
        )
    };
}

const TEXTS: [(&str, &str); 19] = [
    template!("notice", "subject.txt"),
    template!("notice", "body.txt"),
    template!("code", "subject.txt"),
    template!("code", "body.txt"),
    template!("reply", "subject.txt"),
    template!("reply", "body.txt"),
    template!("gathered", "subject.txt"),
    template!("gathered", "body.txt"),
    template!("dsn", "body.txt"),
    template!("advice/near-miss", "subject.txt"),
    template!("advice/near-miss", "body.txt"),
    template!("advice/nhs-number", "subject.txt"),
    template!("advice/nhs-number", "body.txt"),
    template!("advice/sealed-nhs-number", "subject.txt"),
    template!("advice/sealed-nhs-number", "body.txt"),
    template!("advice/receipt", "subject.txt"),
    template!("advice/receipt", "body.txt"),
    template!("advice/diverted", "subject.txt"),
    template!("advice/diverted", "body.txt"),
];
const HTMLS: [(&str, &str); 3] = [
    template!("gathered", "body.html"),
    template!("notice", "body.html"),
    template!("code", "body.html"),
];

/// Writes mails for one organisation.
pub struct Mails {
    texts: Handlebars<'static>,
    htmls: Handlebars<'static>,
    organisation: String,
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
    /// The day until which the message can be read, in words.
    pub expires: &'a str,
    /// Whether the organisation keeps an offline key that opens the message too.
    pub escrow: bool,
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

impl Mails {
    /// Parses the templates.
    pub fn new(organisation: &str, hostname: &Domain, domain: &Domain) -> Self {
        let registry = |sources: &[(&'static str, &'static str)]| {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            for (name, source) in sources {
                let source = source.strip_suffix('\n').unwrap_or(source);
                registry
                    .register_template_string(name, source)
                    .expect("our templates parse");
            }
            registry
        };
        let mut texts = registry(&TEXTS);
        texts.register_escape_fn(handlebars::no_escape);
        Self {
            texts,
            htmls: registry(&HTMLS),
            organisation: one_line(organisation),
            hostname: hostname.clone(),
            domain: domain.clone(),
        }
    }

    /// The notice to an outsider. Its Message-ID is made of the recipient's id, so that a notice
    /// that is sent twice is seen to be one (promise D5). `bounce` is the local part of the address
    /// it comes back to.
    pub fn notice(
        &self,
        to: &Address,
        bounce: &str,
        recipient: Uuid,
        notice: &Notice<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        self.own(Kind::Notice, NOTICE, notice, to, recipient, bounce, now)
    }

    /// One notice of several messages to the same address; the first gives id and bounce address.
    pub fn gathered(
        &self,
        to: &Address,
        bounce: &str,
        recipient: Uuid,
        messages: &[Notice<'_>],
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        #[derive(Serialize)]
        struct Gathered<'a> {
            count: usize,
            messages: &'a [Notice<'a>],
            escrow: bool,
        }
        let content = Gathered {
            count: messages.len(),
            messages,
            escrow: messages.iter().any(|notice| notice.escrow),
        };
        self.own(Kind::Notice, GATHERED, &content, to, recipient, bounce, now)
    }

    /// The mail with a passcode.
    pub fn code(
        &self,
        to: &Address,
        bounce: &str,
        code: Uuid,
        content: &Code<'_>,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        self.own(Kind::Code, CODE, content, to, code, bounce, now)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call for each kind, just above"
    )]
    fn own(
        &self,
        kind: Kind,
        template: &str,
        content: &impl Serialize,
        to: &Address,
        id: Uuid,
        bounce: &str,
        now: Timestamp,
    ) -> Result<Outgoing, MailError> {
        let subject = self.render(&self.texts, template, "subject.txt", content, "")?;
        let text = self.render(&self.texts, template, "body.txt", content, &subject)?;
        let html = self.render(&self.htmls, template, "body.html", content, &subject)?;
        let from = format!("noreply@{}", self.domain.as_str());
        let bounce = format!("{bounce}@{}", self.domain.as_str());
        let envelope = envelope(Some(&bounce), to.as_str())?;
        let message = Message::builder()
            .envelope(envelope.clone())
            .from(Mailbox::new(
                Some(self.organisation.clone()),
                lettre_address(&from)?,
            ))
            .to(Mailbox::new(None, lettre_address(to.as_str())?))
            .subject(&subject)
            .date(now.into())
            .message_id(Some(self.message_id(kind, id)))
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

    fn render(
        &self,
        registry: &Handlebars<'_>,
        template: &str,
        part: &str,
        content: &impl Serialize,
        subject: &str,
    ) -> Result<String, MailError> {
        #[derive(Serialize)]
        struct Values<'a, T> {
            organisation: &'a str,
            subject: &'a str,
            #[serde(flatten)]
            content: &'a T,
        }
        let values = Values {
            organisation: &self.organisation,
            subject,
            content,
        };
        let text = registry.render(&format!("{template}/{part}"), &values)?;
        Ok(mail_lines(&text))
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

/// A day in words, in UK time: `22 December 2026`.
pub fn day_in_words(instant: Timestamp) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    instant.to_zoned(zone).strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mails(organisation: &str) -> Mails {
        let host: Domain = "secure.example.org".parse().expect("domain");
        Mails::new(organisation, &host, &host)
    }

    impl Mails {
        fn render_notice(&self, notice: &Notice<'_>) -> String {
            let text = self.render(&self.texts, super::NOTICE, "body.txt", notice, "");
            text.expect("a text")
        }
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("instant")
    }

    const NOTICE: Notice<'_> = Notice {
        reference: "K7Q-4MDX",
        link: "https://secure.example.org/m/0123456789abcdefghjkmnpqr0#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        message_key: "0000-0000-0",
        expires: "22 December 2026",
        escrow: false,
    };

    fn notice(organisation: &str) -> String {
        notice_of(organisation, &NOTICE)
    }

    fn notice_of(organisation: &str, notice: &Notice<'_>) -> String {
        let to = "patient@example.com".parse().expect("address");
        let mail = mails(organisation)
            .notice(&to, "bounce+token", Uuid::nil(), notice, now())
            .expect("notice");
        String::from_utf8(mail.octets).expect("ASCII")
    }

    #[test]
    fn a_notice_has_its_link_alone_on_a_line_and_the_headers_that_machines_read() {
        let text = notice("Example Trust");
        assert!(text.contains(&format!("\r\n{}\r\n", NOTICE.link)), "{text}");
        for header in [
            "X-Sealpost-Kind: notice\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Message-ID: <00000000000000000000000000000000.notice@secure.example.org>\r\n",
            "Subject: You have a secure message from Example Trust\r\n",
        ] {
            assert!(text.contains(header), "{header} in {text}");
        }
        assert!(!text.contains("<img"));
        assert!(text.lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn the_text_part_of_a_notice_has_at_most_twelve_lines_with_escrow_too() {
        let lines = include_str!("../templates/notice/body.txt").lines().count();
        assert!(lines <= 12, "{lines}");
        let escrow = Notice {
            escrow: true,
            ..NOTICE
        };
        let text = mails("Example Trust").render_notice(&escrow);
        assert!(text.lines().count() <= 12, "{text}");
    }

    #[test]
    fn a_notice_says_in_both_parts_that_there_is_an_escrow_key_and_nothing_of_it_without() {
        const SENTENCE: &str = "Example Trust keeps an offline key that can open this message.";
        let with = notice_of(
            "Example Trust",
            &Notice {
                escrow: true,
                ..NOTICE
            },
        );
        assert_eq!(with.matches(SENTENCE).count(), 2, "{with}");
        assert!(
            with.contains(&format!("\r\n{SENTENCE}\r\nIf the link")),
            "{with}"
        );
        let without = notice("Example Trust");
        assert!(!without.contains("offline"), "{without}");
        assert!(
            without.contains("bank details.\r\nIf the link"),
            "{without}"
        );
    }

    #[test]
    fn an_organisation_with_markup_and_line_ends_breaks_nothing() {
        let text = notice("Trust <b>&\r\nBcc: x@example.com\r\n\r\n");
        assert!(text.contains("Trust &lt;b&gt;&amp;"), "{text}");
        let header = text.split("\r\n\r\n").next().expect("a header section");
        assert!(!header.contains("\r\nBcc:"), "{header}");
    }

    #[test]
    fn a_code_mail_begins_with_the_code_and_has_it_in_no_header() {
        let to = "patient@example.com".parse().expect("address");
        let code = Code {
            code: "1234 5678",
            reference: "K7Q-4MDX",
            minutes: 15,
        };
        let mail = mails("Example Trust")
            .code(&to, "bounce+token", Uuid::nil(), &code, now())
            .expect("mail");
        let text = String::from_utf8(mail.octets).expect("ASCII");
        let (header, body) = text.split_once("\r\n\r\n").expect("a header section");
        assert!(!header.contains("1234"), "{header}");
        assert!(body.contains("\r\n\r\n1234 5678 is your security code from Example Trust.\r\n"));
    }

    #[test]
    fn days_are_told_in_uk_time() {
        assert_eq!(
            day_in_words("2026-07-01T23:30:00Z".parse().expect("t")),
            "2 July 2026"
        );
        assert_eq!(
            day_in_words("2026-12-01T23:30:00Z".parse().expect("t")),
            "1 December 2026"
        );
    }
}

//! One mail of every kind, about nobody, for `sealpost preview` and for tests.

use jiff::Timestamp;
use mail::{Address, TagRule};
use store::{Language, ReportAction, Standing, Topic, Wish};
use uuid::Uuid;

use super::{
    Advised, Code, Dsn, DsnEntry, MailError, Mails, NamedReceipt, Notice, Outgoing, ReceiptEntry,
    ReceiptFacts, Reminder, SecureReply, To, Undelivered, Unread, Why, Wished,
};

const LINK: &str = "/m/0123456789abcdefghjkmnpqr0#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const KEY: &str = "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0";
const REFERENCE: &str = "K7Q-4MDX";

impl Mails {
    /// Every mail under the name of its kind. `chosen` is what its reader has chosen; mails to
    /// senders are as the organisation says whatever that is.
    pub fn samples(
        &self,
        origin: &str,
        chosen: Option<Language>,
        escrow: bool,
        now: Timestamp,
    ) -> Result<Vec<(String, Outgoing)>, MailError> {
        let address = |text: &str| text.parse::<Address>().map_err(|_| MailError::Address);
        let (reader, sender) = (address("a@example.net")?, address("clinic@example.org")?);
        let link = format!("{origin}{LINK}");
        let expires = now
            .checked_add(jiff::SignedDuration::from_hours(30 * 24))
            .unwrap_or(now);
        let notice = || Notice {
            reference: REFERENCE,
            link: &link,
            message_key: KEY,
            expires,
            escrow,
            sender: None,
        };
        let named = || Notice {
            sender: Some(sender.as_str()),
            ..notice()
        };
        let code = Code {
            code: "1234 5678",
            reference: REFERENCE,
            minutes: 15,
        };
        let to = To {
            address: &reader,
            bounce: "bounce+0",
            language: chosen,
        };
        let id = Uuid::nil();
        let mut mails = vec![
            ("notice".to_owned(), self.notice(&to, id, &notice(), now)?),
            (
                "notice-with-sender".to_owned(),
                self.notice(&to, id, &named(), now)?,
            ),
            (
                "notice-of-two".to_owned(),
                self.gathered(&to, id, &[named(), notice()], now)?,
            ),
            ("code".to_owned(), self.code(&to, id, &code, now)?),
        ];
        let reminder = || Reminder {
            reference: REFERENCE,
            sent: now,
            expires,
        };
        let reminders = [reminder(), reminder()];
        mails.push((
            "reminder".to_owned(),
            self.reminder(&to, id, &reminders[..1], now)?,
        ));
        mails.push((
            "reminder-of-two".to_owned(),
            self.reminder(&to, id, &reminders, now)?,
        ));
        let undelivered = Undelivered {
            reference: REFERENCE,
            sent: now,
        };
        let mail = self.undelivered(&to, id, &undelivered, now)?;
        mails.push(("reply-undelivered".to_owned(), mail));
        let colleague = address("ward@example.org")?;
        let left = [address("school@example.net")?];
        let reply = |also_to, not_to| SecureReply {
            id,
            to: &sender,
            also_to,
            not_to,
            recipient: &reader,
            reply_to_local: "reply+0",
            subject: "Your appointment",
            in_reply_to: None,
            references: &[],
            reference: REFERENCE,
            text: "Thank you. Diolch yn fawr.",
            files: Vec::new(),
            sent_at: now,
        };
        let rule = TagRule::default();
        let alone = self.reply(reply(&[], &[]), &rule)?;
        mails.push(("reply".to_owned(), alone));
        let also_to = std::slice::from_ref(&colleague);
        let to_all = self.reply(reply(also_to, &left), &rule)?;
        mails.push(("reply-to-all".to_owned(), to_all));
        let sender_link = link.replace("/m/", "/s/");
        let entries = [
            ReceiptEntry::new(&reader, Standing::Told),
            ReceiptEntry::new(&address("surgery@example.com")?, Standing::Telling),
            ReceiptEntry::new(&sender, Standing::PassedOn),
        ];
        for topic in Topic::ALL {
            let receipt = || ReceiptFacts {
                reference: REFERENCE,
                link: &sender_link,
                message_key: KEY,
                entries: &entries,
                more: 0,
                can_be_withdrawn: true,
            };
            let about = Advised {
                tag: "[secure]",
                taken_at: now,
                escrow,
                receipt: (topic == Topic::Receipt).then(receipt),
            };
            let name = match topic {
                Topic::NearMiss => "near-miss",
                Topic::NhsNumber => "nhs-number",
                Topic::SealedForNhsNumber => "sealed-nhs-number",
                Topic::Receipt => "receipt",
                Topic::Diverted => "diverted",
            };
            let mail = self.advice(&sender, id, topic, &about, now)?;
            mails.push((name.to_owned(), mail));
        }
        let receipt = |can_be_withdrawn| NamedReceipt {
            reference: REFERENCE.to_owned(),
            can_be_withdrawn,
        };
        let unread = Unread {
            told: vec![reader.as_str().to_owned(), "b@example.net".to_owned()],
            waiting: vec!["c@example.net".to_owned()],
            exposed: vec!["b@example.net".to_owned()],
            receipt: Some(receipt(true)),
            taken_at: now,
        };
        mails.push(("unread".to_owned(), self.unread(&sender, id, &unread, now)?));
        for (name, wish, is_over) in [
            ("not-for-me", Wish::NotForMe, true),
            ("more-time", Wish::MoreTime, false),
            ("more-time-over", Wish::MoreTime, true),
            ("damaged", Wish::Damaged, false),
        ] {
            let wished = Wished {
                address: reader.as_str(),
                reference: REFERENCE,
                message: id.to_string(),
                is_over,
                opened: true,
                last_opened: now,
                taken_at: now,
                expires,
            };
            let mail = self.wished(&sender, id, wish, &wished, now)?;
            mails.push((name.to_owned(), mail));
        }
        let late = Why::Cause("Mx.example.net: did not answer in time.".to_owned());
        let by_reader = Some(reader.as_str());
        for (name, action, why, replier) in [
            ("report-failed", ReportAction::Failed, Why::NoMailbox, None),
            ("report-delayed", ReportAction::Delayed, late, None),
            ("report-expired", ReportAction::Expired, Why::Untold, None),
            ("report-relayed", ReportAction::Relayed, Why::PassedOn, None),
            (
                "report-of-reply",
                ReportAction::Failed,
                Why::NoMailbox,
                by_reader,
            ),
        ] {
            // Of a reply, it is a colleague whom it did not reach.
            let address = replier.map_or(reader.as_str(), |_| colleague.as_str());
            let receipt = receipt(action != ReportAction::Expired);
            let dsn = Dsn {
                entries: vec![DsnEntry::new(action, address, why)],
                taken_at: now,
                message_id: Some("<sample@example.org>"),
                replier,
                receipt: replier.is_none().then_some(&receipt),
                delivery_status: "Reporting-MTA: dns; secure.example.org\r\n",
                original_header: "From: <clinic@example.org>\r\n",
            };
            mails.push((name.to_owned(), self.dsn(&sender, id, &dsn, now)?));
        }
        Ok(mails)
    }
}

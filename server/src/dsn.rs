//! Delivery status notifications (RFC 3461, RFC 3464): who is told, and what machines read.
//!
//! Pure: the mail around it is in [`crate::mails`], when it is sent in [`crate::work`]. A report
//! carries headers only, and of a confidential message not even its subject (promise D6); why, and
//! who is not told, is in decision 0015.

mod said;

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail::header::HeaderSection;
use mail::{Address, Notify, RecipientDsn, ReversePath};
use store::{Report, ReportAction};

use crate::metadata::SenderFacts;
use crate::task_error::TaskError;

pub use said::Said;

/// Whether a program sent a message: nothing is answered to it (promise S6).
pub fn is_automatic(header: &HeaderSection<'_>) -> bool {
    header.is_automatic()
        || ["List-Id", "X-Auto-Response-Suppress"]
            .iter()
            .any(|name| header.first(name).is_some())
}

/// Whether the sender may be told anything that it did not ask for.
pub fn may_be_told(sender: &SenderFacts) -> Option<&Address> {
    match &sender.reverse_path {
        ReversePath::Address(address) if !sender.automatic => Some(address),
        _ => None,
    }
}

/// Whether the sender is told this of a recipient. Mail is taken from authenticated peers with
/// senders of our own domains only (promise S4), so a sender that is here is one of ours.
pub fn is_told(sender: &SenderFacts, asked: &RecipientDsn, action: ReportAction) -> bool {
    let wanted = match (action, asked.notify) {
        (ReportAction::Relayed, notify) => {
            matches!(notify, Some(Notify::On { success: true, .. }))
        }
        (_, None) => true,
        (_, Some(Notify::Never)) => false,
        (ReportAction::Delayed, Some(Notify::On { delay, .. })) => delay,
        (_, Some(Notify::On { failure, .. })) => failure,
    };
    wanted && may_be_told(sender).is_some()
}

/// What all recipients of a report have in common.
#[derive(Debug)]
pub struct About<'a> {
    /// Our name.
    pub reporting: &'a str,
    /// `ENVID`.
    pub envid: Option<&'a str>,
    /// When we took the message.
    pub arrived: Timestamp,
    /// When this report is made.
    pub now: Timestamp,
}

/// One recipient in a report.
pub struct Reported<'a> {
    /// What is told.
    pub report: &'a Report,
    /// Of whom.
    pub address: &'a Address,
    /// `ORCPT`.
    pub orcpt: Option<&'a str>,
    /// What another mail system said of it.
    pub said: Option<&'a Said>,
}

/// The body of `message/delivery-status` (RFC 3464 §2). ASCII, with CRLF.
pub fn delivery_status(about: &About<'_>, recipients: &[Reported<'_>]) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        // Writing to a String does not fail.
        let _ = write!(text, "{name}: {value}\r\n");
    };
    if let Some(envid) = about.envid.filter(|envid| is_printable(envid)) {
        field("Original-Envelope-Id", envid);
    }
    field("Reporting-MTA", &format!("dns; {}", about.reporting));
    field("Arrival-Date", &date(about.arrived));
    for Reported {
        report,
        address,
        orcpt,
        said,
    } in recipients
    {
        text.push_str("\r\n");
        let mut field = |name: &str, value: &str| {
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            let _ = write!(text, "{name}: {value}\r\n");
        };
        if let Some(orcpt) = orcpt.filter(|orcpt| is_printable(orcpt)) {
            field("Original-Recipient", orcpt);
        }
        field("Final-Recipient", &final_recipient(address));
        field("Action", action(report.action));
        field("Status", &report.status);
        match said {
            Some(said) => {
                field("Remote-MTA", &format!("dns; {}", host(&said.host)));
                field("Diagnostic-Code", &format!("smtp; {}", said.diagnostic()));
            }
            None if !report.cause.is_empty() => {
                field("Diagnostic-Code", &format!("x-sealpost; {}", report.cause));
            }
            None => {}
        }
        field("Last-Attempt-Date", &date(about.now));
    }
    text
}

/// What is left of the message's own header (RFC 3462 §2, `text/rfc822-headers`): enough for a
/// person or program to find the message, and nothing that says what it is about.
pub fn original_header(sender: &SenderFacts, recipients: &[Reported<'_>]) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        if is_printable(value) {
            let _ = write!(text, "{name}: {value}\r\n");
        }
    };
    if let Some(date) = &sender.original.date {
        field("Date", date);
    }
    if let Some(from) = sender.reverse_path.address() {
        field("From", &format!("<{}>", from.as_str()));
    }
    if let Some(id) = &sender.original.message_id {
        field("Message-ID", id);
    }
    let addresses = recipients.iter().map(|reported| reported.address.as_str());
    let to: Vec<String> = addresses
        .filter(|address| is_printable(address))
        .map(|address| format!("<{address}>"))
        .collect();
    if !to.is_empty() {
        // One field, folded at each address (RFC 5322 §3.6).
        let _ = write!(text, "To: {}\r\n", to.join(",\r\n "));
    }
    text
}

/// An IP address stands in brackets (RFC 3464 §2.1.2).
fn host(relay: &str) -> String {
    match relay.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => format!("[{address}]"),
        Ok(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => relay.to_owned(),
    }
}

/// Outside of ASCII as RFC 6533 §3 writes it in seven bits.
fn final_recipient(address: &Address) -> String {
    if address.is_ascii() {
        return format!("rfc822; {}", address.as_str());
    }
    let mut text = String::from("utf-8; ");
    for c in address.as_str().chars() {
        match c {
            '\\' | '+' | '=' => _ = write!(text, "\\x{{{:X}}}", u32::from(c)),
            c if c.is_ascii_graphic() => text.push(c),
            c => _ = write!(text, "\\x{{{:X}}}", u32::from(c)),
        }
    }
    text
}

fn action(action: ReportAction) -> &'static str {
    match action {
        ReportAction::Delayed => "delayed",
        ReportAction::Relayed => "relayed",
        ReportAction::Failed
        | ReportAction::Bounced
        | ReportAction::Expired
        | ReportAction::Unopened => "failed",
    }
}

/// A status (RFC 3463): the other system's own where it gave one that fits, else one of ours.
pub fn status_of(action: ReportAction, error: Option<&TaskError>) -> String {
    let remote = error.and_then(TaskError::remote);
    let own = match action {
        ReportAction::Relayed => "2.0.0",
        ReportAction::Expired | ReportAction::Unopened => "5.4.7",
        // What is still tried has not failed for good, whatever the other system thinks of it.
        ReportAction::Delayed => match remote.filter(|remote| remote.status.class == 4) {
            Some(remote) => return remote.status.to_string(),
            None => "4.4.7",
        },
        ReportAction::Failed | ReportAction::Bounced => match (remote, error) {
            (Some(remote), _) => return remote.status.to_string(),
            (None, Some(TaskError::Transient(_))) => "5.4.7",
            (None, _) => "5.3.0",
        },
    };
    own.to_owned()
}

fn is_printable(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 900
        && text.bytes().all(|octet| (b' '..=b'~').contains(&octet))
}

/// RFC 5322's form, UTC.
fn date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use seal::RecipientId;

    use super::*;
    use crate::courier::{FailureKind, RemoteFailure, Stage, Status};

    fn failure(code: u16, status: (u8, u16, u16), words: Option<&str>) -> RemoteFailure {
        let (class, subject, detail) = status;
        RemoteFailure {
            kind: FailureKind::Refused,
            stage: Stage::Rcpt,
            status: Status {
                class,
                subject,
                detail,
            },
            code: Some(code),
            host: "192.0.2.1".to_owned(),
            remote_words: words.map(str::to_owned),
            cause: "refused it with",
        }
    }

    #[test]
    fn the_status_is_the_other_systems_own_where_it_says_what_is_told() {
        use ReportAction::{Delayed, Failed};
        let passing = TaskError::from(failure(451, (4, 2, 1), None));
        let final_one = TaskError::from(failure(550, (5, 1, 1), None));
        let late = TaskError::transient("x");
        let lost = TaskError::permanent("x");
        for (action, error, status) in [
            (Failed, Some(&final_one), "5.1.1"),
            (Failed, Some(&passing), "4.2.1"),
            (Failed, Some(&late), "5.4.7"),
            (Failed, Some(&lost), "5.3.0"),
            (Failed, None, "5.3.0"),
            (Delayed, Some(&passing), "4.2.1"),
            (Delayed, Some(&final_one), "4.4.7"),
            (Delayed, Some(&late), "4.4.7"),
            (ReportAction::Relayed, None, "2.0.0"),
            (ReportAction::Expired, None, "5.4.7"),
            (ReportAction::Unopened, None, "5.4.7"),
        ] {
            assert_eq!(status_of(action, error), status, "{action:?} {error:?}");
        }
    }

    fn sender(path: &str, automatic: bool) -> SenderFacts {
        SenderFacts {
            automatic,
            ..SenderFacts::plain(match path {
                "" => ReversePath::Null,
                path => ReversePath::Address(path.parse().expect("an address")),
            })
        }
    }

    fn report(action: ReportAction, cause: &str) -> Report {
        Report {
            recipient: RecipientId::from_bytes([1; 16]),
            action,
            status: status_of(action, None),
            cause: cause.to_owned(),
            remote: None,
        }
    }

    #[test]
    fn who_is_told_what() {
        use ReportAction::{Bounced, Delayed, Expired, Failed, Relayed, Unopened};
        let on = |success, failure, delay| {
            Some(Notify::On {
                success,
                failure,
                delay,
            })
        };
        let bad = [Failed, Bounced, Expired, Unopened];
        for (notify, failure, delay, success) in [
            (None, true, true, false),
            (Some(Notify::Never), false, false, false),
            (on(true, false, false), false, false, true),
            (on(false, true, false), true, false, false),
            (on(false, false, true), false, true, false),
            (on(true, true, true), true, true, true),
        ] {
            let asked = RecipientDsn {
                notify,
                orcpt: None,
            };
            let told = |action| is_told(&sender("clinic@example.org", false), &asked, action);
            for action in bad {
                assert_eq!(told(action), failure, "{notify:?} {action:?}");
            }
            assert_eq!(
                (told(Delayed), told(Relayed)),
                (delay, success),
                "{notify:?}"
            );
            for nobody in [sender("", false), sender("clinic@example.org", true)] {
                for action in [Failed, Bounced, Delayed, Relayed, Expired, Unopened] {
                    assert!(!is_told(&nobody, &asked, action));
                }
            }
        }
    }

    #[test]
    fn a_program_is_known_by_its_fields() {
        for (field, automatic) in [
            ("Subject: x", false),
            ("Auto-Submitted: no", false),
            ("Auto-Submitted: auto-replied", true),
            ("Precedence: bulk", true),
            ("Precedence: list", true),
            ("List-Id: <news.example.org>", true),
            ("X-Auto-Response-Suppress: All", true),
        ] {
            let content = format!("{field}\r\n\r\n");
            let header = HeaderSection::split(content.as_bytes()).expect("a header");
            assert_eq!(is_automatic(&header), automatic, "{field}");
        }
    }

    #[test]
    fn what_machines_read_has_every_field_and_no_line_more() {
        let refused = Report {
            status: "5.1.1".to_owned(),
            ..report(ReportAction::Failed, "refused it with 550\r\nX: y")
        };
        let words = "5.1.1 nobody here\r\nX: y";
        let said = Said::of(&failure(550, (5, 1, 1), Some(words)));
        let delayed = report(ReportAction::Delayed, "the relay cannot be reached");
        let (first, second) = (
            "patient@example.com".parse().expect("an address"),
            "j\u{f6}rg@example.com".parse().expect("an address"),
        );
        let text = delivery_status(
            &About {
                reporting: "secure.example.org",
                envid: Some("QQ314159"),
                arrived: Timestamp::UNIX_EPOCH,
                now: Timestamp::UNIX_EPOCH,
            },
            &[
                Reported {
                    report: &refused,
                    address: &first,
                    orcpt: Some("rfc822;p@example.com"),
                    said: said.as_ref(),
                },
                Reported {
                    report: &delayed,
                    address: &second,
                    orcpt: Some("rfc822;\r\nBad: field"),
                    said: None,
                },
            ],
        );
        let date = "Thu, 1 Jan 1970 00:00:00 +0000";
        let expected = [
            "Original-Envelope-Id: QQ314159",
            "Reporting-MTA: dns; secure.example.org",
            &format!("Arrival-Date: {date}"),
            "",
            "Original-Recipient: rfc822;p@example.com",
            "Final-Recipient: rfc822; patient@example.com",
            "Action: failed",
            "Status: 5.1.1",
            "Remote-MTA: dns; [192.0.2.1]",
            "Diagnostic-Code: smtp; 550 5.1.1 nobody here??X: y",
            &format!("Last-Attempt-Date: {date}"),
            "",
            "Final-Recipient: utf-8; j\\x{F6}rg@example.com",
            "Action: delayed",
            "Status: 4.4.7",
            "Diagnostic-Code: x-sealpost; the relay cannot be reached",
            &format!("Last-Attempt-Date: {date}"),
            "",
        ];
        assert_eq!(text, expected.join("\r\n"));
    }

    #[test]
    fn of_the_message_itself_no_more_than_needed_to_find_it_comes_back() {
        let mut facts = sender("clinic@example.org", false);
        facts.original.date = Some("Thu, 1 Jan 1970 00:00:00 +0000".to_owned());
        facts.original.message_id = Some("<a@b>\r\nSubject: results".to_owned());
        let failed = report(ReportAction::Failed, "");
        let address = "patient@example.com".parse().expect("an address");
        let reported = [Reported {
            report: &failed,
            address: &address,
            orcpt: None,
            said: None,
        }];
        assert_eq!(
            original_header(&facts, &reported),
            "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nFrom: <clinic@example.org>\r\n\
             To: <patient@example.com>\r\n"
        );
    }
}

//! What senders are told of their messages, as it reads.

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

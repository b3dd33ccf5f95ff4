//! Bounces as mail systems write them, and what is none.

use super::*;

fn verdict(text: &str) -> String {
    match read(text.replace('\n', "\r\n").as_bytes()) {
        Verdict::Failed(status) => status.to_string(),
        Verdict::Passing => "passing".to_owned(),
    }
}

fn report(fields: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.com\nAuto-Submitted: auto-replied\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nI'm sorry to have to inform you\n\n\
         --b\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example.com\nArrival-Date: Sun, 22 Nov 2026 12:00:00 +0000\n\n\
         {fields}\n\
         --b\nContent-Type: text/rfc822-headers\n\nAction: failed\nStatus: 5.9.9\n\n--b--\n"
    )
}

#[test]
fn a_report_is_believed_by_its_action() {
    for (fields, expected) in [
        (
            "Final-Recipient: rfc822; p@example.com\nAction: failed\nStatus: 5.1.1\n",
            "5.1.1",
        ),
        (
            "Action: failed\nStatus: 4.4.7 (delivery time expired)\n",
            "4.4.7",
        ),
        ("ACTION: Failed (no such user)\nSTATUS: 5.2.1\n", "5.2.1"),
        ("Status: 5.1.10\nAction: failed\n", "5.1.10"),
        ("Action: failed\nStatus: nonsense\n", "5.0.0"),
        ("Action: failed\n", "5.0.0"),
        ("Action: delayed\nStatus: 4.4.1\n", "passing"),
        ("Action: delayed\nStatus: 5.1.1\n", "passing"),
        ("Action: relayed\nStatus: 2.0.0\n", "passing"),
        ("Action: delivered\nStatus: 2.0.0\n", "passing"),
        (
            "Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.2.2\n",
            "5.2.2",
        ),
        (
            "Action: failed\nStatus: 5.2.2\n\nAction: delivered\nStatus: 2.0.0\n",
            "5.2.2",
        ),
    ] {
        assert_eq!(verdict(&report(fields)), expected, "{fields}");
    }
}

#[test]
fn a_mail_system_without_a_report_is_understood_by_status_and_phrase() {
    let from_daemon = |body: &str| {
        verdict(&format!(
            "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nSubject: x\n\n{body}\n"
        ))
    };
    for (body, expected) in [
        (
            "<p@example.com>: host mx said: 550 5.1.1 User unknown",
            "5.1.1",
        ),
        ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
        ("The following address failed: user unknown", "5.0.0"),
        ("connection to 5.1.1.2 timed out", "passing"),
        ("version 5.1.1.0", "passing"),
        ("451 4.7.1 try again later", "passing"),
        ("THIS IS A WARNING MESSAGE ONLY.\n550 5.1.1 x", "passing"),
        ("delivery delayed: 5.1.1", "passing"),
        ("", "passing"),
    ] {
        assert_eq!(from_daemon(body), expected, "{body}");
    }
}

#[test]
fn people_and_their_vacations_are_no_failures() {
    for text in [
        "From: p@example.com\nAuto-Submitted: auto-replied\nSubject: Out of office\n\n550 5.1.1\n",
        "From: p@example.com\nSubject: Re: x\n\nuser unknown 550 5.1.1\n",
        "Subject: x\n\n5.1.1\n",
        "\n5.1.1 user unknown\n",
        "",
    ] {
        assert_eq!(verdict(text), "passing", "{text}");
    }
}

#[test]
fn what_stands_behind_the_bound_is_not_looked_at() {
    let at = |padding: usize| {
        let header = "From: postmaster@example.com\r\n\r\n";
        read(format!("{header}{}\r\nuser unknown\r\n", "x".repeat(padding)).as_bytes())
    };
    let line = "\r\nuser unknown".len();
    assert_ne!(at(LOOKED_AT - line), Verdict::Passing);
    assert_eq!(at(LOOKED_AT - line + 1), Verdict::Passing);
}

#[test]
fn any_octets_have_a_verdict() {
    let mut state = 0x9e37_79b9_u32;
    let pieces = [
        "Action:",
        " failed",
        "\r\n",
        "\n",
        "Status: 5.1.1",
        "--b",
        "\0",
        "\u{e9}",
        "5.",
        "4.4.",
        "Content-Type: message/delivery-status",
        "From: postmaster",
        ":",
        "\r",
        " ",
    ];
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        if let Verdict::Failed(status) = read(text.as_bytes()) {
            assert_eq!(Status::parse(&status.to_string()), Some(status), "{text:?}");
        }
    }
}

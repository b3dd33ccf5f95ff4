use super::*;
use crate::body::tests::checked;
use crate::mime::ParsedMail;
use crate::view::{Part, Protection};

/// A mail with `inner` attached as it is.
fn around(inner: &str) -> String {
    format!(
        "Subject: outer\r\nBcc: somebody@example.org\r\nContent-Type: multipart/mixed; boundary=o{0}\r\n\r\n\
         --o{0}\r\n\r\nSee below.\r\n--o{0}\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--o{0}--\r\n",
        inner.len()
    )
}

const LETTER: &str = "From: Ann <ann@example.org>\r\nTo: bob@example.com\r\nSubject: [secure] the =?utf-8?q?n=C3=AFtre?=\r\n\
    Date: Fri, 20 Nov 2026 09:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n\
    --i\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n\
    --i\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--i--\r\n";

fn nested(mail: &ParsedMail) -> Option<&NestedMessage> {
    mail.parts.last()?.message.as_deref()
}

fn without_bcc(content: &str) -> String {
    content.replace("Bcc: somebody@example.org\r\n", "")
}

fn place_of(part: &Part) -> Range<usize> {
    let start = usize::try_from(part.offset).unwrap();
    start..start + usize::try_from(part.length).unwrap()
}

#[test]
fn an_attached_message_is_shown_with_its_own_headers_body_and_parts() {
    let content = around(LETTER);
    let mail = checked(content.as_bytes());
    assert_eq!(mail.text.as_deref(), Some("See below."));
    let message = nested(&mail).expect("shown");
    assert_eq!(message.headers.subject, "[secure] the nïtre");
    assert_eq!(
        message.headers.from[0].address.as_deref(),
        Some("ann@example.org")
    );
    assert_eq!(message.html.as_deref(), Some("<p>Hello</p>"));
    assert_eq!(message.parts.len(), 1);
    // Its parts are places in the content that is sealed, which has no Bcc.
    let sealed = without_bcc(&content);
    assert_eq!(&sealed[place_of(&message.parts[0])], "aGVsbG8=");
    assert_eq!(&sealed[place_of(mail.parts.last().unwrap())], LETTER);
}

#[test]
fn messages_are_shown_inside_each_other_down_to_the_third_and_no_deeper() {
    let content = (0..5).fold(LETTER.to_owned(), |inner, _| around(&inner));
    let mail = checked(content.as_bytes());
    let (mut depth, mut part) = (0, mail.parts.last().unwrap());
    while let Some(message) = part.message.as_deref() {
        depth += 1;
        part = message.parts.last().unwrap();
        assert_eq!(part.media_type, "message/rfc822");
    }
    assert_eq!(depth, MAX_NESTED_DEPTH);
}

#[test]
fn one_with_an_encoding_is_an_attachment_only() {
    let content = around(LETTER).replace(
        "Content-Type: message/rfc822\r\n",
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    );
    let mail = checked(content.as_bytes());
    assert_eq!(mail.parts.len(), 1);
    assert!(nested(&mail).is_none());
}

#[test]
fn more_messages_or_octets_than_a_view_may_have_are_attachments_only() {
    let many = |count: usize, inner: &str| {
        let part = format!("--o\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n");
        let content = format!(
            "Content-Type: multipart/mixed; boundary=o\r\n\r\n{}--o--\r\n",
            part.repeat(count)
        );
        let mail = checked(content.as_bytes());
        mail.parts
            .iter()
            .filter(|part| part.message.is_some())
            .count()
    };
    assert_eq!(many(MAX_NESTED, LETTER), MAX_NESTED);
    assert_eq!(many(MAX_NESTED + 1, LETTER), MAX_NESTED);
    let half = format!(
        "Subject: s\r\n\r\n{}",
        "x".repeat(MAX_NESTED_OCTETS / 2 - 1)
    );
    assert_eq!(many(2, &half), 2);
    let more = format!("{half}x");
    assert_eq!(many(2, &more), 1);
}

#[test]
fn what_was_signed_says_so_where_it_is() {
    let signed = "Subject: s\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n\
        --s\r\n\r\nSigned.\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n";
    let mail = checked(signed.as_bytes());
    assert_eq!(mail.protection, Some(Protection::PgpSigned));
    assert_eq!(mail.text.as_deref(), Some("Signed."));
    let mail = checked(around(signed).as_bytes());
    assert_eq!(mail.protection, None, "the signature is the inner mail's");
    assert_eq!(
        nested(&mail).unwrap().protection,
        Some(Protection::PgpSigned)
    );
}

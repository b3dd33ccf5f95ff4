//! Tests of what a reader is shown of whole mails. Well-formed mails are compared with the parsing
//! library as a second opinion; malformed ones must not lose anything.

use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::body::tests::{PDF, PLAIN, checked, mixed, nested, octets, read};
use crate::header::without_bcc;
use crate::transfer::TransferEncoding::{self, Base64, Identity, QuotedPrintable};

/// (type, name, size) of each part.
fn listed(mail: &ParsedMail) -> Vec<(&str, Option<&str>, u64)> {
    mail.parts
        .iter()
        .map(|part| (part.media_type.as_str(), part.name.as_deref(), part.size))
        .collect()
}

const MIXED: &str = concat!(
    "From: Front Desk <clinic@example.org>\r\n",
    "To: post@example.com, \"Ward, West\" <ward@example.com>\r\n",
    "Bcc: silent@example.com,\r\n another@example.com\r\n",
    "Cc: =?utf-8?q?Caf=C3=A9?= <cafe@example.com>\r\n",
    "Subject: Re: [secure] =?utf-8?q?r=C3=A9sultats?=\r\n",
    "Date: Mon, 2 Nov 2026 09:05:00 +0100\r\n",
    "Message-ID: <one@example.org>\r\n",
    "In-Reply-To: <zero@example.com>\r\n",
    "MIME-Version: 1.0\r\n",
    "Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n",
    "This is a multi-part message in MIME format.\r\n",
    "--outer\r\n",
    "Content-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n",
    "--inner\r\n",
    "Content-Type: text/plain; charset=utf-8\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
    "Les r=C3=A9sultats sont =\r\nbons.\r\n",
    "--inner\r\n",
    "Content-Type: text/html; charset=iso-8859-1\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\n",
    "PHA+TGVzIHLpc3VsdGF0cyBz\r\nb250IGJvbnMuPC9wPg==\r\n",
    "--inner--\r\n",
    "--outer\r\n",
    "Content-Type: application/pdf; name=\"old.pdf\"\r\n",
    "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sultats.pdf\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\n",
    "JVBERi0xLjcK\r\n",
    "--outer\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "Subject: inner\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ninside\r\n--x--\r\n",
    "--outer\r\n",
    "Content-Type: text/calendar; method=REQUEST\r\n\r\n",
    "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "--outer--\r\n",
);

#[test]
fn a_whole_mail_is_shown_and_its_bcc_is_not() {
    let mail = read(MIXED);
    let headers = &mail.headers;
    assert_eq!(mail.tag, Tag::Exact);
    assert_eq!(headers.subject, "Re: résultats");
    assert_eq!(headers.from[0].name.as_deref(), Some("Front Desk"));
    assert_eq!(
        headers.from[0].address.as_deref(),
        Some("clinic@example.org")
    );
    assert_eq!(headers.to[1].name.as_deref(), Some("Ward, West"));
    assert_eq!(headers.cc[0].name.as_deref(), Some("Café"));
    assert_eq!(headers.date.as_deref(), Some("2026-11-02T09:05:00+01:00"));
    assert_eq!(headers.message_id.as_deref(), Some("<one@example.org>"));
    assert_eq!(headers.references, ["<zero@example.com>"]);
    assert_eq!(mail.text.as_deref(), Some("Les résultats sont bons."));
    assert_eq!(
        mail.html.as_deref(),
        Some("<p>Les résultats sont bons.</p>")
    );
    assert_eq!(
        listed(&mail),
        [
            ("application/pdf", Some("résultats.pdf"), 9),
            ("message/rfc822", None, 81),
            ("text/calendar", None, 30),
        ]
    );
    let sealed: Vec<u8> = without_bcc(MIXED.as_bytes())
        .unwrap()
        .flatten()
        .copied()
        .collect();
    assert_eq!(octets(&sealed, &mail.parts[0]), b"%PDF-1.7\n");
    assert!(octets(&sealed, &mail.parts[1]).starts_with(b"Subject: inner\r\n"));
    assert!(
        !String::from_utf8(sealed.clone())
            .unwrap()
            .contains("silent")
    );
    assert!(
        parse(&sealed, &TagRule::default()).unwrap() == mail,
        "Bcc changes positions"
    );
}

#[test]
fn signatures_reports_and_winmail_are_only_listed() {
    for kind in [
        "application/pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-encrypted",
        "application/pkcs7-mime",
        "application/ms-tnef",
        "message/delivery-status",
        "message/partial",
        "text/rfc822-headers",
        "text/enriched",
        "image/svg+xml",
    ] {
        let mail = read(&mixed(&[
            PLAIN,
            &format!("Content-Type: {kind}\r\n\r\nopaque"),
        ]));
        assert_eq!(mail.text.as_deref(), Some("plain"));
        assert_eq!(listed(&mail), [(kind, None, 6)]);
    }
    let alone = read("Content-Type: application/pkcs7-mime\r\n\r\nopaque");
    assert_eq!(
        (alone.text.as_deref(), listed(&alone)),
        (None, vec![("application/pkcs7-mime", None, 6)])
    );
}

#[test]
fn an_encoding_that_is_neither_base64_nor_quoted_printable_is_identity() {
    for (named, encoding) in [
        ("base64", Base64),
        ("Quoted-Printable", QuotedPrintable),
        ("7bit", Identity),
        ("8bit", Identity),
        ("binary", Identity),
        ("x-uuencode", Identity),
        ("gzip", Identity),
    ] {
        let part = format!("Content-Type: a/b\r\nContent-Transfer-Encoding: {named}\r\n\r\nYWJj");
        assert_eq!(
            read(&mixed(&[&part])).parts[0].encoding,
            encoding,
            "{named}"
        );
    }
    let lie = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nThis, dear all, is no base64.";
    assert_eq!(read(&mixed(&[lie])).parts[0].encoding, Identity);
}

fn image(id: &str, kind: &str, octets: usize) -> String {
    let data = STANDARD.encode(vec![7; octets]);
    format!(
        "Content-Type: {kind}\r\nContent-ID: <{id}>\r\nContent-Transfer-Encoding: base64\r\n\r\n{data}"
    )
}

fn page(html: &str, images: &[String]) -> ParsedMail {
    let html = format!("Content-Type: text/html\r\n\r\n{html}");
    let parts: Vec<&str> = std::iter::once(html.as_str())
        .chain(images.iter().map(String::as_str))
        .collect();
    read(&mixed(&parts).replace("mixed;", "related;"))
}

#[test]
fn images_that_the_html_refers_to_are_inline_and_small_ones_are_carried() {
    for (html, kind, octets, inline, carried) in [
        ("<img src=\"cid:a@x\">", "image/png", 10, true, true),
        ("<img src='CID:a%40x'>", "image/jpeg", 10, true, true),
        ("<img src=cid:a@x>", "image/jpg", 10, true, true),
        (
            "<td style=\"background: url(cid:a@x)\">",
            "image/gif",
            10,
            true,
            true,
        ),
        ("<img src=\"cid:a@x\">", "image/webp", 10, true, true),
        (
            "<img src=\"cid:a@x\">",
            "image/png",
            MAX_INLINE_IMAGE,
            true,
            true,
        ),
        (
            "<img src=\"cid:a@x\">",
            "image/png",
            MAX_INLINE_IMAGE + 1,
            true,
            false,
        ),
        ("<img src=\"cid:a@x\">", "image/svg+xml", 10, true, false),
        ("<img src=\"cid:a@x\">", "text/html", 10, true, false),
        ("<img src=\"cid:b@x\">", "image/png", 10, false, false),
        ("<img src=\"cid:a@xy\">", "image/png", 10, false, false),
        ("<p>no image</p>", "image/png", 10, false, false),
    ] {
        let mail = page(html, &[image("a@x", kind, octets)]);
        let part = &mail.parts[0];
        assert_eq!(
            (part.inline, part.data.is_some()),
            (inline, carried),
            "{html} {kind} {octets}"
        );
    }
}

#[test]
fn carried_images_end_at_512_kib_together() {
    let images: Vec<String> = (0..9)
        .map(|n| image(&format!("{n}@x"), "image/png", 64 * 1024))
        .collect();
    let html: String = (0..9).map(|n| format!("<img src=\"cid:{n}@x\">")).collect();
    let mail = page(&html, &images);
    let carried: Vec<bool> = mail.parts.iter().map(|part| part.data.is_some()).collect();
    assert_eq!(
        carried,
        [true, true, true, true, true, true, true, true, false]
    );
    assert!(mail.parts.iter().all(|part| part.inline));
}

#[test]
fn malformed_mime_loses_nothing() {
    for content in [
        "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nkeep\r\n--b--",
        "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nkeep",
        "Content-Type: multipart/mixed; boundary=other\r\n\r\n--b\r\n\r\nkeep\r\n--b--",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nkeep",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nkeep",
        "Content-Type: \0\r\n\r\nkeep",
        "Content-Transfer-Encoding: klingon\r\n\r\nkeep",
        "Content-Transfer-Encoding: base64\r\n\r\nkeep, this is no base64!",
        "Content-Type: text/plain; charset=utf-7\r\n\r\nkeep",
    ] {
        let mail = read(content);
        assert!(
            mail.text
                .as_deref()
                .is_some_and(|text| text.contains("keep")),
            "{content}"
        );
    }
}

#[test]
fn several_subjects_are_all_shown() {
    let mail = read("Subject: [secure] one\r\nSubject: two\r\nSubject: two\r\n\r\n");
    assert_eq!(
        (mail.tag, mail.headers.subject.as_str()),
        (Tag::Conflicting, "one / two")
    );
}

#[test]
fn limits_are_refused_with_their_reason() {
    let rule = TagRule::default();
    let long = "A: 1\r\n".repeat(1_001) + "\r\n";
    assert_eq!(
        parse(long.as_bytes(), &rule),
        Err(ParseError::Header(HeaderError::TooManyFields))
    );
    let wide = mixed(&vec![PLAIN; 1_001]);
    assert_eq!(parse(wide.as_bytes(), &rule), Err(ParseError::TooManyParts));
    assert_eq!(read(&mixed(&vec![PDF; 1_000])).parts.len(), 1_000);
}

#[test]
fn debug_shows_no_content() {
    let mail = read(MIXED);
    let shown = format!("{mail:?} {:?} {:?}", mail.headers, mail.parts);
    for personal in ["sultats", "example", "Desk", "bons"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}

/// What the library makes of the same mail: (type, decoded octets) of each attachment.
fn second_opinion(content: &[u8]) -> Vec<(String, Vec<u8>)> {
    let message = MessageParser::default().parse(content).unwrap();
    let kind = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
    };
    message
        .attachments()
        .map(|part| (kind(part), part.contents().to_vec()))
        .collect()
}

#[derive(Clone, Debug)]
struct Leaf {
    octets: Vec<u8>,
    encoding: TransferEncoding,
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let encodings = proptest::sample::select(vec![Base64, QuotedPrintable, Identity]);
    (proptest::collection::vec(any::<u8>(), 0..200), encodings).prop_map(|(octets, encoding)| {
        Leaf {
            // Octets that stand in a mail as they are must be lines, and no delimiter.
            octets: if encoding == Identity {
                octets.iter().map(|o| b'a' + o % 26).collect()
            } else {
                octets
            },
            encoding,
        }
    })
}

/// The mail with its attachments, each attachment's type numbered.
fn written(leaves: &[Leaf]) -> String {
    let parts = leaves.iter().enumerate().map(|(number, leaf)| {
        let (name, body) = match leaf.encoding {
            Base64 => ("base64", STANDARD.encode(&leaf.octets)),
            QuotedPrintable => {
                let escaped = leaf.octets.iter().map(|octet| format!("={octet:02X}"));
                let lines: Vec<String> = escaped
                    .collect::<Vec<_>>()
                    .chunks(20)
                    .map(<[_]>::concat)
                    .collect();
                ("quoted-printable", lines.join("=\r\n"))
            }
            Identity => ("8bit", String::from_utf8(leaf.octets.clone()).unwrap()),
        };
        format!("Content-Type: x/n{number}\r\nContent-Transfer-Encoding: {name}\r\n\r\n{body}")
    });
    let parts: Vec<String> = parts.collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (outer, inner) = parts.split_at(parts.len() / 2);
    let inner = nested(inner, "multipart/mixed");
    let mut all = vec![PLAIN];
    all.extend(outer);
    if !parts.is_empty() {
        all.push(&inner);
    }
    format!("Bcc: silent@example.com\r\n{}", mixed(&all))
}

proptest! {
    #[test]
    fn every_attachment_comes_back_and_the_library_agrees(leaves in proptest::collection::vec(leaf(), 0..8)) {
        let content = written(&leaves);
        let mail = checked(content.as_bytes());
        let sealed: Vec<u8> = without_bcc(content.as_bytes()).unwrap().flatten().copied().collect();
        let ours: Vec<(String, Vec<u8>)> =
            mail.parts.iter().map(|part| (part.media_type.clone(), octets(&sealed, part))).collect();
        let sent: Vec<(String, Vec<u8>)> =
            leaves.iter().enumerate().map(|(n, leaf)| (format!("x/n{n}"), leaf.octets.clone())).collect();
        prop_assert_eq!(&ours, &sent);
        prop_assert_eq!(&ours, &second_opinion(content.as_bytes()));
        prop_assert_eq!(mail.text.as_deref(), Some("plain"));
    }

    #[test]
    fn any_octets_can_be_read(content: Vec<u8>) {
        checked(&content);
    }

    #[test]
    fn any_near_mail_can_be_read(lines in proptest::collection::vec(proptest::sample::select(vec![
        "Subject: [secure] =?utf-8?q?=C3?= =?utf-8?b?qQ==?=", "Bcc: x@example.com", " y@example.com",
        "From: a@example.org (c <\"", "To: g: a@x, b@y;", "Date: 32 Foo", "Message-ID: <a@b", "",
        "Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/alternative; boundary=\"c\"",
        "Content-Type: multipart/related; boundary=d; start=\"<i@x>\"", "Content-ID: <i@x>",
        "Content-Type: text/html; charset=\"utf-16\"", "Content-Type: image/png; name*0*=u'", "--b", "--c",
        "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable", "--d", "--b--",
        "Content-Disposition: attachment; filename*=utf-8''%C3", "<img src=cid:i@x><p>&eacute;", "--c--",
        "YWJj", "=C3=A9=", "r\u{e9}sultats", "\0", "Content-Type: message/rfc822",
    ]), 0..40)) {
        checked(lines.join("\r\n").as_bytes());
    }
}

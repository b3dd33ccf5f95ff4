//! Tests of the choice of the body, and the small mails that other tests are built of too.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::header::without_bcc;
use crate::mime::{ParsedMail, parse};
use crate::tag::TagRule;
use crate::view::Part;

pub(crate) fn read(content: &str) -> ParsedMail {
    checked(content.as_bytes())
}

/// Parses, and checks that every part can be found again in what is sealed.
pub(crate) fn checked(content: &[u8]) -> ParsedMail {
    let mail = parse(content, &TagRule::default()).unwrap();
    let sealed: Vec<u8> = without_bcc(content).unwrap().flatten().copied().collect();
    assert_eq!(mail.content_size, sealed.len() as u64);
    for part in &mail.parts {
        let octets = octets(&sealed, part);
        assert_eq!(octets.len() as u64, part.size, "{part:?}");
        if let Some(data) = &part.data {
            assert_eq!(STANDARD.decode(data).unwrap(), octets);
        }
    }
    mail
}

pub(crate) fn octets(sealed: &[u8], part: &Part) -> Vec<u8> {
    let end = part.offset + part.length;
    part.encoding
        .decode(&sealed[part.offset as usize..end as usize])
        .into_owned()
}

/// A part of `multipart/mixed; boundary=b`.
pub(crate) fn mixed(parts: &[&str]) -> String {
    let mut content = String::from("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for part in parts {
        let _ = write!(content, "--b\r\n{part}\r\n");
    }
    content + "--b--\r\n"
}

pub(crate) const PLAIN: &str = "Content-Type: text/plain\r\n\r\nplain";
pub(crate) const HTML: &str = "Content-Type: text/html\r\n\r\n<p>rich &amp; free</p>";
pub(crate) const PDF: &str = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF";

pub(crate) fn alternative(parts: &[&str]) -> String {
    mixed(parts).replace("mixed; boundary=b", "alternative; boundary=b")
}

pub(crate) fn nested(parts: &[&str], kind: &str) -> String {
    mixed(parts)
        .replace(
            "multipart/mixed; boundary=b",
            &format!("{kind}; boundary=n"),
        )
        .replace("--b", "--n")
}

#[test]
fn the_body_is_found_in_every_usual_structure() {
    for (content, text, html, parts) in [
        (PLAIN.to_owned(), Some("plain"), None, 0),
        (
            HTML.to_owned(),
            Some("rich & free"),
            Some("<p>rich &amp; free</p>"),
            0,
        ),
        (mixed(&[PLAIN]), Some("plain"), None, 0),
        (mixed(&[PLAIN, PDF]), Some("plain"), None, 1),
        (mixed(&[PDF, PLAIN]), Some("plain"), None, 1),
        (mixed(&[PLAIN, PDF, PLAIN]), Some("plain\nplain"), None, 1),
        (
            alternative(&[PLAIN, HTML]),
            Some("plain"),
            Some("<p>rich &amp; free</p>"),
            0,
        ),
        (
            alternative(&[HTML, PLAIN]),
            Some("plain"),
            Some("<p>rich &amp; free</p>"),
            0,
        ),
        (
            alternative(&[HTML]),
            Some("rich & free"),
            Some("<p>rich &amp; free</p>"),
            0,
        ),
        (alternative(&[PLAIN]), Some("plain"), None, 0),
        (alternative(&[PLAIN, PDF]), Some("plain"), None, 1),
        (
            alternative(&[PLAIN, &nested(&[HTML, PDF], "multipart/related")]),
            Some("plain"),
            Some("<p>rich &amp; free</p>"),
            1,
        ),
        (
            alternative(&[PLAIN, &nested(&[HTML, PDF, HTML], "multipart/mixed")]),
            Some("plain"),
            Some("<p>rich &amp; free</p><p>rich &amp; free</p>"),
            1,
        ),
        (
            mixed(&[&nested(&[PLAIN, HTML], "multipart/alternative"), PDF]),
            Some("plain"),
            Some("<p>rich &amp; free</p>"),
            1,
        ),
        (
            mixed(&[HTML, PLAIN]),
            Some("rich & free\nplain"),
            Some("<p>rich &amp; free</p><div style=\"white-space: pre-wrap\">plain</div>"),
            0,
        ),
        (
            mixed(&[&nested(&[PLAIN, HTML], "multipart/alternative"), PLAIN]),
            Some("plain\nplain"),
            Some("<p>rich &amp; free</p><div style=\"white-space: pre-wrap\">plain</div>"),
            0,
        ),
        (mixed(&[PDF]), None, None, 1),
        (PDF.to_owned(), None, None, 1),
        // Only one of two plain alternatives is shown; the other is kept as a part.
        (alternative(&[PLAIN, "\r\nlast"]), Some("last"), None, 1),
        // A named text is a file, unless it can only be the body.
        (
            mixed(&[
                PLAIN,
                "Content-Type: text/plain; name=notes.txt\r\n\r\nnotes",
            ]),
            Some("plain"),
            None,
            1,
        ),
        (
            "Content-Type: text/plain; name=body.txt\r\n\r\nbody".to_owned(),
            Some("body"),
            None,
            0,
        ),
        (
            "Content-Disposition: attachment\r\nContent-Type: text/plain\r\n\r\nfile".to_owned(),
            None,
            None,
            1,
        ),
        (String::new(), Some(""), None, 0),
        ("Subject: only a header\r\n".to_owned(), Some(""), None, 0),
        ("\r\nno header".to_owned(), Some("no header"), None, 0),
        (
            "Subject: x\r\nno separator".to_owned(),
            Some("no separator"),
            None,
            0,
        ),
        (
            "no header, no line\r\nat all".to_owned(),
            Some("no header, no line\nat all"),
            None,
            0,
        ),
    ] {
        let mail = read(&content);
        assert_eq!(mail.text.as_deref(), text, "{content}");
        assert_eq!(mail.html.as_deref(), html, "{content}");
        assert_eq!(mail.parts.len(), parts, "{content}");
    }
}

#[test]
fn the_root_of_a_related_is_its_start() {
    let html = |id: &str, text: &str| {
        format!("Content-Type: text/html\r\nContent-ID: <{id}>\r\n\r\n{text}")
    };
    let related = |start: &str| {
        mixed(&[&html("a@x", "first"), &html("b@x", "second")]).replace(
            "mixed; boundary",
            &format!("related; start=\"{start}\"; boundary"),
        )
    };
    for (start, shown) in [
        ("<b@x>", "second"),
        ("<a@x>", "first"),
        ("<c@x>", "first"),
        ("", "first"),
    ] {
        assert_eq!(
            read(&related(start)).html.as_deref(),
            Some(shown),
            "{start}"
        );
    }
}

#[test]
fn text_is_read_in_its_character_set_or_the_likeliest() {
    for (charset, body, text) in [
        ("; charset=utf-8", &b"\xC3\xA9"[..], "é"),
        ("; charset=iso-8859-1", b"\xE9", "é"),
        ("; charset=\"windows-1252\"", b"\x80", "€"),
        ("; charset=koi8-r", b"\xC9", "и"),
        ("", b"\xC3\xA9", "é"),
        ("", b"\xE9", "é"),
        ("; charset=klingon", b"\xE9", "é"),
        ("; charset=utf-8", b"ok \xE9", "ok \u{fffd}"),
        ("; charset=us-ascii", "日本".as_bytes(), "日本"),
    ] {
        let mut content = format!("Content-Type: text/plain{charset}\r\n\r\n").into_bytes();
        content.extend_from_slice(body);
        let mail = checked(&content);
        assert_eq!(mail.text.as_deref(), Some(text), "{charset}");
    }
}

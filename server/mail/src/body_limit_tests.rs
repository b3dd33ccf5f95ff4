//! Tests of bodies that are longer than the view carries, at the limit and one octet beyond it, and
//! of nests that would be looked at twice per level.

use std::fmt::Write;

use super::tests::{PLAIN, alternative, checked, mixed, octets, read};
use super::*;
use crate::mime::{MAX_DEPTH, ParsedMail};

const NOTE_PLAIN: &str = "[The rest of this message is in the attachment of type text/plain.]";
const NOTE_HTML: &str = "[The rest of this message is in the attachment of type text/html.]";

fn plain(octets: usize) -> String {
    format!("Content-Type: text/plain\r\n\r\n{}", "x".repeat(octets))
}

fn html(octets: usize) -> String {
    let text = "x".repeat(octets - "<p></p>".len());
    format!("Content-Type: text/html\r\n\r\n<p>{text}</p>")
}

/// (type, size) of each part.
fn listed(mail: &ParsedMail) -> Vec<(&str, usize)> {
    mail.parts
        .iter()
        .map(|part| (part.media_type.as_str(), part.size as usize))
        .collect()
}

fn text(mail: &ParsedMail) -> &str {
    mail.text.as_deref().unwrap()
}

/// Relateds in one another, each the root of the one around it, with `inner` as their leaf.
fn nested_relateds(depth: usize, inner: &str) -> String {
    let mut content = String::new();
    for level in 0..depth {
        let _ = write!(
            content,
            "Content-Type: multipart/related; boundary=b{level}; start=\"<i@x>\"\r\n\
             Content-ID: <i@x>\r\n\r\n--b{level}\r\n"
        );
    }
    content + "Content-ID: <i@x>\r\n" + inner
}

#[test]
fn a_hundred_relateds_in_one_another_are_looked_at_once_each() {
    // With two looks per level this would be 2¹⁰⁰, and the test would not end.
    let image = "Content-Type: image/png\r\n\r\npng";
    let mail = read(&nested_relateds(MAX_DEPTH, image));
    assert_eq!(
        (mail.text.as_deref(), listed(&mail)),
        (None, vec![("image/png", 3)])
    );
    assert_eq!(text(&read(&nested_relateds(MAX_DEPTH, PLAIN))), "plain");
}

#[test]
fn a_root_that_cannot_be_shown_gives_way_to_its_siblings() {
    let image = "Content-Type: image/png\r\nContent-ID: <i@x>\r\n\r\npng";
    let related = "related; start=\"<i@x>\"; boundary";
    let mail = read(&mixed(&[image, PLAIN]).replace("mixed; boundary", related));
    assert_eq!(
        (text(&mail), listed(&mail)),
        ("plain", vec![("image/png", 3)])
    );
}

#[test]
fn text_is_whole_up_to_its_limit_and_cut_beyond_it() {
    let whole = read(&plain(MAX_TEXT));
    assert_eq!((text(&whole).len(), listed(&whole)), (MAX_TEXT, vec![]));
    for octets in [MAX_TEXT + 1, MAX_LEAF_READ, MAX_LEAF_READ + 1] {
        let cut = read(&plain(octets));
        assert_eq!(listed(&cut), [("text/plain", octets)]);
        assert_eq!(cut.parts[0].name, None);
        assert_eq!(text(&cut).len(), MAX_TEXT);
        assert_eq!(text(&cut).lines().next_back(), Some(NOTE_PLAIN));
    }
}

#[test]
fn html_is_whole_up_to_its_limit_and_a_part_beyond_it() {
    let whole = read(&html(MAX_HTML));
    assert_eq!(whole.html.as_deref().map(str::len), Some(MAX_HTML));
    for octets in [MAX_HTML + 1, MAX_LEAF_READ + 1] {
        let mail = read(&html(octets));
        assert_eq!(mail.html, None);
        assert_eq!(listed(&mail), [("text/html", octets)]);
        assert_eq!(text(&mail).len(), MAX_TEXT);
        assert!(text(&mail).ends_with(NOTE_HTML));
    }
}

#[test]
fn html_that_is_too_long_leaves_its_plain_alternative_whole() {
    let mail = read(&alternative(&[PLAIN, &html(MAX_HTML + 1)]));
    assert_eq!((text(&mail), mail.html.as_deref()), ("plain", None));
    assert_eq!(listed(&mail), [("text/html", MAX_HTML + 1)]);
}

#[test]
fn text_that_is_too_long_leaves_its_html_alternative_whole() {
    let mail = read(&alternative(&[&plain(MAX_TEXT + 1), &html(10)]));
    assert_eq!(mail.html.as_deref(), Some("<p>xxx</p>"));
    assert_eq!(listed(&mail), [("text/plain", MAX_TEXT + 1)]);
}

#[test]
fn markup_that_is_too_long_for_html_may_still_be_whole_as_text() {
    let markup = "<br>".repeat(MAX_HTML / 4);
    let mail = read(&format!("Content-Type: text/html\r\n\r\nall{markup}"));
    assert_eq!((text(&mail), mail.html.as_deref()), ("all", None));
    assert_eq!(listed(&mail), [("text/html", MAX_HTML + 3)]);
}

#[test]
fn html_that_was_not_read_to_its_end_is_never_text_without_a_note() {
    let markup = "<br>".repeat(MAX_LEAF_READ / 4);
    let mail = read(&format!(
        "Content-Type: text/html\r\n\r\nbefore{markup}after"
    ));
    assert!(text(&mail).starts_with("before") && text(&mail).ends_with(NOTE_HTML));
}

#[test]
fn every_body_behind_the_limit_is_a_part() {
    let half = plain(MAX_TEXT / 2);
    let mail = read(&mixed(&[PLAIN, &half, &half, PLAIN]));
    assert_eq!(
        listed(&mail),
        [("text/plain", MAX_TEXT / 2), ("text/plain", 5)]
    );
    assert_eq!(text(&mail).len(), MAX_TEXT);
}

#[test]
fn bodies_in_sequence_are_html_only_if_all_of_them_fit() {
    let half = html(MAX_HTML / 2 + 1);
    let mail = read(&mixed(&[PLAIN, &half, &half]));
    assert_eq!(mail.html, None);
    // The plain one is whole in the text, and so is not listed.
    assert!(text(&mail).starts_with("plain\nx"));
    assert_eq!(listed(&mail), [("text/html", MAX_HTML / 2 + 1); 2]);
}

#[test]
fn a_body_whose_end_gives_way_to_the_note_is_a_part() {
    let mail = read(&mixed(&[&plain(MAX_TEXT - 50), PLAIN, &plain(100)]));
    assert!(!text(&mail).contains("plain\n"));
    assert_eq!(
        listed(&mail),
        [
            ("text/plain", MAX_TEXT - 50),
            ("text/plain", 5),
            ("text/plain", 100)
        ]
    );
}

#[test]
fn a_cut_never_splits_a_character() {
    for (charset, encoded) in [
        ("utf-8", "é".repeat(MAX_LEAF_READ)),
        ("us-ascii", "é".repeat(MAX_LEAF_READ)),
    ] {
        let content = format!("Content-Type: text/plain; charset={charset}\r\n\r\nx{encoded}");
        let mail = read(&content);
        let shown = text(&mail).strip_suffix(NOTE_PLAIN).unwrap().trim_end();
        assert!(
            shown.strip_prefix('x').unwrap().chars().all(|c| c == 'é'),
            "{charset}"
        );
    }
}

#[test]
fn what_is_cut_can_be_saved_whole() {
    let line = "r=C3=A9sultats\r\n".repeat(MAX_TEXT / 8);
    let content = format!("Content-Transfer-Encoding: quoted-printable\r\n\r\n{line}");
    let mail = read(&content);
    let saved = octets(content.as_bytes(), &mail.parts[0]);
    assert_eq!(saved, "résultats\r\n".repeat(MAX_TEXT / 8).as_bytes());
    assert!(text(&mail).starts_with("résultats\nrésultats\n"));
}

#[test]
fn a_broken_multipart_that_is_cut_is_listed_as_text() {
    let body = "x".repeat(MAX_TEXT + 1);
    let mail = read(&format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}"
    ));
    assert_eq!(listed(&mail), [("text/plain", MAX_TEXT + 1)]);
}

#[test]
fn control_characters_are_shown_as_replaced() {
    let mail = read("Content-Type: text/plain\r\n\r\na\u{1}b\u{c}c\r\nd\te");
    assert_eq!(text(&mail), "a\u{fffd}b\nc\nd\te");
    let mail = read("Content-Type: text/html\r\n\r\n<p>a\u{1}b\r\n&#1;&#27;c\td</p>");
    assert_eq!(
        mail.html.as_deref(),
        Some("<p>a\u{fffd}b\n&#1;&#27;c\td</p>")
    );
    assert!(
        !text(&mail).contains(|c: char| c.is_control()),
        "{:?}",
        text(&mail)
    );
}

#[test]
fn an_apostrophe_of_windows_under_another_label_is_no_control_character() {
    for charset in ["iso-8859-1", "windows-1252", "us-ascii"] {
        let mut content =
            format!("Content-Type: text/plain; charset={charset}\r\n\r\n").into_bytes();
        content.extend_from_slice(b"it\x92s");
        assert_eq!(text(&checked(&content)), "it’s", "{charset}");
    }
}

//! Everything this package takes from the `mail-parser` crate: character sets, address lists,
//! dates, HTML entities. This is the one file that names it (a test keeps it so), so that another
//! library can take its place.
//!
//! Its message parser is not used. It keeps a tree of nested messages that is freed by recursion,
//! finds boundaries in the middle of lines, and scans the rest of the mail again for each part
//! without an end: hostile nesting could overflow the stack or cost quadratic time. `tree` does
//! that work under the limits of promise S2.

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::add_html_token;
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};

use crate::view::Mailbox;

/// More encoded words than this in one address field are shown undecoded. The library looks for
/// the end of each unfinished one again, which costs quadratic time.
const MAX_ENCODED_WORDS: usize = 1_000;

/// Text of a named character set; `None` if the name is not known. What cannot be decoded becomes
/// U+FFFD.
pub(crate) fn charset(label: &str, octets: &[u8]) -> Option<String> {
    let label = label.trim().to_ascii_lowercase();
    match label.as_str() {
        "utf-8" | "utf8" | "unicode-1-1-utf-8" => {
            Some(String::from_utf8_lossy(octets).into_owned())
        }
        // With octets above 127 the label is wrong, and so tells nothing.
        "us-ascii" | "ascii" => Some(guessed_charset(octets)),
        _ => charset_decoder(label.as_bytes()).map(|decoder| decoder(octets)),
    }
}

/// Text of no known character set: UTF-8 if it is that, else what European programs mean.
pub(crate) fn guessed_charset(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => charset("windows-1252", octets)
            .unwrap_or_else(|| String::from_utf8_lossy(octets).into_owned()),
    }
}

/// The mailboxes of an address field, groups dissolved. Lenient: what is no address has a name
/// only, and nothing is lost.
pub(crate) fn mailboxes(raw_value: &[u8]) -> Vec<Mailbox> {
    if raw_value.windows(2).filter(|pair| pair == b"=?").count() > MAX_ENCODED_WORDS {
        return vec![Mailbox {
            name: Some(printable(&guessed_charset(raw_value))),
            address: None,
        }];
    }
    // The library takes octets above 127 for UTF-8, come what may.
    let value = with_line_end(guessed_charset(raw_value).as_bytes());
    let addresses = match MessageStream::new(&value).parse_address() {
        HeaderValue::Address(Address::List(list)) => list,
        HeaderValue::Address(Address::Group(groups)) => groups
            .into_iter()
            .flat_map(|group| group.addresses)
            .collect(),
        _ => Vec::new(),
    };
    addresses
        .into_iter()
        .map(|each| Mailbox {
            name: each
                .name
                .map(|name| printable(&name))
                .filter(|name| !name.is_empty()),
            address: each
                .address
                .map(|text| printable(&text))
                .filter(|text| !text.is_empty()),
        })
        .filter(|mailbox| mailbox.name.is_some() || mailbox.address.is_some())
        .collect()
}

/// A date field as RFC 3339 with its own offset; `None` if it names no instant.
///
/// The RFC's own syntax goes first, because the library misreads some of it; then its leniency.
pub(crate) fn date(raw_value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw_value).replace(['\r', '\n'], " ");
    let by_the_rfc = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(date) = by_the_rfc.parse_zoned(text.trim()) {
        return Some(date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
    }
    let value = with_line_end(raw_value);
    let HeaderValue::DateTime(date) = MessageStream::new(&value).parse_date() else {
        return None;
    };
    let text = date.to_rfc3339();
    text.parse::<jiff::Timestamp>().ok().map(|_| text)
}

/// Appends the character that an entity such as `&eacute;` or `&#233;` names, or the entity itself
/// if it names none.
pub(crate) fn push_entity(text: &mut String, entity: &str) {
    add_html_token(text, entity.as_bytes(), false);
}

/// One line without control characters, for display.
pub(crate) fn printable(text: &str) -> String {
    let visible = |c: char| {
        if c.is_whitespace() {
            Some(' ')
        } else {
            Some(c).filter(|c| !c.is_control())
        }
    };
    text.trim().chars().filter_map(visible).collect()
}

/// The library's field parsers only stop at a line that does not continue.
fn with_line_end(raw_value: &[u8]) -> Vec<u8> {
    let mut value = raw_value.trim_ascii_end().to_vec();
    value.push(b'\n');
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(value: &str) -> Vec<(Option<String>, Option<String>)> {
        mailboxes(value.as_bytes())
            .into_iter()
            .map(|m| (m.name, m.address))
            .collect()
    }

    #[test]
    fn address_fields_are_read_leniently() {
        let mailbox = |name: &str, address: &str| {
            let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            (some(name), some(address))
        };
        for (value, expected) in [
            (" a@example.org", vec![mailbox("", "a@example.org")]),
            (
                "Front Desk <a@example.org>",
                vec![mailbox("Front Desk", "a@example.org")],
            ),
            (
                "\"Desk, Front\" <a@example.org>",
                vec![mailbox("Desk, Front", "a@example.org")],
            ),
            (
                "=?utf-8?q?Caf=C3=A9?= <a@example.org>",
                vec![mailbox("Café", "a@example.org")],
            ),
            (
                "a@example.org,\r\n b@example.org\r\n",
                vec![mailbox("", "a@example.org"), mailbox("", "b@example.org")],
            ),
            (
                "All: a@example.org, b@example.org;",
                vec![mailbox("", "a@example.org"), mailbox("", "b@example.org")],
            ),
            ("undisclosed-recipients:;", vec![]),
            ("", vec![]),
            ("no address here", vec![mailbox("no address here", "")]),
        ] {
            assert_eq!(shown(value), expected, "{value:?}");
        }
        assert_eq!(
            mailboxes(b"Caf\xE9 <a@example.org>")[0].name.as_deref(),
            Some("Café")
        );
        let flood = "=?aa?q?x ".repeat(2_000);
        assert_eq!(shown(&flood)[0].0.as_deref(), Some(flood.trim()));
    }

    #[test]
    fn dates_keep_their_offset_and_nonsense_is_none() {
        for (value, expected) in [
            (
                " Mon, 2 Nov 2026 09:05:00 +0100 (CET)\r\n",
                Some("2026-11-02T09:05:00+01:00"),
            ),
            (
                "\r\n Mon, 2 Nov 2026\r\n\t09:05:00 -0330",
                Some("2026-11-02T09:05:00-03:30"),
            ),
            (
                "Fri, 2 Nov 2026 09:05 GMT",
                Some("2026-11-02T09:05:00+00:00"),
            ),
            ("2 Nov 26 09:05:00 -0000", Some("2026-11-02T09:05:00+00:00")),
            (
                "2 Nov 2026 9:05:00 +0100 (CET) and more",
                Some("2026-11-02T09:05:00+01:00"),
            ),
            ("Mon, 31 Feb 2026 09:05:00 +0000", None),
            ("Mon, 2 Nov 2026 25:05:00 +0000", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(date(value.as_bytes()).as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn only_this_file_names_the_library() {
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = vec![sources];
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend((std::fs::read_dir(path).unwrap()).map(|entry| entry.unwrap().path()));
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Tests may compare our results with the library's.
            if name != "decode.rs" && !name.ends_with("_tests.rs") {
                assert!(
                    !std::fs::read_to_string(&path)
                        .unwrap()
                        .contains("mail_parser"),
                    "{name}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_octets_in_any_charset_decode(octets: Vec<u8>, label in proptest::sample::select(vec![
            "utf-8", "us-ascii", "iso-8859-1", "iso-8859-6", "iso-8859-15", "windows-1252", "big5",
            "koi8-r", "shift_jis", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "utf-7",
            "utf-16", "utf-16le", "utf-16be", "windows-874", "ibm866", "replacement", "tis-620",
            "x-mac-cyrillic", "x-user-defined", "macintosh", "ibm850", "hz-gb-2312",
        ])) {
            prop_assert!(charset(label, &octets).is_some());
        }

        #[test]
        fn any_octets_as_addresses_or_date_never_panic(value: Vec<u8>) {
            mailboxes(&value);
            date(&value);
        }

        #[test]
        fn any_syntax_as_addresses_or_date_never_panics(value in "[a1@<>\"(),;:\\\\=?q \r\n.+-]{0,60}") {
            mailboxes(value.as_bytes());
            date(value.as_bytes());
        }
    }
}

//! Unstructured header values: unfolding and RFC 2047 encoded words.
//!
//! More lenient than the RFC, because recipients' programs are: encoded words may touch other
//! text, hold spaces and be long. But it says when a value cannot be trusted to read the same
//! elsewhere ([`Decoded::Damaged`]), because such a subject is sealed (promise T3).

use std::fmt;

use crate::decode;
use crate::transfer;

/// RFC 2047 §2 allows 75 characters for all of an encoded word.
const MAX_CHARSET: usize = 64;

/// A header value as text.
#[derive(Clone, PartialEq, Eq)]
pub enum Decoded {
    /// Every octet was understood.
    Sound(String),
    /// Something was not: a malformed encoded word, an unknown character set, octets that are no
    /// UTF-8, a control character. The text is the best that can be shown.
    Damaged(String),
}

impl Decoded {
    /// The text, whether sound or not.
    pub fn text(&self) -> &str {
        match self {
            Self::Sound(text) | Self::Damaged(text) => text,
        }
    }

    /// Whether something could not be understood.
    pub fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_damaged() {
            "Damaged(…)"
        } else {
            "Sound(…)"
        })
    }
}

/// Decodes a value that may be folded.
pub(crate) fn decode_unstructured(raw_value: &[u8]) -> Decoded {
    let value = unfold(raw_value);
    let mut text = Text::default();
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut ends = Ends {
        value: &value,
        next: Some(0),
    };
    let mut plain = 0; // where the octets begin that are not decoded yet
    let mut at = 0;
    while let Some(found) = find(&value[at..], b"=?") {
        at += found;
        match encoded_word(&value, at, &mut ends) {
            Attempt::Word(word, end) => {
                // White space between two encoded words is not shown (RFC 2047 §6.2).
                let gap = &value[plain..at];
                if words.is_empty() || !gap.iter().all(u8::is_ascii_whitespace) {
                    text.push_words(&mut words);
                    text.push_plain(gap);
                }
                words.push(word);
                at = end;
                plain = at;
            }
            Attempt::Broken => {
                text.damaged = true;
                at += 2;
            }
            Attempt::None => at += 2,
        }
    }
    text.push_words(&mut words);
    text.push_plain(&value[plain..]);
    text.finish()
}

/// One encoded word: its octets are not text yet, because a neighbour may hold the rest of a
/// character.
struct Word<'v> {
    charset: &'v str,
    octets: Vec<u8>,
    damaged: bool,
}

enum Attempt<'v> {
    /// And where it ends.
    Word(Word<'v>, usize),
    /// It looks like an encoded word and is none.
    Broken,
    /// It happens to begin with `=?`.
    None,
}

/// Finds each `?=` once. Looking for the end of every unfinished word anew would make a field of
/// them quadratic.
struct Ends<'v> {
    value: &'v [u8],
    /// The last one found, or 0 before the first search; `None` if there are no more.
    next: Option<usize>,
}

impl Ends<'_> {
    /// The first `?=` at or behind `from`, which never goes back.
    fn first_from(&mut self, from: usize) -> Option<usize> {
        if self.next? < from {
            self.next = find(&self.value[from..], b"?=").map(|found| from + found);
        }
        self.next
    }
}

fn encoded_word<'v>(value: &'v [u8], start: usize, ends: &mut Ends<'_>) -> Attempt<'v> {
    let rest = &value[start + 2..];
    let Some(end) = rest
        .iter()
        .take(MAX_CHARSET + 1)
        .position(|&octet| octet == b'?')
    else {
        return Attempt::None;
    };
    let token = |octet: u8| octet.is_ascii_graphic() && !b"=\"()<>@,;[]".contains(&octet);
    let label = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    if label.is_empty() || !label.bytes().all(token) {
        return Attempt::None;
    }
    let charset = label.split('*').next().unwrap_or_default(); // RFC 2231 §5 adds a language
    let encoding = match rest[end + 1..] {
        [encoding, b'?', ..] => encoding.to_ascii_lowercase(),
        _ if decode::charset(charset, b"").is_some() => return Attempt::Broken,
        _ => return Attempt::None,
    };
    let text = start + 2 + end + 3;
    let Some(end) = ends.first_from(text) else {
        return Attempt::Broken;
    };
    let (octets, damaged) = match encoding {
        b'q' => q_encoded(&value[text..end]),
        b'b' => b_encoded(&value[text..end]),
        _ => return Attempt::Broken,
    };
    Attempt::Word(
        Word {
            charset,
            octets,
            damaged,
        },
        end + 2,
    )
}

fn q_encoded(encoded: &[u8]) -> (Vec<u8>, bool) {
    let mut octets = Vec::with_capacity(encoded.len());
    let mut damaged = false;
    let mut at = 0;
    while at < encoded.len() {
        let hex = encoded.get(at + 1).zip(encoded.get(at + 2));
        match (
            encoded[at],
            hex.and_then(|(&high, &low)| transfer::hex_octet(high, low)),
        ) {
            (b'=', Some(octet)) => {
                octets.push(octet);
                at += 3;
                continue;
            }
            (b'=', None) => {
                damaged = true;
                octets.push(b'=');
            }
            (b'_', _) => octets.push(b' '),
            (octet, _) => octets.push(octet),
        }
        at += 1;
    }
    (octets, damaged)
}

fn b_encoded(encoded: &[u8]) -> (Vec<u8>, bool) {
    let symbols = encoded
        .iter()
        .filter(|&&octet| transfer::is_base64_symbol(octet))
        .count();
    let foreign = encoded.iter().any(|&octet| {
        !transfer::is_base64_symbol(octet) && octet != b'=' && !octet.is_ascii_whitespace()
    });
    (transfer::base64(encoded), foreign || symbols % 4 == 1)
}

#[derive(Default)]
struct Text {
    text: String,
    damaged: bool,
}

impl Text {
    fn push_plain(&mut self, octets: &[u8]) {
        self.damaged |= std::str::from_utf8(octets).is_err();
        self.text.push_str(&decode::guessed_charset(octets));
    }

    /// Adds neighbouring encoded words. Each is decoded by itself, as RFC 2047 §5 wants; only
    /// where that fails are all of one character set joined first, for the programs that cut
    /// between the octets of one character.
    fn push_words(&mut self, words: &mut Vec<Word<'_>>) {
        for run in words.chunk_by(|a, b| a.charset.eq_ignore_ascii_case(b.charset)) {
            let charset = run[0].charset;
            let decoded = run.iter().map(|word| in_charset(charset, &word.octets));
            let (texts, sound): (Vec<String>, Vec<bool>) = decoded.unzip();
            let (text, sound) = if sound.iter().all(|&sound| sound) {
                (texts.concat(), true)
            } else {
                let octets: Vec<u8> = run.iter().flat_map(|word| &word.octets).copied().collect();
                in_charset(charset, &octets)
            };
            self.damaged |= !sound || run.iter().any(|word| word.damaged);
            self.text.push_str(&text);
        }
        words.clear();
    }

    fn finish(self) -> Decoded {
        // A tab or line end that was encoded reads as a space; other controls vanish, and since
        // another program may show them as something else, the value is not sound.
        let space = |c: char| matches!(c, '\t' | '\r' | '\n');
        let damaged = self.damaged || self.text.chars().any(|c| c.is_control() && !space(c));
        let text = decode::printable(&self.text);
        if damaged {
            Decoded::Damaged(text)
        } else {
            Decoded::Sound(text)
        }
    }
}

/// The text, and whether two readers would agree on it. Character sets in which ASCII is not ASCII
/// have no place in a header (RFC 2781 §4, RFC 2152), and their readers differ about byte order.
fn in_charset(label: &str, octets: &[u8]) -> (String, bool) {
    let Some(text) = decode::charset(label, octets) else {
        return (decode::guessed_charset(octets), false);
    };
    let label = label.to_ascii_lowercase();
    let ambiguous = [
        "utf-7", "utf7", "utf-16", "utf16", "utf-32", "ucs", "unicode",
    ]
    .iter()
    .any(|part| label.contains(part))
        && label != "unicode-1-1-utf-8";
    let sound = !ambiguous && !text.contains(char::REPLACEMENT_CHARACTER);
    (text, sound)
}

fn unfold(raw_value: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(raw_value.len());
    for line in raw_value.split_inclusive(|&octet| octet == b'\n') {
        let line = line
            .strip_suffix(b"\n")
            .map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        value.extend_from_slice(line);
    }
    value
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(value: &[u8]) -> (String, bool) {
        let decoded = decode_unstructured(value);
        (decoded.text().to_owned(), decoded.is_damaged())
    }

    #[test]
    fn sound_values_are_decoded() {
        for (value, text) in [
            ("", ""),
            ("  plain \t", "plain"),
            (" one\r\n two\r\n\tthree\r\n", "one two three"),
            ("=?utf-8?q?r=C3=A9sultats?=", "résultats"),
            ("=?UTF-8?B?csOpc3VsdGF0cw==?=", "résultats"),
            ("=?UTF-8?B?csOpc3VsdGF0cw?=", "résultats"),
            ("=?iso-8859-1?Q?r=E9sultats_du_jour?=", "résultats du jour"),
            ("=?windows-1252?q?=80_5?=", "€ 5"),
            ("=?iso-8859-1*fr?q?=E9t=E9?=", "été"),
            ("=?iso-2022-jp?b?GyRCJCIbKEI=?=", "あ"),
            ("=?us-ascii?q?a?= =?us-ascii?q?b?=", "ab"),
            (
                "=?us-ascii?q?a?=\r\n =?us-ascii?q?b?=\r\n\t=?us-ascii?q?c?=",
                "abc",
            ),
            ("=?us-ascii?q?a?= x =?us-ascii?q?b?=", "a x b"),
            ("=?us-ascii?q?a?==?us-ascii?q?b?=", "ab"),
            ("x=?us-ascii?q?a?=y", "xay"),
            ("=?us-ascii?q?a b?=", "a b"),
            ("=?us-ascii?q?a=09b=0D=0A?=", "a b"),
            ("=?utf-8?b?w6k=?= =?utf-8?q?t=C3=A9?=", "été"),
            // One character cut in two.
            ("=?utf-8?q?r=C3?= =?utf-8?q?=A9sultats?=", "résultats"),
            ("=?utf-8?b?csM=?= =?UTF-8?b?qQ==?= =?utf-8?q?!?=", "ré!"),
            ("is 2 =? 3", "is 2 =? 3"),
            ("a=?b?c d", "a=?b?c d"),
            ("=??q?x?=", "=??q?x?="),
            ("résultats", "résultats"),
        ] {
            assert_eq!(
                decode(value.as_bytes()),
                (text.to_owned(), false),
                "{value:?}"
            );
        }
    }

    #[test]
    fn damaged_values_say_so_and_still_show_something() {
        for (value, text) in [
            (&b"=?utf-8?q?open"[..], "=?utf-8?q?open"),
            (b"=?utf-8?", "=?utf-8?"),
            (b"=?utf-8?x?data?=", "=?utf-8?x?data?="),
            (b"=?klingon?q?abc?=", "abc"),
            (b"=?utf-8?q?a=GGb?=", "a=GGb"),
            (b"=?utf-8?b?YWJj!?=", "abc"),
            (b"=?utf-8?b?YWJjY?=", "abc"),
            (b"=?utf-8?q?=FF?=", "\u{fffd}"),
            (b"=?utf-7?q?+AFs-secure+AF0-?=", "[secure]"),
            (b"=?utf-16?b?//5hAA==?=", "a"),
            (b"=?utf-16be?b?AGE=?=", "a"),
            (b"=?us-ascii?q?a=00b?=", "ab"),
            (b"a\x1bb", "ab"),
            (b"r\xE9sultats", "résultats"),
        ] {
            assert_eq!(decode(value), (text.to_owned(), true), "{value:?}");
        }
    }

    #[test]
    fn a_header_full_of_unfinished_words_is_no_load() {
        let value = "=?utf-8?q?x ".repeat(400_000);
        assert!(decode_unstructured(value.as_bytes()).is_damaged());
        let value = "=?utf-8?q?=C3?= ".repeat(400_000);
        assert!(decode_unstructured(value.as_bytes()).is_damaged());
    }

    proptest! {
        #[test]
        fn any_octets_decode_without_control_characters(value: Vec<u8>) {
            prop_assert!(!decode_unstructured(&value).text().contains(char::is_control));
        }

        #[test]
        fn any_syntax_decodes(value in "(=\\?|\\?=|utf-8|\\?q\\?|\\?b\\?|=C3|=A9|YQ=| |\r\n |x){0,30}") {
            prop_assert!(!decode_unstructured(value.as_bytes()).text().contains(char::is_control));
        }

        #[test]
        fn printable_ascii_without_encoded_words_is_itself(value in "[!->@-~]([ -~]{0,60}[!-~])?") {
            prop_assume!(!value.contains("=?"));
            prop_assert_eq!(decode(value.as_bytes()), (value, false));
        }
    }
}

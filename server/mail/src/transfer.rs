//! Content transfer encodings (RFC 2045 §6), read leniently and always the same way.
//!
//! A part's size in the view is what [`TransferEncoding::decode`] yields, and the browser decodes
//! by the same rules:
//! - base64: octets outside the alphabet are skipped; `=` ends a group, incomplete bits of it are
//!   dropped, and what follows begins a new one.
//! - quoted-printable: spaces and tabs at the end of a line is dropped; `=` before a line end joins
//!   two lines; `=` before anything but two hexadecimal digits is itself.
//! - identity: everything else, 7bit, 8bit, binary, uuencode and unknown words alike.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// How the octets of a part stand in the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferEncoding {
    /// As they are.
    Identity,
    /// RFC 2045 §6.8.
    Base64,
    /// RFC 2045 §6.7.
    QuotedPrintable,
}

impl TransferEncoding {
    /// The encoding that a field's value names.
    pub(crate) fn named(value: &str) -> Self {
        let ends = |c: char| c.is_whitespace() || c == ';' || c == '(';
        let word = value
            .trim()
            .split(ends)
            .next()
            .unwrap_or_default()
            .trim_matches('"');
        if word.eq_ignore_ascii_case("base64") {
            Self::Base64
        } else if word.eq_ignore_ascii_case("quoted-printable") {
            Self::QuotedPrintable
        } else {
            Self::Identity
        }
    }

    /// What this encoding is for these octets. A body that claims base64 and plainly is none, such
    /// as text that a gateway decoded without saying so, would decode to rubbish: it is identity.
    pub(crate) fn believed(self, encoded: &[u8]) -> Self {
        let is_foreign = |octet: u8| {
            !is_base64_symbol(octet) & (octet != b'=') & (octet != b'\r') & (octet != b'\n')
        };
        match self {
            Self::Base64 if count(encoded, is_foreign) > encoded.len() / 16 => Self::Identity,
            _ => self,
        }
    }

    /// The octets that `encoded` stands for.
    pub fn decode(self, encoded: &[u8]) -> Cow<'_, [u8]> {
        self.decode_up_to(encoded, usize::MAX)
    }

    /// The first octets that `encoded` stands for, without holding the others.
    pub(crate) fn decode_up_to(self, encoded: &[u8], limit: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Identity => Cow::Borrowed(&encoded[..encoded.len().min(limit)]),
            Self::Base64 => Cow::Owned(base64_up_to(encoded, limit)),
            Self::QuotedPrintable => {
                let mut octets = Vec::with_capacity(encoded.len().min(limit));
                quoted_printable(encoded, |run| {
                    let room = limit - octets.len();
                    octets.extend_from_slice(&run[..run.len().min(room)]);
                });
                Cow::Owned(octets)
            }
        }
    }

    /// How many octets [`Self::decode`] would yield, without holding them.
    pub fn decoded_len(self, encoded: &[u8]) -> usize {
        match self {
            Self::Identity => encoded.len(),
            Self::Base64 => groups(encoded)
                .map(|group| count(group, is_base64_symbol) * 3 / 4)
                .sum(),
            Self::QuotedPrintable => {
                let mut octets = 0;
                quoted_printable(encoded, |run| octets += run.len());
                octets
            }
        }
    }
}

/// Decodes base64 by the rules above.
pub(crate) fn base64(encoded: &[u8]) -> Vec<u8> {
    base64_up_to(encoded, usize::MAX)
}

fn base64_up_to(encoded: &[u8], limit: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity((encoded.len() / 4 * 3).min(limit));
    let mut symbols = Vec::new();
    for group in groups(encoded) {
        if octets.len() >= limit {
            break;
        }
        let enough = (limit - octets.len()).div_ceil(3).saturating_mul(4);
        symbols.clear();
        symbols.extend(
            group
                .iter()
                .copied()
                .filter(|&octet| is_base64_symbol(octet))
                .take(enough),
        );
        if symbols.len() % 4 == 1 {
            symbols.pop(); // six bits make no octet
        }
        // Cannot fail: only symbols are left, of a possible number.
        octets.extend(LENIENT.decode(&symbols).unwrap_or_default());
    }
    octets.truncate(limit);
    octets
}

/// What stands between the equals signs.
fn groups(encoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'=', encoded).chain([encoded.len()]);
    ends.scan(0, move |start, end| {
        let group = &encoded[*start..end];
        *start = end + 1;
        Some(group)
    })
}

/// How many octets are such. Attachments are most of all mail, so this runs many at a time.
fn count(octets: &[u8], is_such: impl Fn(u8) -> bool) -> usize {
    let of_chunk =
        |chunk: &[u8]| -> u8 { chunk.iter().map(|&octet| u8::from(is_such(octet))).sum() };
    octets
        .chunks(usize::from(u8::MAX))
        .map(|chunk| usize::from(of_chunk(chunk)))
        .sum()
}

/// Without branches, see [`count`].
pub(crate) fn is_base64_symbol(octet: u8) -> bool {
    let is_letter = (octet | 0x20).wrapping_sub(b'a') < 26;
    let is_digit = octet.wrapping_sub(b'0') < 10;
    is_letter | is_digit | (octet == b'+') | (octet == b'/')
}

/// The octet that two hexadecimal digits name.
pub(crate) fn hex_octet(high: u8, low: u8) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn quoted_printable(encoded: &[u8], mut emit: impl FnMut(&[u8])) {
    for line in encoded.split_inclusive(|&octet| octet == b'\n') {
        let end = match line {
            [.., b'\r', b'\n'] => &line[line.len() - 2..],
            [.., b'\n'] => &line[line.len() - 1..],
            _ => &[],
        };
        let mut rest = &line[..line.len() - end.len()];
        while let [shorter @ .., b' ' | b'\t'] = rest {
            rest = shorter;
        }
        let joined = rest.strip_suffix(b"=");
        rest = joined.unwrap_or(rest);
        while let Some(at) = rest.iter().position(|&octet| octet == b'=') {
            emit(&rest[..at]);
            let hex = rest.get(at + 1).zip(rest.get(at + 2));
            match hex.and_then(|(&high, &low)| hex_octet(high, low)) {
                Some(octet) => {
                    emit(&[octet]);
                    rest = &rest[at + 3..];
                }
                None => {
                    emit(b"=");
                    rest = &rest[at + 1..];
                }
            }
        }
        emit(rest);
        if joined.is_none() {
            emit(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TransferEncoding::*;
    use super::*;

    #[test]
    fn the_field_is_read_without_case_and_comments() {
        for (value, encoding) in [
            (" Base64\r\n", Base64),
            ("BASE64 (why not)", Base64),
            ("\"base64\"", Base64),
            ("quoted-printable;", QuotedPrintable),
            ("7bit", Identity),
            ("8bit", Identity),
            ("binary", Identity),
            ("x-uuencode", Identity),
            ("base 64", Identity),
            ("", Identity),
        ] {
            assert_eq!(TransferEncoding::named(value), encoding, "{value:?}");
        }
    }

    #[test]
    fn base64_is_decoded_leniently() {
        for (encoded, octets) in [
            ("", &b""[..]),
            ("aGVsbG8=", b"hello"),
            ("aGVs\r\nbG8=\r\n", b"hello"),
            ("aGVsbG8", b"hello"),
            ("aGVsbG9", b"hello"),
            ("aGVsb", b"hel"),
            ("aGVs\0bG8=", b"hello"),
            ("aA==\r\naQ==\r\n", b"hi"),
            ("a", b""),
            ("====", b""),
        ] {
            assert_eq!(Base64.decode(encoded.as_bytes()), octets, "{encoded:?}");
        }
    }

    #[test]
    fn the_symbols_of_base64_are_those_of_rfc_4648_and_are_counted_beyond_a_chunk() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for octet in 0..=u8::MAX {
            assert_eq!(
                is_base64_symbol(octet),
                alphabet.contains(&octet),
                "{octet}"
            );
        }
        for length in [0, 1, 254, 255, 256, 510, 511, 1_000] {
            assert_eq!(count(&vec![b'A'; length], is_base64_symbol), length);
            assert_eq!(count(&vec![b' '; length], is_base64_symbol), 0);
        }
    }

    #[test]
    fn quoted_printable_is_decoded_leniently() {
        for (encoded, octets) in [
            ("", &b""[..]),
            ("r=C3=A9sultats", "résultats".as_bytes()),
            ("r=c3=a9", "ré".as_bytes()),
            ("one=\r\ntwo\r\n", b"onetwo\r\n"),
            ("one= \t\r\ntwo", b"onetwo"),
            ("one=\ntwo\n", b"onetwo\n"),
            ("one  \r\ntwo\t", b"one\r\ntwo"),
            ("one=20\r\n", b"one \r\n"),
            ("a=GGb=", b"a=GGb"),
            ("a=4", b"a=4"),
            ("==41", b"=A"),
            ("=\r\n", b""),
        ] {
            assert_eq!(
                QuotedPrintable.decode(encoded.as_bytes()),
                octets,
                "{encoded:?}"
            );
        }
    }

    #[test]
    fn text_that_claims_to_be_base64_is_left_alone() {
        let text = b"Dear all, the gateway decoded this and said nothing about it.";
        assert_eq!(Base64.believed(text), Identity);
        assert_eq!(Base64.believed(b"aGVsbG8gaGVsbG8gaGVsbG8=\r\n"), Base64);
        assert_eq!(Base64.believed(b""), Base64);
        assert_eq!(QuotedPrintable.believed(text), QuotedPrintable);
    }

    proptest! {
        #[test]
        fn the_length_is_that_of_the_decoded_octets(encoded: Vec<u8>) {
            for encoding in [Identity, Base64, QuotedPrintable] {
                prop_assert_eq!(encoding.decoded_len(&encoded), encoding.decode(&encoded).len());
            }
        }

        #[test]
        fn the_length_is_right_for_near_base64(encoded in "[a-zA-Z0-9+/=\r\n -]{0,80}") {
            prop_assert_eq!(
                Base64.decoded_len(encoded.as_bytes()),
                Base64.decode(encoded.as_bytes()).len()
            );
        }

        #[test]
        fn the_first_octets_are_those_of_all(
            encoded in "[a-zA-Z0-9+/=\r\n -]{0,80}", limit in 0_usize..70,
        ) {
            for encoding in [Identity, Base64, QuotedPrintable] {
                let all = encoding.decode(encoded.as_bytes());
                let first = encoding.decode_up_to(encoded.as_bytes(), limit);
                prop_assert_eq!(&*first, &all[..all.len().min(limit)]);
            }
        }

        #[test]
        fn what_was_encoded_comes_back(octets: Vec<u8>) {
            let mut encoded = base64::engine::general_purpose::STANDARD.encode(&octets);
            for at in (0..encoded.len()).rev().step_by(17) {
                encoded.insert_str(at, "\r\n");
            }
            prop_assert_eq!(&*Base64.decode(encoded.as_bytes()), &octets[..]);
            let quoted: String = octets.iter().map(|octet| format!("={octet:02X}")).collect();
            prop_assert_eq!(&*QuotedPrintable.decode(quoted.as_bytes()), &octets[..]);
        }
    }
}

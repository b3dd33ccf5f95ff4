//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045 §5.1, RFC 2183),
//! continued and encoded ones included (RFC 2231).
//!
//! Lenient where programs are known to be wrong: spaces in unquoted values, encoded words in
//! quoted ones, backslashes that escape nothing. Linear in the length of the field.

use crate::decode;
use crate::encoded_word::decode_unstructured;

/// Parameters beyond these are ignored; nobody writes so many, and looking up is a search.
const MAX_PARAMETERS: usize = 200;

/// A value such as `text/plain` and what follows it.
pub(crate) struct Parametrised {
    /// The value in lower case without white space.
    pub(crate) value: String,
    parameters: Vec<Parameter>,
}

struct Parameter {
    /// In lower case, without the asterisks and number of RFC 2231.
    name: String,
    section: Section,
    octets: Vec<u8>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    /// `name=value`
    Plain,
    /// `name*=charset'language'value`, `name*0=value`, `name*0*=charset'language'value`
    Extended { number: u32, form: Form },
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Literal,
    PercentEncoded,
}

impl Parametrised {
    pub(crate) fn read(raw_value: &[u8]) -> Self {
        let mut tokens = Tokens { rest: raw_value };
        let value = tokens.until_semicolon();
        let value: String = decode::guessed_charset(&value).split_whitespace().collect();
        let mut parameters = Vec::new();
        while !tokens.rest.is_empty() && parameters.len() < MAX_PARAMETERS {
            parameters.extend(parameter(&tokens.until_semicolon()));
        }
        Self {
            value: value.to_lowercase(),
            parameters,
        }
    }

    /// The decoded value of a parameter. Where a program wrote it both ways, for old readers and
    /// for new ones, the RFC 2231 form counts.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let mut sections: Vec<(u32, &Form, &[u8])> = Vec::new();
        let mut plain = None;
        for parameter in self.parameters.iter().filter(|each| each.name == name) {
            match &parameter.section {
                Section::Plain => plain = plain.or(Some(&parameter.octets)),
                Section::Extended { number, form } => {
                    sections.push((*number, form, &parameter.octets));
                }
            }
        }
        if sections.is_empty() {
            return plain.map(|octets| plain_text(octets));
        }
        sections.sort_by_key(|&(number, ..)| number);
        sections.dedup_by_key(|&mut (number, ..)| number);
        Some(extended_text(&sections))
    }
}

fn parameter(token: &[u8]) -> Option<Parameter> {
    let equals = token.iter().position(|&octet| octet == b'=')?;
    let name = std::str::from_utf8(&token[..equals])
        .ok()?
        .trim()
        .to_ascii_lowercase();
    let octets = unquoted(token[equals + 1..].trim_ascii());
    let mut pieces = name.split('*');
    let base = pieces.next().filter(|base| !base.is_empty())?.to_owned();
    let section = match (pieces.next(), pieces.next()) {
        (None, _) => Section::Plain,
        (Some(""), _) => Section::Extended {
            number: 0,
            form: Form::PercentEncoded,
        },
        (Some(number), asterisk) => Section::Extended {
            number: number.parse().ok()?,
            form: if asterisk.is_some() {
                Form::PercentEncoded
            } else {
                Form::Literal
            },
        },
    };
    Some(Parameter {
        name: base,
        section,
        octets,
    })
}

fn plain_text(octets: &[u8]) -> String {
    if octets.windows(2).any(|pair| pair == b"=?") {
        // Forbidden by RFC 2047 §5 and written by many.
        return decode_unstructured(octets).text().to_owned();
    }
    decode::guessed_charset(octets)
}

fn extended_text(sections: &[(u32, &Form, &[u8])]) -> String {
    let mut charset = String::new();
    let mut octets = Vec::new();
    for (index, &(_, form, section)) in sections.iter().enumerate() {
        match form {
            Form::Literal => octets.extend_from_slice(section),
            Form::PercentEncoded => {
                let mut encoded = section;
                let mut quotes = section.splitn(3, |&octet| octet == b'\'');
                if index == 0
                    && let (Some(label), Some(_), Some(text)) =
                        (quotes.next(), quotes.next(), quotes.next())
                {
                    charset = String::from_utf8_lossy(label).into_owned();
                    encoded = text;
                }
                octets.extend(percent_decoded(encoded));
            }
        }
    }
    decode::charset(&charset, &octets).unwrap_or_else(|| decode::guessed_charset(&octets))
}

/// Decodes `%41`; a `%` before anything else is itself.
pub(crate) fn percent_decoded(encoded: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while at < encoded.len() {
        let digits = encoded.get(at + 1).zip(encoded.get(at + 2));
        match digits.and_then(|(&high, &low)| crate::transfer::hex_octet(high, low)) {
            Some(octet) if encoded[at] == b'%' => {
                octets.push(octet);
                at += 3;
            }
            _ => {
                octets.push(encoded[at]);
                at += 1;
            }
        }
    }
    octets
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(rest) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let mut octets = Vec::with_capacity(rest.len());
    let mut at = 0;
    while at < rest.len() && rest[at] != b'"' {
        // A backslash before anything else is one: `"C:\Users\x.doc"` escapes nothing.
        if rest[at] == b'\\' && matches!(rest.get(at + 1), Some(b'"' | b'\\')) {
            at += 1;
        }
        octets.push(rest[at]);
        at += 1;
    }
    octets
}

struct Tokens<'v> {
    rest: &'v [u8],
}

impl Tokens<'_> {
    /// Takes what stands before the next semicolon, unfolded, without comments, quotes intact.
    fn until_semicolon(&mut self) -> Vec<u8> {
        let mut token = Vec::new();
        let mut in_quotes = false;
        let mut comment_depth = 0_usize;
        let mut octets = self.rest.iter().enumerate();
        while let Some((at, &octet)) = octets.next() {
            match octet {
                b'\r' | b'\n' => {}
                b'\\' if in_quotes || comment_depth > 0 => {
                    let escaped = octets.next().map(|(_, &octet)| octet);
                    if comment_depth == 0 {
                        token.push(octet);
                        token.extend(escaped);
                    }
                }
                b'"' if comment_depth == 0 => {
                    in_quotes = !in_quotes;
                    token.push(octet);
                }
                // Only behind a space, or `name=report(1).pdf` would lose its number.
                b'(' if !in_quotes && (comment_depth > 0 || ends_in_space(&token)) => {
                    comment_depth += 1;
                }
                b')' if comment_depth > 0 => comment_depth -= 1,
                b';' if !in_quotes && comment_depth == 0 => {
                    self.rest = &self.rest[at + 1..];
                    return token;
                }
                _ if comment_depth == 0 => token.push(octet),
                _ => {}
            }
        }
        self.rest = &[];
        token
    }
}

fn ends_in_space(token: &[u8]) -> bool {
    token.last().is_none_or(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_and_parameters_are_read() {
        for (field, value, name, text) in [
            ("text/plain", "text/plain", "charset", None),
            (
                " TEXT / Plain ; charset=UTF-8",
                "text/plain",
                "charset",
                Some("UTF-8"),
            ),
            (
                "text/plain; charset=\"utf-8\"",
                "text/plain",
                "charset",
                Some("utf-8"),
            ),
            (
                "text/plain;\r\n\tCHARSET = utf-8 ; x=y",
                "text/plain",
                "charset",
                Some("utf-8"),
            ),
            (
                "text/plain (comment; x) ; charset=utf-8 (why)",
                "text/plain",
                "charset",
                Some("utf-8"),
            ),
            (
                "multipart/mixed; boundary=\"a;b\\\"c\"",
                "multipart/mixed",
                "boundary",
                Some("a;b\"c"),
            ),
            (
                "attachment; filename=my file.pdf",
                "attachment",
                "filename",
                Some("my file.pdf"),
            ),
            (
                "attachment; filename=report(1).pdf",
                "attachment",
                "filename",
                Some("report(1).pdf"),
            ),
            (
                "attachment; filename=\"C:\\Users\\x.doc\"",
                "attachment",
                "filename",
                Some("C:\\Users\\x.doc"),
            ),
            (
                "attachment; filename=\"a; b.pdf\"; size=3",
                "attachment",
                "filename",
                Some("a; b.pdf"),
            ),
            (
                "attachment; filename=a; filename=b",
                "attachment",
                "filename",
                Some("a"),
            ),
            (
                "attachment; filename=\"open",
                "attachment",
                "filename",
                Some("open"),
            ),
            ("attachment; filename=", "attachment", "filename", Some("")),
            ("; x=1", "", "x", Some("1")),
            ("", "", "x", None),
        ] {
            let read = Parametrised::read(field.as_bytes());
            assert_eq!(read.value, value, "{field:?}");
            assert_eq!(read.get(name).as_deref(), text, "{field:?}");
        }
    }

    #[test]
    fn names_of_files_come_in_every_encoding() {
        for (field, name) in [
            ("a; filename*=utf-8''r%C3%A9sultats.pdf", "résultats.pdf"),
            (
                "a; filename*=ISO-8859-1'fr'r%E9sultats.pdf",
                "résultats.pdf",
            ),
            (
                "a; filename=\"old.pdf\"; filename*=utf-8''n%C3%A9w.pdf",
                "néw.pdf",
            ),
            (
                "a; filename*0=\"long \"; filename*1=\"name.pdf\"",
                "long name.pdf",
            ),
            (
                "a; filename*1=\"name.pdf\"; filename*0=\"long \"",
                "long name.pdf",
            ),
            (
                "a; filename*0*=utf-8''%C3; filename*1*=%A9t; filename*2=%C3.pdf",
                "ét%C3.pdf",
            ),
            ("a; filename*=''x%41.pdf", "xA.pdf"),
            ("a; filename*=no quotes.pdf", "no quotes.pdf"),
            ("a; filename*=klingon''r%C3%A9.pdf", "ré.pdf"),
            (
                "a; filename=\"=?utf-8?q?r=C3=A9sultats.pdf?=\"",
                "résultats.pdf",
            ),
            (
                "a; filename=\"=?utf-8?q?r=C3=A9?=\r\n =?utf-8?q?sultats.pdf?=\"",
                "résultats.pdf",
            ),
            ("a; filename=résultats.pdf", "résultats.pdf"),
            ("a; filename*0=x; filename*0=y", "x"),
            ("a; filename*99999999999=x; filename=y", "y"),
        ] {
            let read = Parametrised::read(field.as_bytes());
            assert_eq!(read.get("filename").as_deref(), Some(name), "{field:?}");
        }
    }

    #[test]
    fn a_field_of_nothing_but_parameters_is_no_load() {
        let field = "a".to_owned() + &"; f*0=x; g*1*=y; \"(".repeat(4_000);
        assert_eq!(Parametrised::read(field.as_bytes()).value, "a");
    }

    proptest! {
        #[test]
        fn any_field_can_be_read(field in "[a*0'%;=\"\\\\() \r\né?q-]{0,60}") {
            Parametrised::read(field.as_bytes()).get("a");
        }

        #[test]
        fn any_octets_can_be_read(field: Vec<u8>) {
            Parametrised::read(&field).get("a");
        }
    }
}

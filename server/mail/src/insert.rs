//! Fields of our own on top of somebody else's mail: the trace field and the loop marker.
//!
//! The content is not rewritten: a relay gets pieces that together are the new mail.

use std::fmt;

use crate::header::HeaderSection;

/// Where a line is folded, if there is a space to fold at (RFC 5322 §2.1.1).
const FOLD_AT: usize = 76;
/// What no line may exceed, its CRLF not counted (RFC 5322 §2.1.1).
const MAX_LINE: usize = 998;

/// One field ready to be written: ASCII, folded, ending in CRLF.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraField(String);

/// Why a field cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtraFieldError {
    /// The name is empty or not visible ASCII without a colon.
    #[error("the name of the field is malformed")]
    BadName,
    /// The value has something else than visible ASCII, spaces and tabs (promise S3).
    #[error("the value of the field is not printable ASCII")]
    BadValue,
    /// A word of the value does not fit on a line.
    #[error("the field has a line of more than 998 octets")]
    LineTooLong,
}

impl ExtraField {
    /// Checks and folds a field. Whoever has other characters to say encodes them first.
    pub fn new(name: &str, value: &str) -> Result<Self, ExtraFieldError> {
        if name.is_empty()
            || !name
                .bytes()
                .all(|octet| octet.is_ascii_graphic() && octet != b':')
        {
            return Err(ExtraFieldError::BadName);
        }
        if !value
            .bytes()
            .all(|octet| octet.is_ascii_graphic() || matches!(octet, b' ' | b'\t'))
        {
            return Err(ExtraFieldError::BadValue);
        }
        let mut text = format!("{name}:");
        let mut line = text.len();
        for word in value.split_ascii_whitespace() {
            if line + 1 + word.len() > FOLD_AT && line > name.len() + 1 {
                text.push_str("\r\n");
                line = 0;
            }
            text.push(' ');
            text.push_str(word);
            line += 1 + word.len();
            if line > MAX_LINE {
                return Err(ExtraFieldError::LineTooLong);
            }
        }
        text.push_str("\r\n");
        Ok(Self(text))
    }

    /// The octets of the field.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for ExtraField {
    /// A trace field can name the sender's host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ExtraField({})",
            self.0.split(':').next().unwrap_or_default()
        )
    }
}

impl<'a> HeaderSection<'a> {
    /// The content less its Bcc fields with `extra` on top, as pieces to be written in order.
    ///
    /// "On top" is before the first well-formed field: a leading line that is none, such as a
    /// mailbox separator, would otherwise become part of ours or hide it. Content without any
    /// header section gets one.
    pub fn with_fields_on_top<'p>(&self, extra: &'p [ExtraField]) -> impl Iterator<Item = &'p [u8]>
    where
        'a: 'p,
    {
        let content: &'p [u8] = self.content();
        let top = self.top();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for range in self.without_bcc() {
            if range.start < top {
                before.push(&content[range.start..range.end.min(top)]);
            }
            if range.end > top {
                after.push(&content[range.start.max(top)..range.end]);
            }
        }
        let separator: &[u8] = if self.has_no_section() { b"\r\n" } else { b"" };
        let fields = extra.iter().map(ExtraField::as_bytes);
        before
            .into_iter()
            .chain(fields)
            .chain([separator])
            .chain(after)
            .filter(|piece| !piece.is_empty())
    }

    fn top(&self) -> usize {
        let starts_a_line = |start: usize| !matches!(self.content()[start], b' ' | b'\t');
        self.fields()
            .iter()
            .filter(|field| field.name().is_some())
            .map(|field| field.range().start)
            .find(|&start| starts_a_line(start))
            .or_else(|| self.fields().last().map(|field| field.range().end))
            .unwrap_or(0)
    }

    fn has_no_section(&self) -> bool {
        self.body_start() == 0 && !self.content().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_marker(content: &str) -> String {
        let marker = [ExtraField::new("X-Sealpost-Loop", "secure.example.org").unwrap()];
        let section = HeaderSection::split(content.as_bytes()).unwrap();
        let pieces: Vec<&[u8]> = section.with_fields_on_top(&marker).collect();
        String::from_utf8(pieces.concat()).unwrap()
    }

    const MARKER: &str = "X-Sealpost-Loop: secure.example.org\r\n";

    #[test]
    fn our_field_comes_first_and_bcc_goes() {
        for (content, before, after) in [
            ("A: 1\r\n\r\nbody", "", "A: 1\r\n\r\nbody"),
            (
                "A: 1\r\nBcc: x\r\nB: 2\r\n\r\nbody",
                "",
                "A: 1\r\nB: 2\r\n\r\nbody",
            ),
            ("Bcc: x\r\nA: 1\r\n\r\nbody", "", "A: 1\r\n\r\nbody"),
            ("\r\nbody", "", "\r\nbody"),
            ("", "", ""),
            ("A: 1", "", "A: 1"),
            ("plain text, no header", "", "\r\nplain text, no header"),
            (
                "From x Mon\r\nA: 1\r\n\r\nb",
                "From x Mon\r\n",
                "A: 1\r\n\r\nb",
            ),
            (" X: 1\r\nA: 1\r\n\r\nb", " X: 1\r\n", "A: 1\r\n\r\nb"),
            (" X: 1\r\n\r\nb", " X: 1\r\n", "\r\nb"),
        ] {
            assert_eq!(
                with_marker(content),
                format!("{before}{MARKER}{after}"),
                "{content:?}"
            );
        }
    }

    #[test]
    fn the_marker_can_be_read_back() {
        for content in [
            "A: 1\r\n\r\nbody",
            "no header",
            "\r\nbody",
            " X: 1\r\n\r\nb",
            "",
        ] {
            let marked = with_marker(content);
            let section = HeaderSection::split(marked.as_bytes()).unwrap();
            assert!(
                section
                    .loop_markers()
                    .any(|name| name == "secure.example.org"),
                "{content:?}"
            );
        }
    }

    #[test]
    fn long_values_are_folded_at_spaces() {
        let value = "from client.example.org ([192.0.2.1]) by secure.example.org with ESMTPS \
                     id 0123456789; Mon, 2 Nov 2026 09:00:00 +0000";
        let field = ExtraField::new("Received", value).unwrap();
        let text = std::str::from_utf8(field.as_bytes()).unwrap();
        assert!(
            text.lines().all(|line| line.len() <= 76) && text.contains("\r\n "),
            "{text}"
        );
        assert_eq!(text.replace("\r\n ", " "), format!("Received: {value}\r\n"));
    }

    #[test]
    fn a_field_that_would_break_the_header_is_refused() {
        use ExtraFieldError::*;
        for (name, value, reason) in [
            ("", "x", BadName),
            ("A B", "x", BadName),
            ("A:", "x", BadName),
            ("A\r\nB", "x", BadName),
            ("A", "x\r\nBcc: y", BadValue),
            ("A", "x\ny", BadValue),
            ("A", "é", BadValue),
            ("A", "\0", BadValue),
        ] {
            assert_eq!(ExtraField::new(name, value), Err(reason));
        }
        let word = |octets: usize| ExtraField::new("A", &"x".repeat(octets));
        assert!(word(MAX_LINE - 3).is_ok());
        assert_eq!(word(MAX_LINE - 2), Err(LineTooLong));
    }
}

//! Message identifiers in a field's value (RFC 5322 §3.6.4): `<left@right>`, between comments and
//! whatever words older programs put there. What has no brackets is none.

/// Identifiers longer than this could not be repeated on one line of an answer.
const MAX_MESSAGE_ID: usize = 900;

/// Identifiers of visible ASCII only: they are repeated in the fields of answers (promise S3).
pub(crate) fn identifiers(value: &[u8]) -> Identifiers<'_> {
    Identifiers {
        rest: value,
        comments: true,
        quotes: true,
    }
}

/// See [`identifiers`].
pub(crate) struct Identifiers<'a> {
    rest: &'a [u8],
    /// Brackets may stand in a comment. One that does not end is no comment, nor is any behind it: so
    /// the value is walked over once.
    comments: bool,
    /// The same of quoted strings.
    quotes: bool,
}

impl Iterator for Identifiers<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let (&octet, behind) = self.rest.split_first()?;
            self.rest = behind;
            match octet {
                b'(' if self.comments => self.comments = self.skip(comment_end(behind)),
                b'"' if self.quotes => self.quotes = self.skip(quote_end(behind)),
                b'<' => {
                    let end = behind.iter().position(|o| matches!(o, b'<' | b'>'))?;
                    if behind[end] == b'>'
                        && let Some(id) = usable(&behind[..end])
                    {
                        self.rest = &behind[end + 1..];
                        return Some(id);
                    }
                    self.rest = &behind[end..];
                }
                _ => {}
            }
        }
    }
}

impl Identifiers<'_> {
    fn skip(&mut self, end: Option<usize>) -> bool {
        if let Some(end) = end {
            self.rest = &self.rest[end..];
        }
        end.is_some()
    }
}

fn usable(inner: &[u8]) -> Option<String> {
    let inner = std::str::from_utf8(inner).ok()?;
    let usable = !inner.is_empty() && inner.len() <= MAX_MESSAGE_ID;
    (usable && inner.bytes().all(|octet| octet.is_ascii_graphic())).then(|| format!("<{inner}>"))
}

/// Where a comment ends whose bracket has been read. Comments stand in comments (§3.2.2).
fn comment_end(text: &[u8]) -> Option<usize> {
    let mut depth = 1;
    end_of(text, |octet| {
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

fn quote_end(text: &[u8]) -> Option<usize> {
    end_of(text, |octet| octet == b'"')
}

/// Behind the first octet that ends it and has no backslash before it.
fn end_of(text: &[u8], mut ends: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    while let Some(&octet) = text.get(at) {
        at += 1;
        if octet == b'\\' {
            at += 1;
        } else if ends(octet) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(value: &str) -> Vec<String> {
        identifiers(value.as_bytes()).collect()
    }

    #[test]
    fn identifiers_are_found_between_folds_comments_and_words() {
        for (value, expected) in [
            ("<a@x>", &["<a@x>"][..]),
            ("\r\n <a@x>\r\n\t<b@x>\r\n", &["<a@x>", "<b@x>"]),
            ("<a@x><b@x>", &["<a@x>", "<b@x>"]),
            ("(by <no@x>) <a@x> (or (<no@x>) <no@x>)", &["<a@x>"]),
            (r"(a \) <no@x>) <a@x>", &["<a@x>"]),
            ("Your mail of \"<no@x>\" <a@x>", &["<a@x>"]),
            ("Message of (Tue <a@x>", &["<a@x>"]),
            ("a 5\" screen <a@x>", &["<a@x>"]),
            ("(no end <a@x> (either) <b@x>", &["<a@x>", "<b@x>"]),
            ("<a@x", &[]),
            ("<a<b@x>", &["<b@x>"]),
            ("a@x b@x", &[]),
            ("<a b@x> <c@x>", &["<c@x>"]),
            ("<> <a@x>", &["<a@x>"]),
            ("<(a)@x>", &["<(a)@x>"]),
        ] {
            assert_eq!(all(value), expected, "{value}");
        }
    }

    #[test]
    fn a_field_of_brackets_is_walked_over_once() {
        for value in ["(", "\"", "<", "(\"<", "\\"] {
            // By its square this would take hours.
            assert!(all(&value.repeat(1_000_000)).is_empty());
        }
        assert_eq!(all(&"<a@x>".repeat(10_000)).len(), 10_000);
    }
}

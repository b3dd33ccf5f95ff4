//! xtext: how parameters carry octets that a command line has no place for (RFC 3461 §4).

/// Decodes xtext whose text is printable ASCII, spaces included, of at most `longest` octets. What
/// stands in it goes into reports, where a control character would be a line of its own.
pub(crate) fn decode(text: &str, longest: usize) -> Option<String> {
    let mut octets = text.bytes();
    let mut decoded = String::new();
    while let Some(octet) = octets.next() {
        let octet = match octet {
            b'+' => hex(octets.next()?)? << 4 | hex(octets.next()?)?,
            b'=' => return None,
            b'!'..=b'~' => octet,
            _ => return None,
        };
        if !matches!(octet, b' '..=b'~') || decoded.len() == longest {
            return None;
        }
        decoded.push(char::from(octet));
    }
    (!decoded.is_empty()).then_some(decoded)
}

/// A digit as RFC 3461 writes it: in upper case.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtext_is_decoded_to_printable_text() {
        assert_eq!(decode("QQ314159", 100).as_deref(), Some("QQ314159"));
        assert_eq!(decode("a+2Bb+3Dc+20d", 100).as_deref(), Some("a+b=c d"));
        assert_eq!(decode(&"a".repeat(100), 100).map(|t| t.len()), Some(100));
    }

    #[test]
    fn what_is_no_xtext_or_not_printable_is_refused() {
        for text in [
            "", "+", "+2", "+2b", "+G0", "a=b", "a b", "a\u{e9}", "+0D+0A", "+00", "+7F", "+C3+A9",
        ] {
            assert_eq!(decode(text, 100), None, "{text}");
        }
        assert_eq!(decode(&"a".repeat(101), 100), None);
    }
}

//! What the other side says that it can, in its reply to EHLO (RFC 5321 §4.1.1.1).

use super::reply::Reply;

/// The extensions that make a difference here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// RFC 3207.
    pub(super) starttls: bool,
    /// RFC 6152.
    pub(super) eight_bit_mime: bool,
    /// RFC 6531.
    pub(super) smtp_utf8: bool,
    /// RFC 3461.
    pub(super) dsn: bool,
    /// RFC 1870: whether SIZE may be said, and the limit if there is one.
    pub(super) size: Option<Option<u64>>,
}

impl Extensions {
    /// Reads the lines behind the first, which is a greeting.
    pub(super) fn of(reply: &Reply) -> Self {
        let mut known = Self::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let Some(name) = words.next() else { continue };
            match name.to_ascii_uppercase().as_str() {
                "STARTTLS" => known.starttls = true,
                "8BITMIME" => known.eight_bit_mime = true,
                "SMTPUTF8" => known.smtp_utf8 = true,
                "DSN" => known.dsn = true,
                "SIZE" => {
                    let limit = words.next().and_then(|text| text.parse().ok());
                    known.size = Some(limit.filter(|limit| *limit > 0));
                }
                _ => {}
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_the_greeting_is_no_extension() {
        let reply = |lines: &[&str]| Reply {
            code: 250,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        let known = Extensions::of(&reply(&["STARTTLS", "size 0", "Dsn", "8bitmime", ""]));
        let expected = Extensions {
            dsn: true,
            eight_bit_mime: true,
            size: Some(None),
            ..Extensions::default()
        };
        assert_eq!(known, expected);
        let known = Extensions::of(&reply(&["mx", "STARTTLS", "SIZE 100", "SMTPUTF8 x"]));
        let expected = Extensions {
            starttls: true,
            smtp_utf8: true,
            size: Some(Some(100)),
            ..Extensions::default()
        };
        assert_eq!(known, expected);
        assert_eq!(
            Extensions::of(&reply(&["mx", "STARTTLSX", "X-STARTTLS"])),
            Extensions::default()
        );
    }
}

//! Where lines of content end, and where content behind DATA ends: at CRLF.CRLF and nowhere else.
//!
//! RFC 5321 §2.3.8 knows one line end, CRLF. Servers that also took a lone LF or CR let one mail
//! smuggle a second transaction past the server before them (CVE-2023-51764 and its kin), so here
//! only a CRLF starts a line, and a lone CR or LF is reported and never starts one. The octets
//! come in pieces of any size; what a piece ends in the middle of is one of five positions.

use memchr::memchr3;

/// Where the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// First on a line: after DATA's own CRLF or a CRLF of the content.
    LineStart,
    /// Within a line.
    Text,
    /// After a CR whose LF is still to come.
    Cr,
    /// After a dot that was first on its line.
    Dot,
    /// After a CR that followed such a dot: an LF ends the content.
    DotCr,
}

/// Whether a dot that is first on its line means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dots {
    /// Behind DATA: stuffed, and the end when alone.
    Stuffed,
    /// Behind BDAT: one octet like another.
    Plain,
}

/// What the octets mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Octets of the current line.
    Text(&'a [u8]),
    /// CRLF: the line is complete.
    LineEnd,
    /// A CR without LF or an LF without CR.
    BareLineEnd,
    /// An octet that no content may have without BINARYMIME (RFC 5322 §3.5, RFC 6152 §3); a server
    /// that strips it would see another line than we do.
    Nul,
    /// CRLF.CRLF.
    End,
}

impl Framing {
    /// How many octets at the start of `input` are whole lines of at most `longest` octets in which
    /// nothing stands alone and no dot is first. This is what nearly all of nearly every content
    /// is, so it is looked for first, and copied in one piece.
    pub(crate) fn whole_lines(self, input: &[u8], longest: usize, dots: Dots) -> usize {
        let mut end = 0;
        if self != Self::LineStart {
            return end;
        }
        while dots == Dots::Plain || input.get(end) != Some(&b'.') {
            let rest = &input[end..];
            match memchr3(b'\r', b'\n', 0, rest) {
                Some(cr) if cr <= longest && rest[cr..].starts_with(b"\r\n") => end += cr + 2,
                _ => break,
            }
        }
        end
    }

    /// Takes the next token off `input`; `None` when `input` is used up.
    pub(crate) fn next<'a>(&mut self, input: &mut &'a [u8], dots: Dots) -> Option<Token<'a>> {
        loop {
            let (&octet, rest) = input.split_first()?;
            match (*self, octet) {
                (Self::LineStart, b'.') if dots == Dots::Stuffed => {
                    *self = Self::Dot;
                    *input = rest;
                }
                (Self::Dot, b'\r') => {
                    *self = Self::DotCr;
                    *input = rest;
                }
                (Self::DotCr, b'\n') => {
                    *self = Self::LineStart;
                    *input = rest;
                    return Some(Token::End);
                }
                (Self::Cr, b'\n') => {
                    *self = Self::LineStart;
                    *input = rest;
                    return Some(Token::LineEnd);
                }
                // The octet after a bare CR is looked at again, as one within a line: it may be
                // the CR of a true line end, but a dot there is not first on a line.
                (Self::Cr | Self::DotCr, _) => {
                    *self = Self::Text;
                    return Some(Token::BareLineEnd);
                }
                (_, b'\r') => {
                    *self = Self::Cr;
                    *input = rest;
                }
                (_, b'\n') => {
                    *self = Self::Text;
                    *input = rest;
                    return Some(Token::BareLineEnd);
                }
                (_, 0) => {
                    *self = Self::Text;
                    *input = rest;
                    return Some(Token::Nul);
                }
                // A dot that was first on its line and is followed by more is stuffing: gone.
                (Self::LineStart | Self::Text | Self::Dot, _) => {
                    let end = memchr3(b'\r', b'\n', 0, input).unwrap_or(input.len());
                    let (text, rest) = input.split_at(end);
                    *self = Self::Text;
                    *input = rest;
                    return Some(Token::Text(text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Token::{BareLineEnd as Bare, End, LineEnd, Nul};

    fn tokens(mut input: &[u8]) -> Vec<Token<'_>> {
        let mut framing = Framing::LineStart;
        std::iter::from_fn(|| framing.next(&mut input, Dots::Stuffed)).collect()
    }

    fn text(text: &str) -> Token<'_> {
        Token::Text(text.as_bytes())
    }

    #[test]
    fn a_dot_alone_between_two_crlf_ends_the_content() {
        assert_eq!(tokens(b"a\r\n.\r\n"), [text("a"), LineEnd, End]);
        assert_eq!(
            tokens(b".\r\n"),
            [End],
            "the CRLF of DATA itself is the first one"
        );
    }

    #[test]
    fn a_stuffed_dot_is_taken_away_once() {
        assert_eq!(tokens(b"..\r\n"), [text("."), LineEnd]);
        assert_eq!(tokens(b"...a\r\n"), [text("..a"), LineEnd]);
        assert_eq!(tokens(b".a\r\n"), [text("a"), LineEnd]);
        assert_eq!(tokens(b"a..\r\n"), [text("a.."), LineEnd]);
    }

    #[test]
    fn no_other_mixture_of_line_ends_and_dots_ends_the_content() {
        let cases: [(&[u8], &[Token<'_>]); 12] = [
            (b"\n.\n", &[Bare, text("."), Bare]),
            (b"\n.\r\n", &[Bare, text("."), LineEnd]),
            (b"\r.\r\n", &[Bare, text("."), LineEnd]),
            (b"\r.\ra", &[Bare, text("."), Bare, text("a")]),
            (b"\r\n.\n", &[LineEnd, Bare]),
            (b"\r\n.\ra", &[LineEnd, Bare, text("a")]),
            (b"\r\n.\r\r\n", &[LineEnd, Bare, LineEnd]),
            (b"\r\n\0.\r\n", &[LineEnd, Nul, text("."), LineEnd]),
            (b"\r\n.\0\r\n", &[LineEnd, Nul, LineEnd]),
            (b"\r\r\n", &[Bare, LineEnd]),
            (b"\n\r\n", &[Bare, LineEnd]),
            (b"\r\n.\r.\r\n", &[LineEnd, Bare, text("."), LineEnd]),
        ];
        for (input, expected) in cases {
            assert_eq!(
                tokens(input),
                expected,
                "{:?}",
                input.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn whole_lines_end_before_anything_that_needs_a_look() {
        let stuffed = |input: &[u8]| Framing::LineStart.whole_lines(input, 4, Dots::Stuffed);
        for (input, length) in [
            (&b""[..], 0),
            (b"a\r\nbcde\r\n\r\n", 11),
            (b"a\r\nbcdef\r\n", 3),
            (b"a\r\n.\r\n", 3),
            (b"a\r\n..\r\n", 3),
            (b"a\r\nb", 3),
            (b"a\r\nb\r", 3),
            (b"a\r\nb\n\r\n", 3),
            (b"a\r\nb\rc\r\n", 3),
            (b"a\r\n\0\r\n", 3),
        ] {
            assert_eq!(stuffed(input), length, "{}", input.escape_ascii());
        }
        for framing in [Framing::Text, Framing::Cr, Framing::Dot, Framing::DotCr] {
            assert_eq!(framing.whole_lines(b"a\r\n", 4, Dots::Stuffed), 0);
        }
        let plain = Framing::LineStart.whole_lines(b"a\r\n.\r\n..\r\n", 4, Dots::Plain);
        assert_eq!(plain, 10, "behind BDAT a dot is no sign");
    }

    #[test]
    fn behind_bdat_a_dot_is_an_octet_like_another() {
        let mut framing = Framing::LineStart;
        let mut input = &b"..\r\n.\r\n"[..];
        let tokens: Vec<_> = std::iter::from_fn(|| framing.next(&mut input, Dots::Plain)).collect();
        assert_eq!(tokens, [text(".."), LineEnd, text("."), LineEnd]);
    }
}

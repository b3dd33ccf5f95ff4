//! Replies: three digits, an enhanced status code, words (RFC 5321 §4.2, RFC 2034, RFC 3463).
//!
//! Nothing that a client sent is echoed here, so a reply cannot carry somebody else's octets back.

use std::borrow::Cow;
use std::fmt;

/// The longest text placed on one reply line: 512 octets with code, status and CRLF, rounded down.
const TEXT_WIDTH: usize = 480;

/// An enhanced status code, `class.subject.detail` (RFC 3463). The class is the reply code's first
/// digit and is added when the reply is made, so that the two cannot disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    /// What the problem is about: addressing, mailbox, system, network, protocol, content, policy.
    pub subject: u16,
    /// Which problem.
    pub detail: u16,
}

impl Status {
    /// The status `x.subject.detail`.
    pub const fn new(subject: u16, detail: u16) -> Self {
        Self { subject, detail }
    }
}

/// One reply, of one line or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    code: u16,
    status: Option<Status>,
    lines: Vec<Cow<'static, str>>,
}

impl Reply {
    /// A reply with an enhanced status.
    pub(crate) fn new(code: u16, status: Status, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            status: Some(status),
            lines: fold(text.into()),
        }
    }

    /// A reply without an enhanced status: RFC 2034 §4 has none in the greeting, in the answers to
    /// HELO and EHLO, and in 3xx replies.
    pub(crate) fn plain(code: u16, lines: Vec<Cow<'static, str>>) -> Self {
        Self {
            code,
            status: None,
            lines,
        }
    }

    pub(crate) fn code(&self) -> u16 {
        self.code
    }

    pub(crate) fn status(&self) -> Option<Status> {
        self.status
    }

    /// Appends the reply's octets to `out`.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_string().as_bytes());
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len().saturating_sub(1);
        for (number, text) in self.lines.iter().enumerate() {
            let separator = if number == last { ' ' } else { '-' };
            write!(f, "{}{separator}", self.code)?;
            if let Some(Status { subject, detail }) = self.status {
                write!(f, "{}.{subject}.{detail} ", self.code / 100)?;
            }
            write!(f, "{text}\r\n")?;
        }
        Ok(())
    }
}

/// Makes words from outside fit for a reply: printable ASCII only, so that neither a line end nor
/// a terminal's control sequence can pass.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
        .collect()
}

/// Breaks a long text at spaces, so that no reply line exceeds 512 octets (RFC 5321 §4.5.3.1.5).
fn fold(text: Cow<'static, str>) -> Vec<Cow<'static, str>> {
    if text.len() <= TEXT_WIDTH {
        return vec![text];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        for piece in pieces(word) {
            if !line.is_empty() && line.len() + 1 + piece.len() > TEXT_WIDTH {
                lines.push(Cow::Owned(std::mem::take(&mut line)));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(piece);
        }
    }
    lines.push(Cow::Owned(line));
    lines
}

/// A word cut where it is longer than a line.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, tail) = rest.split_at(rest.floor_char_boundary(TEXT_WIDTH));
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enhanced_status_takes_its_class_from_the_code() {
        let reply = Reply::new(452, Status::new(3, 1), "Short of memory");
        assert_eq!(reply.to_string(), "452 4.3.1 Short of memory\r\n");
    }

    #[test]
    fn every_line_but_the_last_is_marked_as_continued() {
        let lines = vec![
            Cow::from("host"),
            Cow::from("PIPELINING"),
            Cow::from("8BITMIME"),
        ];
        let reply = Reply::plain(250, lines);
        assert_eq!(
            reply.to_string(),
            "250-host\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        );
    }

    #[test]
    fn no_reply_line_exceeds_512_octets_however_long_the_text() {
        for text in [
            "word ".repeat(300),
            "x".repeat(2_000),
            format!("a {}", "y".repeat(480)),
        ] {
            let reply = Reply::new(550, Status::new(7, 1), text.clone()).to_string();
            assert!(
                reply.split_inclusive("\r\n").all(|line| line.len() <= 512),
                "{reply}"
            );
            assert!(reply.ends_with("\r\n") && reply.contains("550 5.7.1 "));
            let letters = |s: &str| s.matches(['w', 'x', 'y']).count();
            assert_eq!(letters(&reply), letters(&text), "no letter is lost");
        }
    }

    #[test]
    fn words_from_outside_cannot_end_the_line() {
        assert_eq!(printable("no\r\n250 ok\u{1b}[2Jé"), "no??250 ok?[2J?");
    }
}

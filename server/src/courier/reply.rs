//! Another mail system's replies: RFC 5321 §4.2, RFC 2034. Pure; bounded whatever is sent.

use super::failure::{FailureKind, Fault, Stage, Status};

/// RFC 5321 has 512; some are more talkative.
pub(super) const LONGEST_LINE: usize = 2_048;
/// An EHLO reply has a line for each extension.
const MOST_LINES: usize = 128;
/// Of its words, what is kept.
const WORDS: usize = 240;

/// One whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

/// What came is no reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbage;

/// Collects the lines of one reply.
#[derive(Debug, Default)]
pub(super) struct Collect {
    code: Option<u16>,
    lines: Vec<String>,
}

impl Collect {
    /// Takes a line without its line end; gives the reply when it was the last.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, Garbage> {
        let digits = line.get(..3).ok_or(Garbage)?;
        if !(b'2'..=b'5').contains(&digits[0]) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Garbage);
        }
        let code = digits
            .iter()
            .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        if self.code.is_some_and(|earlier| earlier != code) || self.lines.len() == MOST_LINES {
            return Err(Garbage);
        }
        self.code = Some(code);
        let (goes_on, text) = match line.get(3) {
            None => (false, &[][..]),
            Some(b' ') => (false, &line[4..]),
            Some(b'-') => (true, &line[4..]),
            Some(_) => return Err(Garbage),
        };
        self.lines.push(printable(text));
        if goes_on {
            return Ok(None);
        }
        Ok(Some(Reply {
            code,
            lines: std::mem::take(&mut self.lines),
        }))
    }
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// The server closes the connection (RFC 5321 §3.8).
    pub(super) fn is_closing(&self) -> bool {
        self.code == 421
    }

    /// Its own enhanced status when it fits the code, else one of the class alone.
    pub(super) fn status(&self) -> Status {
        let class = if self.code >= 500 { 5 } else { 4 };
        let own = self.lines.iter().rev().find_map(|line| enhanced(line));
        own.filter(|status| status.class == class)
            .unwrap_or(Status {
                class,
                subject: 0,
                detail: 0,
            })
    }

    /// A refusal of this step. What is neither 4xx nor 5xx does not belong here.
    pub(super) fn into_fault(self, stage: Stage) -> Fault {
        let (kind, cause) = match self.code {
            400..500 => (FailureKind::PutOff, "put it off with"),
            500..600 => (FailureKind::Refused, "refused it with"),
            _ => return Fault::garbage(stage),
        };
        let mut words = self.lines.join(" ");
        words.truncate(WORDS);
        Fault {
            kind,
            stage,
            status: self.status(),
            code: Some(self.code),
            usable: !self.is_closing(),
            words: Some(words).filter(|words| !words.is_empty()),
            cause,
        }
    }
}

fn enhanced(line: &str) -> Option<Status> {
    let mut numbers = line.split(' ').next()?.split('.').map(|part| {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<u16>().ok()).flatten()
    });
    let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let class = u8::try_from(class).ok()?;
    (numbers.next().is_none() && matches!(class, 2 | 4 | 5)).then_some(Status {
        class,
        subject,
        detail,
    })
}

/// Printable ASCII; everything else is a question mark. So the length in octets is that in
/// characters too.
fn printable(text: &[u8]) -> String {
    let one = |&octet: &u8| match octet {
        b' '..=b'~' => char::from(octet),
        b'\t' => ' ',
        _ => '?',
    };
    text.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<Reply>, Garbage> {
        let mut collect = Collect::default();
        let mut reply = Ok(None);
        for line in lines {
            assert_eq!(reply, Ok(None), "a line behind the last");
            reply = collect.line(line.as_bytes());
        }
        reply
    }

    #[test]
    fn replies_of_one_line_and_of_many_are_read_and_everything_else_is_garbage() {
        for (lines, code) in [
            (&["250 ok"][..], 250),
            (&["250"], 250),
            (&["250-mx", "250-SIZE 1", "250 DSN"], 250),
            (&["599 \u{e9}"], 599),
        ] {
            assert_eq!(read(lines).unwrap().unwrap().code, code, "{lines:?}");
        }
        for lines in [
            &[""][..],
            &["25"],
            &["250ok"],
            &["250_ok"],
            &["150 early"],
            &["600 x"],
            &["HTTP/1.1 400 Bad Request"],
            &["250-a", "251 b"],
            &["\u{16}\u{3}\u{1}"],
        ] {
            assert_eq!(read(lines), Err(Garbage), "{lines:?}");
        }
    }

    #[test]
    fn a_reply_has_at_most_128_lines() {
        let mut collect = Collect::default();
        for _ in 0..MOST_LINES {
            assert_eq!(collect.line(b"250-x"), Ok(None));
        }
        assert_eq!(collect.line(b"250 x"), Err(Garbage));
    }

    #[test]
    fn the_other_sides_own_status_is_kept_when_it_fits_its_code() {
        for (line, status) in [
            ("550 5.1.1 no such user", "5.1.1"),
            ("450 4.2.0 busy", "4.2.0"),
            ("550 no such user", "5.0.0"),
            ("550 4.1.1 which is it", "5.0.0"),
            ("451 5.1", "4.0.0"),
            ("451 4.1.1.1 x", "4.0.0"),
            ("451 4.1234.1 x", "4.0.0"),
            ("451 4.+1.1 x", "4.0.0"),
        ] {
            let reply = read(&[line]).unwrap().unwrap();
            assert_eq!(reply.status().to_string(), status, "{line}");
        }
    }

    #[test]
    fn words_are_printable_and_short() {
        let long = format!("550 5.1.1 a\u{e9}b\x1b[2J{}", "x".repeat(1_000));
        let fault = read(&[&long]).unwrap().unwrap().into_fault(Stage::Rcpt);
        let words = fault.words.unwrap();
        assert!(words.starts_with("5.1.1 a??b?[2J"), "{words}");
        assert_eq!(words.len(), WORDS);
    }
}

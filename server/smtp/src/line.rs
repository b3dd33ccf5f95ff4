//! Command lines out of octets that come in pieces of any size.
//!
//! A command ends at CRLF. A CR or an LF alone ends the session: what one server takes for one
//! line the next may take for two, and of such a peer no further line can be trusted. Of a line
//! that is too long only the end is looked for.

use memchr::memchr2;

use crate::fault::Fault;
use crate::limits::Limits;

/// The command whose line may be longer than others (RFC 4954 §4).
const AUTH: &[u8] = b"AUTH ";

/// How long a line may be, with its CRLF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Longest {
    command: usize,
    auth: usize,
    /// Whether a command is read, or a line of AUTH's exchange.
    is_command: bool,
}

impl Longest {
    pub(crate) fn command(limits: &Limits) -> Self {
        Self {
            command: limits.command_line,
            auth: limits.auth_line,
            is_command: true,
        }
    }

    pub(crate) fn auth(limits: &Limits) -> Self {
        Self {
            is_command: false,
            ..Self::command(limits)
        }
    }

    /// For a line that starts like this, and what it is when it is longer.
    fn of(self, start: &[u8]) -> (usize, Fault) {
        let names_auth = start
            .get(..AUTH.len())
            .is_some_and(|verb| verb.eq_ignore_ascii_case(AUTH));
        if !self.is_command || names_auth {
            (self.auth, Fault::AuthTooLong)
        } else {
            (self.command, Fault::CommandTooLong)
        }
    }
}

/// Collects one command line.
#[derive(Debug, Default)]
pub(crate) struct LineReader {
    line: Vec<u8>,
    after_cr: bool,
    too_long: Option<Fault>,
}

impl LineReader {
    /// Takes octets off `input` up to the end of the line, which it returns without its CRLF;
    /// `None` when `input` is used up before.
    pub(crate) fn read(
        &mut self,
        input: &mut &[u8],
        longest: Longest,
    ) -> Option<Result<Vec<u8>, Fault>> {
        loop {
            let (&octet, rest) = input.split_first()?;
            if self.after_cr && octet == b'\n' {
                *input = rest;
                return Some(self.finish(longest));
            }
            if self.after_cr || octet == b'\n' {
                return Some(Err(Fault::BareLineEnd));
            }
            let end = memchr2(b'\r', b'\n', input).unwrap_or(input.len());
            let (text, rest) = input.split_at(end);
            if self.too_long.is_none() {
                // Of one piece, no more is kept than any line may have.
                let most = longest.command.max(longest.auth);
                let kept = text.len().min(most.saturating_sub(self.line.len()) + 1);
                self.line.extend_from_slice(&text[..kept]);
                let (most, fault) = longest.of(&self.line);
                if self.line.len() > most {
                    self.too_long = Some(fault);
                    self.line = Vec::new();
                }
            }
            *input = match rest {
                [b'\r', rest @ ..] => {
                    self.after_cr = true;
                    rest
                }
                rest => rest,
            };
        }
    }

    /// Forgets what was collected.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn finish(&mut self, longest: Longest) -> Result<Vec<u8>, Fault> {
        let Self { line, too_long, .. } = std::mem::take(self);
        let (most, fault) = longest.of(&line);
        match too_long {
            Some(fault) => Err(fault),
            None if line.len() + 2 > most => Err(fault),
            None => Ok(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Longest = Longest {
        command: 8,
        auth: 12,
        is_command: true,
    };

    fn read(reader: &mut LineReader, mut input: &[u8]) -> Vec<Result<Vec<u8>, Fault>> {
        std::iter::from_fn(|| reader.read(&mut input, LONGEST))
            .take(4)
            .collect()
    }

    #[test]
    fn a_line_of_auth_may_be_longer() {
        for pieces in [
            &[&b"auth 67890\r\n"[..]][..],
            &[b"au", b"th 678", b"90\r\n"],
        ] {
            let mut reader = LineReader::default();
            let lines: Vec<_> = pieces.iter().flat_map(|p| read(&mut reader, p)).collect();
            assert_eq!(lines, [Ok(b"auth 67890".to_vec())]);
        }
        let mut reader = LineReader::default();
        assert_eq!(
            read(&mut reader, b"AUTH 678901\r\nAUTHS 89\r\n"),
            [Err(Fault::AuthTooLong), Err(Fault::CommandTooLong)]
        );
        let within = Longest {
            is_command: false,
            ..LONGEST
        };
        let mut input = &b"1234567890\r\n12345678901\r\n"[..];
        assert_eq!(
            reader.read(&mut input, within),
            Some(Ok(b"1234567890".to_vec()))
        );
        assert_eq!(
            reader.read(&mut input, within),
            Some(Err(Fault::AuthTooLong))
        );
    }

    #[test]
    fn a_line_ends_at_crlf_however_the_octets_arrive() {
        let mut reader = LineReader::default();
        assert_eq!(read(&mut reader, b"NO"), []);
        assert_eq!(read(&mut reader, b"OP\r"), []);
        assert_eq!(
            read(&mut reader, b"\nQUIT\r\n"),
            [Ok(b"NOOP".to_vec()), Ok(b"QUIT".to_vec())]
        );
    }

    #[test]
    fn a_line_of_the_longest_length_passes_and_one_octet_more_does_not() {
        let mut reader = LineReader::default();
        assert_eq!(read(&mut reader, b"123456\r\n"), [Ok(b"123456".to_vec())]);
        assert_eq!(
            read(&mut reader, b"1234567\r\n"),
            [Err(Fault::CommandTooLong)]
        );
        assert_eq!(
            read(&mut reader, b"123456789012\r\nNOOP\r\n"),
            [Err(Fault::CommandTooLong), Ok(b"NOOP".to_vec())],
            "the rest of a line that is too long is no command"
        );
    }

    #[test]
    fn a_cr_or_lf_alone_is_no_end_of_line() {
        for input in [
            &b"NOOP\nQUIT\r\n"[..],
            b"NOOP\rQUIT\r\n",
            b"NOOP\r\r\n",
            b"\n",
            b"\r\0\n",
        ] {
            let first = read(&mut LineReader::default(), input).swap_remove(0);
            assert_eq!(
                first,
                Err(Fault::BareLineEnd),
                "{:?}",
                input.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn a_line_that_never_ends_is_not_kept() {
        let mut reader = LineReader::default();
        for _ in 0..1_000 {
            assert_eq!(read(&mut reader, &[b'a'; 1_000]), []);
        }
        assert!(reader.line.capacity() <= 16);
    }
}
